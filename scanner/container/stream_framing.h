// Where compressed streams begin, what may stand between two of them, and which bytes of theirs
// every decompressor skips.
//
// Concatenated streams are one content for the programs that read them (RFC 1952 2.2; bzip2, xz,
// zstd and lz4 manuals), so a pickle may begin in one and end in the next.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/container/decoder.h"
#include "scanner/container/range_set.h"

namespace counterscan::container {

// Which readers take streams one after another as one.
enum class StreamFamily : std::uint8_t { kZlib, kGzip, kBzip2, kXz, kFrames };

StreamFamily FamilyOf(Codec codec);

struct StreamStart {
  std::uint64_t offset = 0;
  Codec codec = Codec::kZlib;
};

// The stream of `family` that readers find at `offset`, behind padding and skippable frames; the
// contents of the latter, and of header fields that hold more than names, are added to `skipped`.
// nullopt when there is none. `first` is said of the first stream of all: padding comes later.
std::optional<StreamStart> FindStream(const ByteSource& packed, StreamFamily family,
                                      std::uint64_t offset, bool first,
                                      std::vector<Range>& skipped);

}  // namespace counterscan::container

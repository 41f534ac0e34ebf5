// Every central directory of a zip archive that some reader would take.
//
// Readers find the directory from the end record, and disagree: about which end record counts when
// there are several, about offsets when data stand before the archive, about counts and sizes that
// lie. Here every candidate is followed, and every entry of every directory is returned; what makes
// the readers disagree is returned beside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/container/oddity.h"
#include "scanner/container/range_set.h"
#include "scanner/container/zip_records.h"

namespace counterscan::container {

struct ZipDirectory {
  // Of all directories. Offsets are from the first byte of the source, whatever stands before the
  // archive.
  std::vector<CentralHeader> entries;
  std::size_t directories = 0;
  bool cut = false;  // there were more entries than asked for
  std::vector<Oddity> oddities;
  std::vector<Range> records;  // directories and end records, without comments
  std::vector<Range> comments;
};

// What the names of one archive may take, as they are the only thing kept of an entry whose length
// the file chooses: those of all its directories, and those that only local headers have.
inline constexpr std::uint64_t kMaxNameBytes = 32 * kMiB;

// Fails with kMalformed when no end record leads to a directory. Keeps at most `max_entries`.
Result<ZipDirectory> ReadZipDirectory(const ByteSource& source, std::uint64_t max_entries);

// Cheap: could ReadZipDirectory() succeed? True when `tail`, the end of something, holds the
// signature of an end record.
bool MayEndAsZip(std::span<const std::byte> tail);

// An end record starts at most this far from the end: its own size and the longest comment.
inline constexpr std::uint64_t kEndRecordWindow = kEndRecordBytes + 65535;

}  // namespace counterscan::container

// Analyze: what unpickling these bytes would do, without doing it.
//
// Walks every pickle in the bytes with an abstract machine (stack, marks, memo; values known,
// global, call or unknown), names everything that CPython would import, and judges each name by
// the policy and by how it is used. Soundness first: a name that cannot be known is itself
// reported, and an error never hides what was seen before it.
//
// Depends on scanner/base only: no files, no network, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pickle/outcome.h"
#include "scanner/base/byte_source.h"

namespace counterscan::pickle {

// Walks the pickles that stand one after another from the first byte on.
Analysis Analyze(const ByteSource& source, const Options& options);

// How likely `head` (the first bytes of something of `size` bytes) is the start of a pickle: cheap,
// for identification. Protocol 2+ headers are certain; text protocols are recognised by trial.
bool LooksLikePickle(std::span<const std::byte> head, std::uint64_t size);

// The same, but where the head alone cannot tell - nothing but instructions without effect - it
// reads on until it can. `head` is the beginning of `source`.
bool LooksLikePickle(std::span<const std::byte> head, const ByteSource& source);

}  // namespace counterscan::pickle

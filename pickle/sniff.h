// Whether bytes look like a pickle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "scanner/base/byte_source.h"

namespace counterscan::pickle {

// How likely `head` (the first bytes of something of `size` bytes) is the start of a pickle: cheap,
// for identification. Protocol 2+ headers are certain; text protocols are recognised by trial.
bool LooksLikePickle(std::span<const std::byte> head, std::uint64_t size);

// The same, but where the head alone cannot tell - nothing but instructions without effect - it
// reads on until it can. `head` is the beginning of `source`.
bool LooksLikePickle(std::span<const std::byte> head, const ByteSource& source);

}  // namespace counterscan::pickle

// The storages at the end of a torch file from before zip checkpoints.
//
// torch/serialization.py `_legacy_save`: five pickles (magic number, protocol version, system
// information, the object, the list of storage keys), then for each key a 64-bit element count and
// that many elements. torch never unpickles what follows the fifth pickle.
#pragma once

#include <cstdint>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::container {

inline constexpr int kLegacyPickles = 5;

// How many storages, each with elements of 1, 2, 4, 8 or 16 bytes, account for exactly the bytes
// from `begin` to the end of `source`. kMalformed when none do; kLimit when it takes too many
// steps to tell. Reads only the counts.
Result<std::uint64_t> CountStorages(const ByteSource& source, std::uint64_t begin);

}  // namespace counterscan::container

// The checksum of zip members: CRC-32 (APPNOTE 4.4.7).
#pragma once

#include <cstdint>
#include <optional>

#include "scanner/base/byte_source.h"

namespace counterscan::container {

// Of all bytes; nothing when they cannot be read.
std::optional<std::uint32_t> Checksum(const ByteSource& source);

}  // namespace counterscan::container

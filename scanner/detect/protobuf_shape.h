// What the first bytes of a protobuf message say it is.
//
// Protobuf has no magic: any short run of bytes can be one. So this only ever tells types apart
// that are all gaps, and never makes anything count as covered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "scanner/detect/file_type.h"

namespace counterscan::detect {

// kOnnx, kSavedModel or kProtobuf when `head`, the start of `size` bytes, walks as top-level
// fields of such a message; kUnknown otherwise.
FileType ProtobufType(std::span<const std::byte> head, std::uint64_t size);

}  // namespace counterscan::detect

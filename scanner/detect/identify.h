// Identify: what a file or member is, from its first bytes. Its name is never asked.
//
// Tells types apart by magic numbers and short structural checks. What only the inside of a
// container can say (a torch checkpoint is a zip) is said by the container's reader, and pickles
// without a protocol header are recognised by the pickle analyser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "scanner/detect/file_type.h"

namespace counterscan::detect {

// As much of the beginning as Identify() can use.
inline constexpr std::size_t kHeadBytes = 4096;

// `head` is the first min(size, kHeadBytes) bytes of something of `size` bytes; fewer are fine.
FileType Identify(std::span<const std::byte> head, std::uint64_t size);

}  // namespace counterscan::detect

// What unpacking a 7z archive takes in memory, from its own header (7-Zip's DOC/7zFormat.txt).
//
// libarchive, which reads these archives, has no limit of memory: it allocates what they ask for.
#pragma once

#include <cstdint>
#include <optional>

#include "scanner/base/byte_source.h"

namespace counterscan::container {

// Bytes that the dictionary of the hungriest stream takes: as long as the archive says, but no
// longer than what unpacks. nullopt where the header cannot be read. `memory` bounds what is
// allocated to read a header that is itself packed.
std::optional<std::uint64_t> SevenZipMemory(const ByteSource& source, std::uint64_t memory);

}  // namespace counterscan::container

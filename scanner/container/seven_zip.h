// Where a 7z archive ends, and whether one begins somewhere (7zFormat.txt, "SignatureHeader").
#pragma once

#include <cstdint>
#include <optional>

#include "scanner/base/byte_source.h"

namespace counterscan::container {

// One past the last byte that the first header of the archive at byte 0 speaks of, or the size of
// `source` when it speaks of more; nullopt when its checksum is wrong.
std::optional<std::uint64_t> SevenZipEnd(const ByteSource& source);

// Where a 7z archive stands in the first `limit` bytes: its signature and a first header with the
// right checksum. Programs that unpack themselves have one behind them, and so may any file.
std::optional<std::uint64_t> FindSevenZip(const ByteSource& source, std::uint64_t limit);

}  // namespace counterscan::container

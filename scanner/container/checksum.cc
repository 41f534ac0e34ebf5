#include "scanner/container/checksum.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "scanner/base/limits.h"

namespace counterscan::container {

std::optional<std::uint32_t> Checksum(const ByteSource& source) {
  std::vector<std::byte> buffer(static_cast<std::size_t>(
      std::clamp<std::uint64_t>(source.size(), 1, std::uint64_t{128} * kKiB)));
  uLong crc = crc32(0, nullptr, 0);
  for (std::uint64_t at = 0; at < source.size();) {
    const auto got = source.ReadAt(at, buffer);
    if (!got || *got == 0) return std::nullopt;
    crc = crc32(crc, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<uInt>(*got));
    at += *got;
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace counterscan::container

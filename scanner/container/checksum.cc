#include "scanner/container/checksum.h"

#include <zlib.h>

#include "scanner/base/limits.h"

namespace counterscan::container {

std::optional<std::uint32_t> Checksum(const ByteSource& source) {
  constexpr std::uint64_t kStep = 128 * kKiB;
  uLong crc = crc32(0, nullptr, 0);
  for (std::uint64_t at = 0; at < source.size();) {
    const auto piece = Excerpt::Read(source, at, kStep);
    if (!piece || piece->size() == 0) return std::nullopt;
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(piece->bytes().data()), piece->size());
    at += piece->size();
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace counterscan::container

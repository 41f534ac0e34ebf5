#include "scanner/container/seven_zip.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/container/checksum.h"

namespace counterscan::container {
namespace {

using namespace std::string_view_literals;

// 6 bytes of signature, 2 of version, a CRC-32 of the 20 bytes that follow: where the next header
// stands behind these 32, how long it is, and its CRC-32.
constexpr std::string_view kSignature = "7z\xbc\xaf\x27\x1c"sv;
constexpr std::uint64_t kFirstHeader = 32;
constexpr std::uint64_t kStartHeaderAt = 12;
constexpr std::uint64_t kStartHeaderBytes = 20;

// The end of the archive that begins at `offset`; nullopt when none does.
std::optional<std::uint64_t> EndOf(const ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, kFirstHeader> bytes{};
  if (!ReadExactly(source, offset, bytes)) return std::nullopt;
  ByteReader reader(bytes);
  if (AsText(*reader.Bytes(kSignature.size())) != kSignature) return std::nullopt;
  static_cast<void>(reader.Skip(2));
  const auto declared_crc = *reader.LittleEndian<std::uint32_t>();
  const SliceSource start(source, offset + kStartHeaderAt, kStartHeaderBytes);
  if (Checksum(start) != declared_crc) return std::nullopt;
  const auto next_offset = *reader.LittleEndian<std::uint64_t>();
  const auto next_size = *reader.LittleEndian<std::uint64_t>();
  std::uint64_t end = offset + kFirstHeader;
  if (__builtin_add_overflow(end, next_offset, &end) ||
      __builtin_add_overflow(end, next_size, &end)) {
    return source.size();
  }
  return std::min(end, source.size());
}

}  // namespace

std::optional<std::uint64_t> SevenZipEnd(const ByteSource& source) { return EndOf(source, 0); }

std::optional<std::uint64_t> FindSevenZip(const ByteSource& source, std::uint64_t limit) {
  constexpr std::size_t kStep = 256 * 1024;
  const std::uint64_t end = std::min(limit, source.size());
  std::vector<std::byte> buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(kStep + kSignature.size(), source.size())));
  for (std::uint64_t at = 0; at < end; at += kStep) {
    const auto got = source.ReadAt(at, buffer);
    if (!got) return std::nullopt;
    const std::string_view text = AsText(std::span<const std::byte>(buffer).first(*got));
    for (std::size_t found = text.find(kSignature); found != std::string_view::npos;
         found = text.find(kSignature, found + 1)) {
      if (EndOf(source, at + found)) return at + found;
    }
  }
  return std::nullopt;
}

}  // namespace counterscan::container

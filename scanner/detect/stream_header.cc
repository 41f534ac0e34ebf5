#include "scanner/detect/stream_header.h"

#include <cstdint>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::detect {
namespace {

using namespace std::string_view_literals;

template <class T>
T NumberAt(std::span<const std::byte> head, std::size_t offset) {
  if (head.size() < sizeof(T) || offset > head.size() - sizeof(T)) return 0;
  return *ByteReader(head.subspan(offset)).LittleEndian<T>();
}

}  // namespace

bool IsZlibHeader(std::span<const std::byte> head) {
  if (head.size() < 2) return false;
  const auto first = static_cast<unsigned>(head[0]);
  const auto second = static_cast<unsigned>(head[1]);
  constexpr unsigned kPresetDictionary = 0x20;
  return (first & 0x0f) == 8 && (first >> 4) <= 7 && (first * 256 + second) % 31 == 0 &&
         (second & kPresetDictionary) == 0;
}

bool IsBzip2Header(std::span<const std::byte> head) {
  const std::string_view text = AsText(head);
  if (text.size() < 10 || !text.starts_with("BZh") || text[3] < '1' || text[3] > '9') return false;
  const std::string_view block = text.substr(4, 6);
  return block == "1AY&SY"sv || block == "\x17\x72\x45\x38\x50\x90"sv;
}

bool IsLzmaHeader(std::span<const std::byte> head) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 38;
  constexpr auto kPropertiesEnd = std::byte{225};
  if (head.size() < 14 || head[0] >= kPropertiesEnd || head[13] != std::byte{0}) return false;
  const auto dictionary = NumberAt<std::uint32_t>(head, 1);
  std::uint32_t rounded = dictionary - 1;
  for (const unsigned shift : {2U, 3U, 4U, 8U, 16U}) rounded |= rounded >> shift;
  ++rounded;
  const auto size = NumberAt<std::uint64_t>(head, 5);
  return (dictionary == rounded || dictionary == ~std::uint32_t{0}) && size != 0 &&
         (size < kMost || size == ~std::uint64_t{0});
}

bool IsSkippableFrame(std::span<const std::byte> head) {
  return head.size() >= 8 && (NumberAt<std::uint32_t>(head, 0) & 0xfffffff0U) == 0x184d2a50U;
}

std::size_t ZfileStream(std::span<const std::byte> head) {
  constexpr std::size_t kHeader = 21;
  const std::string_view text = AsText(head);
  if (text.size() < kHeader + 2 || !text.starts_with("ZF")) return 0;
  const std::size_t stream = text[kHeader] == ' ' ? kHeader + 1 : kHeader;
  return IsZlibHeader(head.subspan(stream)) ? stream : 0;
}

}  // namespace counterscan::detect

#include "scanner/detect/tar_checksum.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::detect {
namespace {

constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kChecksumBytes = 8;

// Up to the first NUL.
std::string_view Text(std::span<const std::byte> field) {
  const std::string_view text = AsText(field);
  return text.substr(0, text.find('\0'));
}

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view Strip(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// GNU tar, libarchive and others: octal digits up to the first character that is none.
std::uint64_t LeadingOctal(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') break;
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// Python's int(text.strip() or "0", 8): a sign, "0o" and single underscores between digits are
// fine; nullopt when it would raise.
std::optional<std::uint64_t> PythonOctal(std::string_view text, bool& negative) {
  text = Strip(text);
  if (text.empty()) return 0;
  if (text.front() == '+' || text.front() == '-') {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.starts_with("0o") || text.starts_with("0O")) {
    text.remove_prefix(2);
    if (text.starts_with('_')) text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  bool digit_before = false;
  for (const char c : text) {
    if (c == '_' && digit_before) {
      digit_before = false;
      continue;
    }
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
    digit_before = true;
  }
  if (!digit_before) return std::nullopt;
  return value;
}

// GNU tar: the first byte is 0x80, or 0xff for negative numbers; what follows is big-endian.
TarNumber Base256(std::span<const std::byte> field) {
  TarNumber number;
  std::uint64_t value = 0;
  bool large = false;
  for (const std::byte item : field.subspan(1)) {
    large = large || (value >> 56) != 0;
    value = (value << 8) | static_cast<std::uint64_t>(item);
  }
  number.negative = field.front() == std::byte{0xff};
  number.readings.push_back(number.negative ? 0 : large ? ~std::uint64_t{0} : value);
  return number;
}

// Sums of a header's bytes, its checksum counted as blanks: of unsigned bytes as POSIX has it, and
// of signed ones as old programs do.
struct Sums {
  std::int64_t of_unsigned = 0;
  std::int64_t of_signed = 0;

  bool Have(std::uint64_t number) const {
    return number == static_cast<std::uint64_t>(of_unsigned) ||
           number == static_cast<std::uint64_t>(of_signed);
  }
};

// Eight bytes at a time: whatever may be an archive is asked whether it is a tar.
Sums SumsOf(TarBlockView block) {
  constexpr std::uint64_t kEvenBytes = 0x00ff00ff00ff00ff;
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  static_assert(kChecksumBytes == sizeof(std::uint64_t) && kTarBlockBytes % 8 == 0);
  std::uint64_t pairs = 0;      // four sums of 16 bits: of 2 * 64 bytes each, less than 2^16
  std::uint64_t high_bits = 0;  // eight counts of 8 bits: of 64 bytes each
  const auto add = [&](std::uint64_t bytes) {
    pairs += (bytes & kEvenBytes) + ((bytes >> 8) & kEvenBytes);
    high_bits += (bytes & kHighBits) >> 7;
  };
  const auto load = [&](std::size_t at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, block.data() + at, sizeof(bytes));
    return bytes;
  };
  for (std::size_t at = 0; at < block.size(); at += sizeof(std::uint64_t)) add(load(at));
  const std::uint64_t high_pairs = (high_bits & kEvenBytes) + ((high_bits >> 8) & kEvenBytes);
  Sums sums;
  std::int64_t negative = 0;
  for (int shift = 0; shift < 64; shift += 16) {
    sums.of_unsigned += static_cast<std::int64_t>((pairs >> shift) & 0xffff);
    negative += static_cast<std::int64_t>((high_pairs >> shift) & 0xffff);
  }
  // The field lies across two of the steps above, so it is taken out and blanks put in here.
  for (std::size_t i = 0; i < kChecksumBytes; ++i) {
    const auto byte = static_cast<std::uint8_t>(block[kChecksumAt + i]);
    sums.of_unsigned += std::int64_t{' '} - byte;
    negative -= byte >> 7;
  }
  constexpr std::int64_t kByteValues = 256;
  sums.of_signed = sums.of_unsigned - kByteValues * negative;
  return sums;
}

}  // namespace

TarNumber ReadTarNumber(std::span<const std::byte> field) {
  if (field.front() == std::byte{0x80} || field.front() == std::byte{0xff}) return Base256(field);
  TarNumber number;
  const auto python = PythonOctal(Text(field), number.negative);
  number.refused = !python;
  // Text that fills its field is read by some together with nothing behind it, by none beyond it.
  const std::uint64_t leading = LeadingOctal(AsText(field));
  if (python && !number.negative) number.readings.push_back(*python);
  if (number.readings.empty() || number.readings.front() != leading) {
    number.readings.push_back(leading);
  }
  // libarchive takes any first byte with its highest bit set for the start of a base-256 number.
  if ((field.front() & std::byte{0x80}) != std::byte{0}) {
    std::uint64_t value = static_cast<std::uint64_t>(field.front() & std::byte{0x3f});
    for (const std::byte item : field.subspan(1)) {
      value = (value << 8) | static_cast<std::uint64_t>(item);
    }
    number.readings.push_back(value);
  }
  return number;
}

bool HasTarChecksum(TarBlockView block) {
  const TarNumber declared = ReadTarNumber(block.subspan(kChecksumAt, kChecksumBytes));
  const Sums sums = SumsOf(block);
  return std::ranges::any_of(declared.readings,
                             [&](std::uint64_t reading) { return sums.Have(reading); });
}

bool TarfileTakesChecksum(TarBlockView block) {
  const TarNumber declared = ReadTarNumber(block.subspan(kChecksumAt, kChecksumBytes));
  return !declared.refused && !declared.negative && SumsOf(block).Have(declared.value());
}

}  // namespace counterscan::detect

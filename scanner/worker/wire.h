// WireWriter, WireReader: numbers and texts of a message, in a form that both ends agree on.
//
// Little-endian numbers, texts with a 32-bit length before them. The reader treats every length and
// count as hostile: it is compared with a ceiling and with what remains before anything is
// allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "scanner/base/byte_reader.h"
#include "scanner/base/result.h"
#include "scanner/model/finding.h"

namespace counterscan {

// Longest text of a message. A place may name sixteen nested members of 64 KiB each.
inline constexpr std::size_t kWireTextBytes = 1024 * 1024;

class WireWriter {
 public:
  // `expected`: bytes of the message, for which there is room at once.
  explicit WireWriter(std::size_t expected = kUsualBytes) { bytes_.reserve(expected); }
  template <class T>
  requires std::is_integral_v<T>
  void Number(T value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T)); }
  void Flag(bool value) { Number(std::uint8_t{value}); }
  template <class E>
  requires std::is_enum_v<E>
  void Enum(E value) { Number(static_cast<std::underlying_type_t<E>>(value)); }
  // Cut at kWireTextBytes, which the reader would refuse to pass.
  void Text(std::string_view text) {
    text = text.substr(0, kWireTextBytes);
    Number(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  void OptionalText(const std::optional<std::string>& text) {
    Flag(text.has_value());
    if (text) Text(*text);
  }
  void Count(std::size_t count) { Number(static_cast<std::uint32_t>(count)); }

  // Read by WireReader::Blob().
  void Blob(std::string_view bytes) {
    Count(bytes.size());
    bytes_.append(bytes);
  }

  std::string Take() { return std::move(bytes_); }

 private:
  static constexpr std::size_t kUsualBytes = 128;

  std::string bytes_;
};

// The bytes must outlive the reader and every view it returns.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) : reader_(bytes) {}

  template <class T>
  requires std::is_integral_v<T> Result<T> Number() { return reader_.LittleEndian<T>(); }
  // Only 0 and 1 are flags.
  Result<bool> Flag();
  // An enumerator up to and including `last`, whose numbers start at 0 and have no gaps.
  template <class E>
  requires std::is_enum_v<E> Result<E> Enum(E last) {
    const auto value = TRY(Number<std::underlying_type_t<E>>());
    if (value > static_cast<std::underlying_type_t<E>>(last)) return OutOfRange(value);
    return static_cast<E>(value);
  }
  Result<std::string_view> TextView();
  Result<std::string> Text();
  Result<std::optional<std::string>> OptionalText();
  // How many items follow, each of at least `item_bytes`: at most `limit`, and at most what fits
  // in the bytes that are left.
  Result<std::size_t> Count(std::size_t limit, std::size_t item_bytes);
  Result<std::span<const std::byte>> Blob();
  // Fails when bytes are left: a message is all used or not understood.
  Result<void> Done() const;

 private:
  tl::unexpected<Error> OutOfRange(std::uint64_t value) const;

  ByteReader reader_;
};

// Gaps occur in several messages.
inline constexpr std::size_t kWireGapBytes = 1 + 1 + 4 + 8 + 8 + 4;
void WriteGap(WireWriter& writer, const Gap& gap);
Result<Gap> ReadGap(WireReader& reader);

// Numbers of groups of signatures (see ClamavEngine), each below kMaxGroups: signatures are never
// sorted into so many.
inline constexpr std::uint32_t kMaxGroups = 1'000;
void WriteGroups(WireWriter& writer, const std::vector<std::uint32_t>& groups);
Result<std::vector<std::uint32_t>> ReadGroups(WireReader& reader);

}  // namespace counterscan

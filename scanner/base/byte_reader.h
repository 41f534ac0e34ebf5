// ByteReader: a cursor over bytes in memory.
//
// Each read takes all it asks for and advances, or fails with kTruncated and stays put. Lengths
// are compared as `n > remaining()`, so no length from a file can overflow. Allocates nothing.
// The bytes must outlive the reader and every view it returns.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "scanner/base/result.h"

namespace counterscan {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t offset() const { return position_; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }

  template <class T>
  requires std::is_integral_v<T> Result<T> LittleEndian() {
    static_assert(std::endian::native == std::endian::little);
    if (sizeof(T) > remaining()) return Truncated(sizeof(T));
    T value;
    std::memcpy(&value, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return value;
  }

  // A view of the next `count` bytes.
  Result<std::span<const std::byte>> Bytes(std::uint64_t count);
  // The same bytes as text.
  Result<std::string_view> Text(std::uint64_t count);
  Result<void> Skip(std::uint64_t count);

 private:
  tl::unexpected<Error> Truncated(std::uint64_t wanted) const;

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

// The number at `offset`, for records whose length was looked at as a whole: it must lie in
// `bytes`.
template <class T>
requires std::is_integral_v<T> T LittleEndianAt(std::span<const std::byte> bytes,
                                                std::size_t offset) {
  static_assert(std::endian::native == std::endian::little);
  const auto field = bytes.subspan(offset, sizeof(T));
  T value;
  std::memcpy(&value, field.data(), sizeof(T));
  return value;
}

inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
inline std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace counterscan

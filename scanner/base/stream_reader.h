// StreamReader: a cursor over a ByteStream, with one buffer of kBufferBytes.
//
// The same verbs as ByteReader: each read takes all it asks for and advances, or fails and stays
// put; only Text() and Skip(), which may be longer than any buffer, fail after having taken what
// there was. A 20 GB pickle needs constant memory: what is not asked to be kept is skipped. A view
// that it returns is valid until the next call. The stream must outlive the reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan {

class StreamReader {
 public:
  static constexpr std::size_t kBufferBytes = 65536;

  explicit StreamReader(ByteStream& stream, std::uint64_t first_offset = 0)
      : stream_(stream),
        buffer_(std::make_unique<std::byte[]>(kBufferBytes)),
        base_(first_offset) {}

  // Offset of the next unread byte, counted from first_offset.
  std::uint64_t offset() const { return base_ + position_; }

  // True when no byte is left. A read error counts as "not at the end": the next read reports it.
  bool AtEnd();

  template <class T>
  requires std::is_integral_v<T> Result<T> LittleEndian() {
    const auto view = Bytes(sizeof(T));
    if (!view) return tl::make_unexpected(view.error());
    T value;
    std::memcpy(&value, view->data(), sizeof(T));
    return value;
  }

  // A view of the next `count` bytes; kLimit when count > kBufferBytes.
  Result<std::span<const std::byte>> Bytes(std::size_t count);

  // The next byte without taking it; kTruncated at the end.
  Result<std::uint8_t> Peek();

  // Takes `count` bytes and keeps the first `keep` of them. Fails with kTruncated when the stream
  // ends first: then all that was left has been consumed.
  Result<std::string> Text(std::uint64_t count, std::size_t keep);

  // Takes bytes up to and including the next '\n' and returns them without it. kLimit when there is
  // none in the next `limit` bytes (limit < kBufferBytes), kTruncated at the end of the stream;
  // both leave the cursor where it was.
  Result<std::string_view> Line(std::size_t limit);

  // Takes `count` bytes without keeping any. kTruncated when the stream ends first: then all that
  // was left has been consumed.
  Result<void> Skip(std::uint64_t count);

 private:
  // Makes at least `count` bytes available if the stream has them; returns how many there are.
  Result<std::size_t> Fill(std::size_t count);
  std::size_t available() const { return end_ - position_; }

  ByteStream& stream_;
  std::unique_ptr<std::byte[]> buffer_;
  std::uint64_t base_;        // offset of buffer_[0]
  std::size_t position_ = 0;  // of the next unread byte in buffer_
  std::size_t end_ = 0;       // of the bytes in buffer_
};

}  // namespace counterscan

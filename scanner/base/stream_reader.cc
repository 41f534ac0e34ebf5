#include "scanner/base/stream_reader.h"

#include <algorithm>

namespace counterscan {

Result<std::size_t> StreamReader::Fill(std::size_t count) {
  if (available() >= count) return available();
  if (position_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + position_, available());
    base_ += position_;
    end_ -= position_;
    position_ = 0;
  }
  while (end_ < count) {
    const std::size_t got = TRY(stream_.Read(std::span(buffer_.get() + end_, kBufferBytes - end_)));
    if (got == 0) break;
    end_ += got;
  }
  return end_;
}

bool StreamReader::AtEnd() {
  if (available() > 0) return false;
  const auto filled = Fill(1);
  return filled && *filled == 0;
}

Result<std::span<const std::byte>> StreamReader::Bytes(std::size_t count) {
  if (count > kBufferBytes) return Fail(ErrorCode::kLimit, "read larger than the buffer", offset());
  const std::size_t have = TRY(Fill(count));
  if (have < count) {
    return Fail(ErrorCode::kTruncated,
                "wanted " + std::to_string(count) + " bytes, " + std::to_string(have) + " are left",
                offset());
  }
  const std::span<const std::byte> view(buffer_.get() + position_, count);
  position_ += count;
  return view;
}

Result<std::uint8_t> StreamReader::Peek() {
  if (TRY(Fill(1)) == 0) return Fail(ErrorCode::kTruncated, "no byte is left", offset());
  return static_cast<std::uint8_t>(buffer_[position_]);
}

Result<std::string> StreamReader::Text(std::uint64_t count, std::size_t keep) {
  const std::uint64_t start = offset();
  const auto kept = static_cast<std::size_t>(std::min<std::uint64_t>(count, keep));
  std::string text;
  while (text.size() < kept) {
    const std::size_t have = TRY(Fill(1));
    if (have == 0) {
      return Fail(ErrorCode::kTruncated,
                  "wanted " + std::to_string(count) + " bytes, " + std::to_string(text.size()) +
                      " were left",
                  start);
    }
    const std::size_t step = std::min(have, kept - text.size());
    text.append(reinterpret_cast<const char*>(buffer_.get() + position_), step);
    position_ += step;
  }
  TRY(Skip(count - kept));
  return text;
}

Result<std::string_view> StreamReader::Line(std::size_t limit) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t have = available();
    const auto* from = buffer_.get() + position_;
    if (have > searched) {
      const void* newline = std::memchr(from + searched, '\n', have - searched);
      if (newline != nullptr) {
        const auto length = static_cast<std::size_t>(static_cast<const std::byte*>(newline) - from);
        if (length > limit) break;
        position_ += length + 1;
        return std::string_view(reinterpret_cast<const char*>(from), length);
      }
    }
    searched = have;
    if (have > limit || have >= kBufferBytes) break;
    const std::size_t filled = TRY(Fill(have + 1));
    if (filled == have) return Fail(ErrorCode::kTruncated, "line without an end", offset());
  }
  return Fail(ErrorCode::kLimit, "line longer than " + std::to_string(limit) + " bytes", offset());
}

Result<void> StreamReader::Skip(std::uint64_t count) {
  const std::uint64_t start = offset();
  const std::uint64_t buffered = std::min<std::uint64_t>(count, available());
  position_ += static_cast<std::size_t>(buffered);
  const std::uint64_t rest = count - buffered;
  if (rest == 0) return {};
  // The buffer is empty now: what the stream skips moves its base.
  base_ += position_;
  position_ = end_ = 0;
  const std::uint64_t skipped = TRY(stream_.Skip(rest));
  base_ += skipped;
  if (skipped < rest) {
    return Fail(ErrorCode::kTruncated,
                "wanted " + std::to_string(count) + " bytes, " +
                    std::to_string(buffered + skipped) + " were left",
                start);
  }
  return {};
}

}  // namespace counterscan

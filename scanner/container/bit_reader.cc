#include "scanner/container/bit_reader.h"

#include <algorithm>
#include <cassert>

namespace counterscan::container {
namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr int kBitsOfByte = 8;

}  // namespace

BitReader::BitReader(const ByteSource& source)
    : source_(source),
      buffer_(static_cast<std::size_t>(std::clamp<std::uint64_t>(source.size(), 1, kBufferBytes))) {
}

Result<void> BitReader::Refill() {
  at_ = filled_ = 0;
  filled_ = TRY(source_.ReadAt(read_, buffer_));
  read_ += filled_;
  return {};
}

Result<int> BitReader::Fetch(int count) {
  assert(count <= kMostBits);
  while (ready_ < count) {
    if (at_ == filled_) TRY(Refill());
    if (filled_ == 0) break;
    bits_ |= std::to_integer<std::uint64_t>(buffer_[at_++]) << ready_;
    ready_ += kBitsOfByte;
  }
  return ready_;
}

void BitReader::Drop(int count) {
  assert(count <= ready_);
  bits_ >>= count;
  ready_ -= count;
}

Result<std::uint32_t> BitReader::Bits(int count) {
  const int ready = TRY(Fetch(count));
  if (ready < count) return Fail(ErrorCode::kTruncated, "compressed data ends early", consumed());
  const std::uint32_t value = Peek() & ((1U << count) - 1);
  Drop(count);
  return value;
}

std::uint64_t BitReader::consumed() const {
  const std::uint64_t held = filled_ - at_ + static_cast<std::uint64_t>(ready_ / kBitsOfByte);
  return read_ - held;
}

}  // namespace counterscan::container

// BitReader: a source's bits, the lowest of each byte first, as DEFLATE packs them (RFC
// 1951, 3.1.1).
//
// Memory is one buffer, whatever the size of the source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"

namespace counterscan::container {

class BitReader {
 public:
  // Most bits that can be asked for at once.
  static constexpr int kMostBits = 16;

  // Reads `source`, which must outlive it, from its first byte.
  explicit BitReader(const ByteSource& source);

  // Has `count` bits ready for Peek() if the source has them, and says how many are ready: fewer
  // only at its end.
  Result<int> Fetch(int count);
  // The next kMostBits bits; behind those that are ready, zeros.
  std::uint32_t Peek() const { return static_cast<std::uint32_t>(bits_ & 0xffff); }
  // Drops bits that are ready.
  void Drop(int count);

  // The next `count` bits, the first of them lowest. kTruncated, and nothing is taken, when there
  // are fewer.
  Result<std::uint32_t> Bits(int count);
  // Drops what is left of a byte that was begun.
  void AlignToByte() { Drop(ready_ % 8); }

  // One past the last byte that a bit was taken of.
  std::uint64_t consumed() const;

 private:
  Result<void> Refill();

  const ByteSource& source_;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0;      // in buffer_: the next byte that bits_ does not hold
  std::size_t filled_ = 0;  // of buffer_
  std::uint64_t read_ = 0;  // bytes taken from the source
  std::uint64_t bits_ = 0;  // the next ones, the first lowest
  int ready_ = 0;           // so many of them
};

}  // namespace counterscan::container

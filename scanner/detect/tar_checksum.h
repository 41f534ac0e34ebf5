// What tells a tar header from other bytes, and its numbers as readers take them.
//
// tar had no magic before 1988, but a checksum: the sum of the header's bytes with the checksum's
// own read as blanks (POSIX.1-1988 10.1.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace counterscan::detect {

inline constexpr std::size_t kTarBlockBytes = 512;
using TarBlockView = std::span<const std::byte, kTarBlockBytes>;

// What readers take a number of a header for: more than one when they differ. Numbers are text,
// and readers disagree about text that is no number.
struct TarNumber {
  // Never empty.
  class Readings {
   public:
    void push_back(std::uint64_t value) { values_[size_++] = value; }
    bool empty() const { return size_ == 0; }
    std::uint64_t front() const { return values_.front(); }
    const std::uint64_t* begin() const { return values_.data(); }
    const std::uint64_t* end() const { return values_.data() + size_; }

   private:
    std::array<std::uint64_t, 3> values_{};
    std::size_t size_ = 0;
  };
  Readings readings;
  bool negative = false;  // Python reads a negative number
  bool refused = false;   // Python takes it for no number, and the header for none
  std::uint64_t value() const { return readings.front(); }
};

// `field` is not empty.
TarNumber ReadTarNumber(std::span<const std::byte> field);

// True when the checksum is that of the block. Both sums count: of unsigned bytes and of signed
// ones, which old writers made.
bool HasTarChecksum(TarBlockView block);

// The same, for the one number that Python's tarfile reads.
bool TarfileTakesChecksum(TarBlockView block);

}  // namespace counterscan::detect

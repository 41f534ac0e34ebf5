// UnpackBudget: how many bytes unpacking one file may still produce.
//
// One budget for a whole file, containers inside containers included, so that nesting multiplies
// nothing. Unpacking the same bytes again costs again: that bounds time as well.
#pragma once

#include <cstdint>

namespace counterscan::container {

class UnpackBudget {
 public:
  explicit UnpackBudget(std::uint64_t bytes) : total_(bytes), left_(bytes) {}

  // Takes `bytes`; false, and nothing is left, when there were fewer.
  bool Take(std::uint64_t bytes) {
    if (bytes > left_) {
      left_ = 0;
      exhausted_ = true;
      return false;
    }
    left_ -= bytes;
    return true;
  }

  // True once something was refused: from then on nothing is complete.
  bool exhausted() const { return exhausted_; }
  std::uint64_t left() const { return left_; }
  std::uint64_t taken() const { return total_ - left_; }

 private:
  std::uint64_t total_;
  std::uint64_t left_;
  bool exhausted_ = false;
};

}  // namespace counterscan::container

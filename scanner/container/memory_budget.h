// MemoryBudget: bytes that all the containers of one file may hold at the same time.
//
// Containers stand inside each other, and each holds on to something while the next is walked:
// what a part takes it gives back when it is done.
#pragma once

#include <cstdint>
#include <utility>

namespace counterscan::container {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : left_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  std::uint64_t left() const { return left_; }

 private:
  friend class MemoryLease;
  std::uint64_t left_;
};

// What one owner has taken of a budget, which must outlive it.
class MemoryLease {
 public:
  explicit MemoryLease(MemoryBudget& budget) : budget_(&budget) {}
  MemoryLease(MemoryLease&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryLease& operator=(MemoryLease&& other) noexcept {
    if (this != &other) {
      Resize(0);
      budget_ = other.budget_;
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~MemoryLease() { Resize(0); }

  // Holds `bytes` from now on; false, and nothing changes, when there are not so many.
  bool Resize(std::uint64_t bytes) {
    if (bytes > bytes_ && bytes - bytes_ > budget_->left_) return false;
    budget_->left_ = budget_->left_ + bytes_ - bytes;
    bytes_ = bytes;
    return true;
  }

  std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace counterscan::container

// ValueStack: the pickle machine's stack of values.
//
// Like a vector, but growing is apart from pushing: after Reserve(n), n values may be pushed
// through top() without asking for room each time, which is what the machine's inner loop does.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

#include "pickle/machine/value.h"

namespace counterscan::pickle {

class ValueStack {
 public:
  std::size_t size() const { return size_; }

  // Room for `count` more values.
  void Reserve(std::size_t count) {
    if (slots_.size() - size_ < count) [[unlikely]]
      Grow(count);
  }
  void Push(Value value) {
    Reserve(1);
    slots_[size_++] = value;
  }
  void Pop() { Cut(size_ - 1); }
  // Only the first `size` values stay.
  void Cut(std::size_t size) {
    assert(size <= size_);
    size_ = size;
  }

  Value& back() { return slots_[size_ - 1]; }
  Value operator[](std::size_t i) const { return slots_[i]; }
  // Valid until the next push.
  std::span<const Value> From(std::size_t first) const {
    return std::span(slots_).subspan(first, size_ - first);
  }

  // The place of the next value; there is room for as many as were reserved. Whoever pushes or
  // pops through it says with SetTop where it came to stand, before anything else is asked.
  Value* top() { return slots_.data() + size_; }
  Value* bottom() { return slots_.data(); }
  void SetTop(const Value* top) {
    size_ = static_cast<std::size_t>(top - slots_.data());
    assert(size_ <= slots_.size());
  }

 private:
  void Grow(std::size_t count) {
    slots_.resize(std::max(size_ + count, slots_.size() + slots_.size() / 2));
  }

  std::vector<Value> slots_;  // those from size_ on are free
  std::size_t size_ = 0;
};

}  // namespace counterscan::pickle

// Memo: the pickle machine's numbered slots.
//
// Exactly CPython's: a slot may be written again, and MEMOIZE writes to the slot whose number is
// the count of slots in use. Slots that are filled in order (as picklers do) cost eight bytes each;
// those far ahead go to a map, which costs five times as much and is kept small. Holds at most
// `limit` values, `sparse_limit` of them in the map; Set() past that answers false. However a file
// numbers its slots, the row of those in order never takes more than eight bytes times `limit`.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <unordered_map>

#include "pickle/machine/value.h"

namespace counterscan::pickle {

class Memo {
 public:
  Memo(std::size_t limit, std::size_t sparse_limit) : limit_(limit), sparse_limit_(sparse_limit) {}

  std::size_t count() const { return count_; }

  bool Set(std::uint64_t index, Value value) {
    if (index == row_size_ && index < append_end_) [[likely]] {
      row_[row_size_++] = value;
      ++count_;
      return true;
    }
    return SetAnywhere(index, value);
  }
  bool Memoize(Value value) { return Set(count_, value); }

  // kNothing for an empty slot.
  Value Get(std::uint64_t index) const {
    if (index < row_size_) [[likely]]
      return row_[index];
    return GetSparse(index);
  }

  // Empties every slot. Keeps little memory for the next pickle.
  void Clear();

 private:
  struct Free {
    void operator()(Value* row) const { std::free(row); }
  };

  bool SetAnywhere(std::uint64_t index, Value value);
  bool SetSparse(std::uint64_t index, Value value);
  Value GetSparse(std::uint64_t index) const;
  // Makes room for slot `row_size_`; false when that is past the limit.
  bool GrowRow();
  // Appends the slot that follows the last of the row, empty or as it was written ahead of its
  // turn.
  bool AppendSlot();

  std::size_t limit_;
  std::size_t sparse_limit_;
  std::size_t count_ = 0;
  // Slots 0 to row_size_ - 1. From malloc, because realloc moves a large block without copying it:
  // eleven million values must not be held twice.
  std::unique_ptr<Value[], Free> row_;
  std::size_t row_size_ = 0;
  std::size_t row_room_ = 0;
  // Below this a value may be appended without a further look: row_room_, or 0 while slots that
  // were written ahead of their turn wait in sparse_.
  std::size_t append_end_ = 0;
  std::unordered_map<std::uint64_t, Value> sparse_;  // only indices past the row
};

}  // namespace counterscan::pickle

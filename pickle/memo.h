// Memo: the pickle machine's numbered slots.
//
// Exactly CPython's: a slot may be written again, and MEMOIZE writes to the slot whose number is
// the count of slots in use. Slots that are filled in order (as picklers do) cost eight bytes each;
// others go to a map. Holds at most `limit` values; Set() past that answers false.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "pickle/value.h"

namespace counterscan::pickle {

class Memo {
 public:
  explicit Memo(std::size_t limit) : limit_(limit) {}

  std::size_t count() const { return count_; }

  bool Set(std::uint64_t index, Value value) {
    const std::uint64_t page = index / kPageSlots;
    if (page > pages_.size()) [[unlikely]]
      return SetSparse(index, value);
    if (page == pages_.size() && !AddPage()) [[unlikely]]
      return false;
    Value& slot = (*pages_[page])[index % kPageSlots];
    if (slot.is(Kind::kNothing)) {
      if (count_ >= limit_) [[unlikely]]
        return false;
      ++count_;
    }
    slot = value;
    return true;
  }
  bool Memoize(Value value) { return Set(count_, value); }

  // kNothing for an empty slot.
  Value Get(std::uint64_t index) const {
    const std::uint64_t page = index / kPageSlots;
    if (page < pages_.size()) [[likely]]
      return (*pages_[page])[index % kPageSlots];
    return GetSparse(index);
  }

  // Empties every slot. Keeps one page for the next pickle.
  void Clear();

 private:
  static constexpr std::size_t kPageSlots = 4096;
  using Page = std::array<Value, kPageSlots>;

  bool AddPage();
  bool SetSparse(std::uint64_t index, Value value);
  Value GetSparse(std::uint64_t index) const;

  std::size_t limit_;
  std::size_t count_ = 0;
  std::vector<std::unique_ptr<Page>> pages_;
  std::unordered_map<std::uint64_t, Value> sparse_;  // only indices past the last page
};

}  // namespace counterscan::pickle

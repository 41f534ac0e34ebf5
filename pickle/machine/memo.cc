#include "pickle/machine/memo.h"

#include <algorithm>
#include <new>
#include <type_traits>

namespace counterscan::pickle {
namespace {

static_assert(std::is_trivially_copyable_v<Value> && std::is_trivially_destructible_v<Value>);

constexpr std::size_t kFirstSlots = 64;
// A row no longer than this is kept for the next pickle.
constexpr std::size_t kKeptSlots = 4096;
// Empty slots that the row takes in before a slot goes to the map: old versions of
// pickletools.optimize left such gaps.
constexpr std::uint64_t kLeap = 512;

}  // namespace

bool Memo::GrowRow() {
  if (row_size_ < row_room_) return true;
  if (row_room_ >= limit_) return false;
  const std::size_t room = std::min(limit_, std::max(kFirstSlots, row_room_ + row_room_ / 2));
  void* moved = std::realloc(row_.get(), room * sizeof(Value));
  if (moved == nullptr) throw std::bad_alloc();
  // realloc has freed or taken over what row_ pointed to.
  [[maybe_unused]] const Value* gone = row_.release();
  row_.reset(static_cast<Value*>(moved));
  row_room_ = room;
  append_end_ = sparse_.empty() ? room : 0;
  return true;
}

bool Memo::AppendSlot() {
  if (!GrowRow()) return false;
  Value value;
  if (const auto early = sparse_.find(row_size_); early != sparse_.end()) {
    value = early->second;
    sparse_.erase(early);
    if (sparse_.empty()) append_end_ = row_room_;
  }
  row_[row_size_++] = value;
  return true;
}

bool Memo::SetAnywhere(std::uint64_t index, Value value) {
  if (index >= row_size_ && index - row_size_ <= kLeap && index < limit_) {
    while (row_size_ <= index) {
      if (!AppendSlot()) return false;
    }
  }
  if (index >= row_size_) return SetSparse(index, value);
  Value& slot = row_[index];
  if (slot.is(Kind::kNothing)) {
    if (count_ >= limit_) return false;
    ++count_;
  }
  slot = value;
  return true;
}

bool Memo::SetSparse(std::uint64_t index, Value value) {
  const auto found = sparse_.find(index);
  if (found != sparse_.end()) {
    found->second = value;
    return true;
  }
  if (count_ >= limit_ || sparse_.size() >= sparse_limit_) return false;
  sparse_.emplace(index, value);
  append_end_ = 0;
  ++count_;
  return true;
}

Value Memo::GetSparse(std::uint64_t index) const {
  if (sparse_.empty()) return {};
  const auto found = sparse_.find(index);
  return found == sparse_.end() ? Value() : found->second;
}

void Memo::Clear() {
  if (row_room_ > kKeptSlots) {
    row_.reset();
    row_room_ = 0;
  }
  sparse_.clear();
  row_size_ = 0;
  append_end_ = row_room_;
  count_ = 0;
}

}  // namespace counterscan::pickle

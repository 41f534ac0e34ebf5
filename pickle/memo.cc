#include "pickle/memo.h"

namespace counterscan::pickle {

bool Memo::AddPage() {
  if (count_ >= limit_) return false;
  const std::uint64_t first = pages_.size() * kPageSlots;
  pages_.push_back(std::make_unique<Page>());
  if (sparse_.empty()) return true;
  // Slots that were written ahead of their turn move in.
  for (std::size_t i = 0; i < kPageSlots; ++i) {
    const auto found = sparse_.find(first + i);
    if (found == sparse_.end()) continue;
    (*pages_.back())[i] = found->second;
    sparse_.erase(found);
  }
  return true;
}

bool Memo::SetSparse(std::uint64_t index, Value value) {
  const auto found = sparse_.find(index);
  if (found != sparse_.end()) {
    found->second = value;
    return true;
  }
  if (count_ >= limit_) return false;
  sparse_.emplace(index, value);
  ++count_;
  return true;
}

Value Memo::GetSparse(std::uint64_t index) const {
  if (sparse_.empty()) return {};
  const auto found = sparse_.find(index);
  return found == sparse_.end() ? Value() : found->second;
}

void Memo::Clear() {
  if (count_ == 0) return;
  if (pages_.size() > 1) pages_.resize(1);
  if (!pages_.empty()) pages_.front()->fill(Value());
  sparse_.clear();
  count_ = 0;
}

}  // namespace counterscan::pickle

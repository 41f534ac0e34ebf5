#include "pickle/findings.h"

#include "pickle/rules.h"

namespace counterscan::pickle {

void FindingList::Add(std::string_view rule, std::uint64_t offset, std::string message) {
  const Rule* row = FindRule(rule);
  const Level level = row == nullptr ? Level::kUnsafe : row->level;
  std::size_t& count = counts_[static_cast<std::size_t>(level)];
  if (++count > limit_) return;
  if (count == limit_) message += " (further findings of this level are left out)";
  findings_.push_back({std::string(rule), level, offset, std::move(message)});
}

bool FindingList::IsFull(std::string_view rule) const {
  const Rule* row = FindRule(rule);
  return counts_[static_cast<std::size_t>(row == nullptr ? Level::kUnsafe : row->level)] >= limit_;
}

void FindingList::Rewind(const Position& position) {
  findings_.resize(position.size);
  counts_ = position.counts;
}

std::vector<Finding> FindingList::Take() { return std::move(findings_); }

}  // namespace counterscan::pickle

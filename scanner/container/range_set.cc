#include "scanner/container/range_set.h"

#include <algorithm>

namespace counterscan::container {

void RangeSet::Add(std::uint64_t first, std::uint64_t last) {
  if (first >= last) return;
  auto next = ranges_.upper_bound(first);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second >= first) {
      first = before->first;
      last = std::max(last, before->second);
      next = ranges_.erase(before);
    }
  }
  while (next != ranges_.end() && next->first <= last) {
    last = std::max(last, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace_hint(next, first, last);
}

bool RangeSet::Covers(const Range& range) const {
  if (range.first >= range.last) return true;
  const auto next = ranges_.upper_bound(range.first);
  return next != ranges_.begin() && std::prev(next)->second >= range.last;
}

std::vector<Range> RangeSet::Missing(std::uint64_t size) const {
  std::vector<Range> missing;
  std::uint64_t position = 0;
  for (const auto& [first, last] : ranges_) {
    if (position >= size) break;
    if (first > position) missing.push_back({position, std::min(first, size)});
    position = std::max(position, last);
  }
  if (position < size) missing.push_back({position, size});
  return missing;
}

}  // namespace counterscan::container

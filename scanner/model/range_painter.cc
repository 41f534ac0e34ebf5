#include "scanner/model/range_painter.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace counterscan {
namespace {

// A map is for people. A part of more ranges than this is drawn more coarsely from there on.
constexpr std::size_t kRanges = 2'000;
constexpr std::string_view kVarious = "various";
constexpr std::string_view kUnaccounted = "unparsed-bytes";

}  // namespace

void RangePainter::Insert(std::uint64_t first, std::uint64_t last, Handling handling,
                          std::string_view by) {
  if (first >= last) return;
  if (ranges_.size() >= kRanges && handling != Handling::kGap) by = kVarious;
  auto next = ranges_.upper_bound(first);
  const auto same = [&](const CoveredRange& range) {
    return range.handling == handling && range.by == by;
  };
  if (next != ranges_.begin()) {
    CoveredRange& before = std::prev(next)->second;
    if (before.last == first && same(before)) {
      before.last = last;
      return;
    }
  }
  ranges_.insert_or_assign(first, CoveredRange{first, last, handling, std::string(by)});
}

void RangePainter::Fill(std::uint64_t first, std::uint64_t last, Handling handling,
                        std::string_view by) {
  while (first < last) {
    auto next = ranges_.upper_bound(first);
    if (next != ranges_.begin() && std::prev(next)->second.last > first) {
      first = std::prev(next)->second.last;
      continue;
    }
    const std::uint64_t end = next == ranges_.end() ? last : std::min(last, next->first);
    Insert(first, end, handling, by);
    first = end;
  }
}

void RangePainter::Cover(std::uint64_t first, std::uint64_t last, Handling handling,
                         std::string_view by) {
  if (first >= last) return;
  // Too many gaps to keep apart: the rest is one.
  if (ranges_.size() >= 2 * kRanges && handling == Handling::kGap) last = std::max(last, End());
  auto next = ranges_.upper_bound(first);
  if (next != ranges_.begin()) {
    CoveredRange& before = std::prev(next)->second;
    if (before.last > first) {
      CoveredRange behind = before;
      before.last = first;
      if (behind.last > last) {
        behind.first = last;
        ranges_.emplace(last, std::move(behind));
      }
      if (before.first == before.last) ranges_.erase(std::prev(next));
    }
  }
  for (next = ranges_.lower_bound(first); next != ranges_.end() && next->first < last;) {
    CoveredRange behind = std::move(next->second);
    next = ranges_.erase(next);
    if (behind.last <= last) continue;
    behind.first = last;
    ranges_.emplace(last, std::move(behind));
    break;
  }
  Insert(first, last, handling, by);
}

std::vector<CoveredRange> RangePainter::Take(std::uint64_t size) {
  Fill(0, size, Handling::kGap, kUnaccounted);
  std::vector<CoveredRange> ranges;
  for (auto& [first, range] : ranges_) {
    if (first >= size) break;
    range.last = std::min(range.last, size);
    const bool same =
        !ranges.empty() && ranges.back().handling == range.handling && ranges.back().by == range.by;
    if (same) {
      ranges.back().last = range.last;
    } else {
      ranges.push_back(std::move(range));
    }
  }
  ranges_.clear();
  return ranges;
}

}  // namespace counterscan

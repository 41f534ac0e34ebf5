// RangeSet: which bytes somebody has accounted for.
//
// Coverage is a proof, not a hope: what is in no range at the end is reported as a gap.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace counterscan::container {

struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // one past the end

  std::uint64_t size() const { return last - first; }
  bool operator==(const Range&) const = default;
};

class RangeSet {
 public:
  // Adds [first, last); an empty or backward range adds nothing.
  void Add(std::uint64_t first, std::uint64_t last);
  void Add(const Range& range) { Add(range.first, range.last); }

  void Add(const RangeSet& other) {
    for (const auto& [first, last] : other.ranges_) Add(first, last);
  }

  // True when every byte of `range` has been added.
  bool Covers(const Range& range) const;

  // One past the last byte that has been added; 0 when none has.
  std::uint64_t End() const { return ranges_.empty() ? 0 : ranges_.rbegin()->second; }

  // What of [0, size) has not been added, in order.
  std::vector<Range> Missing(std::uint64_t size) const;

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // first -> last; disjoint, not touching
};

}  // namespace counterscan::container

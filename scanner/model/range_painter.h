// RangePainter: ranges of one part, each painted once.
//
// Whoever comes first paints: what is inside a part is walked before the part is done. Only a gap
// paints over what is there.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "scanner/model/coverage.h"

namespace counterscan {

class RangePainter {
 public:
  // What of [first, last) has no colour yet.
  void Fill(std::uint64_t first, std::uint64_t last, Handling handling, std::string_view by);
  // All of it.
  void Cover(std::uint64_t first, std::uint64_t last, Handling handling, std::string_view by);

  // One past the last byte that was painted.
  std::uint64_t End() const { return ranges_.empty() ? 0 : ranges_.rbegin()->second.last; }

  std::size_t count() const { return ranges_.size(); }

  // The ranges of [0, size), in order, where neighbours of one kind are one; what has no colour is
  // a gap. Call once, last.
  std::vector<CoveredRange> Take(std::uint64_t size);

 private:
  void Insert(std::uint64_t first, std::uint64_t last, Handling handling, std::string_view by);

  std::map<std::uint64_t, CoveredRange> ranges_;  // by first; disjoint
};

}  // namespace counterscan

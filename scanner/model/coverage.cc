#include "scanner/model/coverage.h"

#include <algorithm>
#include <array>

#include "scanner/model/range_painter.h"

namespace counterscan {

std::string_view Name(Handling handling) {
  constexpr auto kNames = std::to_array<std::string_view>({"analysed", "inert", "gap"});
  return kNames[static_cast<std::size_t>(handling)];
}

CoverageMap UnreadMap(std::uint64_t size, std::string_view reason) {
  CoverageMap map;
  CoveredPart& part = map.parts.emplace_back();
  part.size = size;
  if (size > 0) part.ranges.push_back({0, size, Handling::kGap, std::string(reason)});
  return map;
}

void DrawGap(CoverageMap& map, const Gap& gap) {
  const auto part = std::ranges::find(map.parts, gap.where, &CoveredPart::where);
  if (part == map.parts.end()) return;
  RangePainter painter;
  for (const CoveredRange& range : part->ranges) {
    painter.Fill(range.first, range.last, range.handling, range.by);
  }
  painter.Cover(gap.first, std::min(gap.last, part->size), Handling::kGap, Name(gap.reason));
  part->ranges = painter.Take(part->size);
}

}  // namespace counterscan

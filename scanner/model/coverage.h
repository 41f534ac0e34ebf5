// CoverageMap: which bytes of a file were looked at, by whom, and which were not.
//
// What stands behind the word "full". The ranges of each part lie one behind the other and leave
// out no byte: what nobody spoke for is a gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/model/finding.h"

namespace counterscan {

enum class Handling : std::uint8_t {
  kAnalysed,  // an analyser accounts for them
  kInert,     // their format proves them to be data that nothing runs
  kGap,       // nobody can speak for them
};
// "analysed", "inert", "gap".
std::string_view Name(Handling handling);

struct CoveredRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // one past the end
  Handling handling = Handling::kGap;
  std::string by;  // "pickle", "member data.pkl"; of a gap its reason

  bool operator==(const CoveredRange&) const = default;
};

// The file itself, or something unpacked from it.
struct CoveredPart {
  std::string where;  // "" for the file itself
  std::string type;
  std::uint64_t size = 0;
  std::vector<CoveredRange> ranges{};
};

struct CoverageMap {
  std::vector<CoveredPart> parts;    // the file itself first; empty when no map was drawn
  std::uint64_t parts_left_out = 0;  // more than a map holds; their gaps are in the file's list
};

// The map of a file that was not analysed: nothing but a gap.
CoverageMap UnreadMap(std::uint64_t size, std::string_view reason);

// Draws a gap of the file over the map of a part.
void DrawGap(CoverageMap& map, const Gap& gap);

}  // namespace counterscan

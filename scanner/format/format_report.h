// FormatReport: what the reader of one format says of one file or member.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanner/container/range_set.h"
#include "scanner/model/finding.h"

namespace counterscan::format {

struct FormatReport {
  // Their `where` is left empty: the caller knows the place.
  std::vector<Finding> findings;
  std::vector<Gap> gaps;
  // Bytes that the format proves inert. What is neither claimed nor in a gap, the caller reports.
  container::RangeSet claimed;

  void Find(std::string_view rule, std::uint64_t offset, std::string message);
  void Leave(GapReason reason, std::uint64_t first, std::uint64_t last, std::string detail);
};

}  // namespace counterscan::format

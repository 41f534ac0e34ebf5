#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

void AppendPart(TextLayout& layout, const CoveredPart& part) {
  constexpr std::size_t kPartColumn = 8;
  constexpr std::size_t kRangeColumn = 12;
  layout.WholeLine(
      kPartColumn,
      fmt::format("{}   {}   {}", part.where.empty() ? "(the file)" : Printable(part.where),
                  HumanBytes(part.size), part.type.empty() ? "not opened" : Printable(part.type)));
  for (const CoveredRange& range : part.ranges) {
    layout.WholeLine(kRangeColumn, fmt::format("{:<8}  {:#x}-{:#x}  {}", Name(range.handling),
                                               range.first, range.last, Printable(range.by)));
  }
}

}  // namespace

void AppendCoverage(TextLayout& layout, const Report& report) {
  const auto has_map = [](const FileReport& file) { return !file.coverage.parts.empty(); };
  if (std::none_of(report.files.begin(), report.files.end(), has_map)) return;
  layout.Blank();
  layout.Labelled(2, Tint::kBold, "COVERAGE", kTextColumn,
                  "who looked at which bytes; \"inert\" is data that its format proves to be data");
  for (const FileReport& file : report.files) {
    if (!has_map(file)) continue;
    layout.WholeLine(kReasonColumn,
                     fmt::format("{}: {}", Printable(file.path), Name(CoverageOf(file))));
    for (const CoveredPart& part : file.coverage.parts) AppendPart(layout, part);
    if (file.coverage.parts_left_out > 0) {
      layout.Line(kTextColumn, "and " + Count(file.coverage.parts_left_out, "more part"));
    }
  }
}

}  // namespace counterscan

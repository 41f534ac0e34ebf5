#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

// Each name once, those of the worst level first.
void AppendNames(TextLayout& layout, const FileReport& file) {
  constexpr auto kWorstFirst =
      std::to_array({Level::kUnsafe, Level::kSuspicious, Level::kCaution, Level::kClean});
  constexpr std::size_t kNameColumn = 20;
  for (const Level level : kWorstFirst) {
    std::set<std::string> names;
    for (const Import& import : file.imports) {
      if (import.level == level) names.insert(ImportName(import));
    }
    if (names.empty()) continue;
    layout.Labelled(kReasonTextColumn, Tint::kNone,
                    level == Level::kClean ? "harmless" : Name(level), kNameColumn,
                    fmt::format("{}", fmt::join(names, ", ")));
  }
}

}  // namespace

void AppendImports(TextLayout& layout, const Report& report) {
  const auto imports = [](const FileReport& file) { return !file.imports.empty(); };
  const auto files = std::count_if(report.files.begin(), report.files.end(), imports);
  if (files == 0) return;
  layout.Blank();
  layout.Labelled(
      2, Tint::kBold, "IMPORTS", kTextColumn,
      fmt::format("what {} would import", Count(static_cast<std::uint64_t>(files), "file")));
  for (const FileReport& file : report.files) {
    if (!imports(file)) continue;
    layout.WholeLine(kReasonColumn, Printable(file.path));
    AppendNames(layout, file);
  }
}

}  // namespace counterscan

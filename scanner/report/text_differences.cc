#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

// Without -v.
constexpr std::size_t kShownForOneFile = 5;
constexpr std::size_t kFilesShown = 3;
constexpr std::size_t kMostCharacters = 300;

bool IsShownAsFlagged(const FileReport& file) {
  return WorstLevel(file) != Level::kClean || FlagLevel(file.hub.state).has_value();
}

}  // namespace

void AppendDisagreements(TextLayout& layout, const HubView& hub) {
  const std::size_t all = hub.disagreements.size();
  const std::size_t shown = layout.options().verbose ? all : std::min(all, kShownForOneFile);
  for (std::size_t i = 0; i < shown; ++i) {
    const Disagreement& one = hub.disagreements[i];
    layout.Line(kTextColumn,
                fmt::format("differs: {}; {}: {}", PrintableAgain(one.here, kMostCharacters),
                            PrintableAgain(one.hub, kMostCharacters),
                            PrintableAgain(one.next, kMostCharacters)));
  }
  if (shown < all) {
    layout.Line(kTextColumn,
                fmt::format("and {} (-v shows all)", Count(all - shown, "more difference")));
  }
}

void AppendQuietDifferences(TextLayout& layout, const Report& report) {
  std::vector<const FileReport*> files;
  for (const FileReport& file : report.files) {
    if (!file.hub.disagreements.empty() && !IsShownAsFlagged(file)) files.push_back(&file);
  }
  if (files.empty()) return;
  layout.Blank();
  layout.Labelled(2, Tint::kBold, "DIFFERENCES", kTextColumn,
                  fmt::format("{} that neither side flags, and in which they saw different things",
                              Count(files.size(), "file")));
  const std::size_t shown =
      layout.options().verbose ? files.size() : std::min(files.size(), kFilesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    layout.WholeLine(kReasonColumn, Printable(files[i]->path));
    AppendDisagreements(layout, files[i]->hub);
  }
  if (shown < files.size()) {
    layout.Line(kTextColumn,
                fmt::format("and {} (-v shows all)", Count(files.size() - shown, "more file")));
  }
}

}  // namespace counterscan

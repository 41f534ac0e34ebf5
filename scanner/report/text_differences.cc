#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

// Without -v.
constexpr std::size_t kShownForOneFile = 5;
constexpr std::size_t kFilesShown = 3;
constexpr std::size_t kNotesShown = 5;
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

void AppendHubNotes(TextLayout& layout, const Report& report) {
  struct Note {
    std::string_view text;
    std::size_t place;  // among the notes of its files: the first one matters most
    std::vector<std::string_view> names;
  };
  std::vector<Note> notes;
  std::unordered_map<std::string_view, std::size_t> known;
  for (const FileReport& file : report.files) {
    if (IsShownAsFlagged(file)) continue;
    for (std::size_t i = 0; i < file.hub.notes.size(); ++i) {
      const auto [at, is_new] = known.try_emplace(file.hub.notes[i], notes.size());
      if (is_new) notes.push_back({file.hub.notes[i], i, {}});
      Note& note = notes[at->second];
      note.place = std::min(note.place, i);
      note.names.emplace_back(file.path);
    }
  }
  if (notes.empty()) return;
  std::stable_sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) {
    return a.place != b.place ? a.place < b.place : a.names.size() > b.names.size();
  });
  const bool verbose = layout.options().verbose;
  const std::size_t shown = verbose ? notes.size() : std::min(notes.size(), kNotesShown);
  layout.Blank();
  layout.Labelled(2, Tint::kBold, "THE HUB ADDS", kTextColumn, "of files that neither side flags:");
  for (std::size_t i = 0; i < shown; ++i) {
    const Note& note = notes[i];
    layout.Line(kReasonColumn,
                fmt::format("{}: {}", SomeOf(note.names, verbose ? note.names.size() : kFilesShown),
                            PrintableAgain(note.text, kMostCharacters)));
  }
  if (shown < notes.size()) {
    layout.Line(kReasonColumn,
                fmt::format("and {} (-v shows all)", Count(notes.size() - shown, "more note")));
  }
}

}  // namespace counterscan

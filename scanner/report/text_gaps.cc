#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/summary.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

constexpr std::size_t kFilesShown = 3;
constexpr std::size_t kDetailCharacters = 200;

// The files that have a gap of one reason, with the first such gap of each.
struct GapFiles {
  struct Row {
    const FileReport* file;
    const Gap* first;
    std::uint64_t gaps;
  };
  std::vector<Row> rows;
};

std::map<GapReason, GapFiles> ByReason(const Report& report) {
  std::map<GapReason, GapFiles> reasons;
  for (const FileReport& file : report.files) {
    for (const Gap& gap : file.gaps) {
      auto& rows = reasons[gap.reason].rows;
      if (!rows.empty() && rows.back().file == &file) {
        ++rows.back().gaps;
      } else {
        rows.push_back({.file = &file, .first = &gap, .gaps = 1});
      }
    }
  }
  return reasons;
}

// A gap of all of a file needs no numbers.
bool IsPartOf(const FileReport& file, const Gap& gap) {
  const bool all_of_it = gap.where.empty() && gap.first == 0 && gap.last == file.size;
  return gap.last > gap.first && !all_of_it;
}

std::string GapText(const FileReport& file, const Gap& gap) {
  std::string text = Place(file.path, gap.where, std::nullopt);
  if (IsPartOf(file, gap)) text += fmt::format(", bytes {} to {}", gap.first, gap.last - 1);
  if (!gap.detail.empty()) text += ": " + PrintableAgain(gap.detail, kDetailCharacters);
  return text;
}

void AppendExamples(TextLayout& layout, const Report& report, const GapFiles& files) {
  const bool verbose = layout.options().verbose;
  if (verbose) {
    const GapReason reason = files.rows.front().first->reason;
    for (const GapFiles::Row& row : files.rows) {
      for (const Gap& gap : row.file->gaps) {
        if (gap.reason == reason) layout.Line(kReasonTextColumn, GapText(*row.file, gap));
      }
    }
    return;
  }
  // What all of them have in common is said once.
  const std::string& detail = files.rows.front().first->detail;
  const auto tells_more = [&](const GapFiles::Row& row) {
    return !row.first->where.empty() || row.first->detail != detail || row.gaps > 1 ||
           IsPartOf(*row.file, *row.first);
  };
  const bool alike = std::none_of(files.rows.begin(), files.rows.end(), tells_more);
  if (alike && files.rows.size() == report.files.size() && files.rows.size() > 1) {
    std::string text = "every file";
    if (!detail.empty()) text += ": " + PrintableAgain(detail, kDetailCharacters);
    return layout.Line(kReasonTextColumn, text);
  }
  if (alike && detail.empty()) {
    std::vector<std::string_view> names;
    for (const GapFiles::Row& row : files.rows) names.emplace_back(row.file->path);
    return layout.Line(kReasonTextColumn, SomeOf(names, kFilesShown));
  }
  const std::size_t shown = std::min(kFilesShown, files.rows.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const GapFiles::Row& row = files.rows[i];
    std::string text = GapText(*row.file, *row.first);
    if (row.gaps > 1) text += fmt::format("; and {} in this file", Count(row.gaps - 1, "more gap"));
    layout.Line(kReasonTextColumn, text);
  }
  if (shown < files.rows.size()) {
    layout.Line(kReasonTextColumn, fmt::format("and {} (-v shows all)",
                                               Count(files.rows.size() - shown, "more file")));
  }
}

// "3 local-gap, 1 agree-flagged".
std::string Classes(const Summary& summary) {
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < summary.classes.size(); ++i) {
    if (summary.classes[i] == 0) continue;
    classes.push_back(fmt::format("{} {}", summary.classes[i], Name(static_cast<Agreement>(i))));
  }
  return fmt::format("{}", fmt::join(classes, ", "));
}

}  // namespace

void AppendGaps(TextLayout& layout, const Report& report) {
  const auto reasons = ByReason(report);
  const auto unexplained = [](const FileReport& file) {
    return file.nothing_read && file.gaps.empty();
  };
  Summary summary;
  for (const FileReport& file : report.files) {
    if (!file.gaps.empty() || file.nothing_read) summary.Add(file);
  }
  if (summary.files == 0) return;
  const std::string classes = layout.options().verbose ? ": " + Classes(summary) : "";
  layout.Blank();
  layout.Labelled(
      2, Tint::kYellow, "INCOMPLETE", kTextColumn,
      fmt::format(
          "{} not checked in full{}{}", Count(summary.files, "file"), classes,
          summary[Agreement::kLocalGap] == 0 ? "" : ". The Hub's \"safe\" does not fill a gap."));
  for (const auto& [reason, files] : reasons) {
    const bool accepted = std::find(report.accepted.begin(), report.accepted.end(), Name(reason)) !=
                          report.accepted.end();
    layout.Line(kReasonColumn,
                fmt::format("{}{}, {}: {}", Name(reason), accepted ? " (accepted)" : "",
                            Count(files.rows.size(), "file"), Sentence(reason)));
    AppendExamples(layout, report, files);
    if (reason == GapReason::kNoSignatures && !accepted) {
      layout.Line(kReasonTextColumn, "what you can do:");
      layout.Labelled(kReasonTextColumn + 2, Tint::kNone, "sudo freshclam", 28,
                      "fetches signatures (Debian package clamav-freshclam)");
      layout.Labelled(kReasonTextColumn + 2, Tint::kNone, "--av builtin", 28,
                      "scans with the built-in signatures, by choice");
    }
    if (reason == GapReason::kOldSignatures && !accepted) {
      layout.Line(kReasonTextColumn, "newer ones: sudo freshclam");
    }
  }
  std::vector<std::string_view> unread;
  for (const FileReport& file : report.files) {
    if (unexplained(file)) unread.emplace_back(file.path);
  }
  if (!unread.empty()) layout.Line(kReasonColumn, "not read: " + SomeOf(unread, kFilesShown));
}

}  // namespace counterscan

#include "scanner/report/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/exit_reason.h"
#include "scanner/report/phrases.h"
#include "scanner/report/summary.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

// Without -v: files below the bar are examples, not a list.
constexpr std::size_t kMinorFilesShown = 10;
constexpr std::size_t kMismatchesShown = 5;
constexpr std::size_t kNamesShown = 3;

bool IsDisagreement(Agreement agreement) {
  return agreement == Agreement::kLocalOnly || agreement == Agreement::kHubOnly ||
         agreement == Agreement::kHubOnlyGap;
}

bool IsFlagged(const FileReport& file) {
  return WorstLevel(file) != Level::kClean || FlagLevel(file.hub.state).has_value();
}

// Files whose state the Hub's answer leaves open, and that nothing was found in.
bool IsUnconfirmed(const FileReport& file) {
  return file.agreement == Agreement::kUnconfirmed || file.agreement == Agreement::kUnknownBoth;
}

bool IsQuiet(const FileReport& file) {
  return VerdictOf(file) == Verdict::kClean &&
         (file.hub.state == HubState::kSafe || file.hub.state == HubState::kNotAsked);
}

std::vector<const FileReport*> Flagged(const Report& report) {
  std::vector<const FileReport*> files;
  for (const FileReport& file : report.files) {
    if (IsFlagged(file)) files.push_back(&file);
  }
  const auto rank = [&](const FileReport* file) {
    const Level worst =
        Worse(WorstLevel(*file), FlagLevel(file->hub.state).value_or(Level::kClean));
    return std::make_tuple(!IsThreat(*file, report.fail_on), !IsDisagreement(file->agreement),
                           file->agreement, -static_cast<int>(worst));
  };
  std::stable_sort(files.begin(), files.end(), [&](const FileReport* a, const FileReport* b) {
    const auto rank_a = rank(a);
    const auto rank_b = rank(b);
    return rank_a != rank_b ? rank_a < rank_b : a->path < b->path;
  });
  return files;
}

std::string_view HeadingWord(Agreement agreement) {
  if (IsDisagreement(agreement)) return "DISAGREEMENT";
  return agreement == Agreement::kAgreeFlagged ? "AGREEMENT" : "FOUND HERE";
}

void AppendFlagged(TextLayout& layout, const Report& report) {
  const std::vector<const FileReport*> files = Flagged(report);
  std::size_t minor = 0;
  const FileReport* previous = nullptr;
  for (const FileReport* file : files) {
    const bool threat = IsThreat(*file, report.fail_on);
    if (!threat && ++minor > kMinorFilesShown && !layout.options().verbose) continue;
    layout.Blank();
    if (previous == nullptr || previous->agreement != file->agreement ||
        IsThreat(*previous, report.fail_on) != threat) {
      layout.Labelled(
          2, Tint::kBold, HeadingWord(file->agreement), kTextColumn,
          fmt::format("{}: {}{}", Name(file->agreement), Sentence(file->agreement),
                      threat ? "" : fmt::format(" Below --fail-on {}.", Name(report.fail_on))));
    }
    AppendFlaggedFile(layout, report, *file);
    previous = file;
  }
  if (!layout.options().verbose && minor > kMinorFilesShown) {
    layout.Blank();
    layout.Line(2, fmt::format("and {} below --fail-on {} (-v shows all)",
                               Count(minor - kMinorFilesShown, "more file"), Name(report.fail_on)));
  }
}

void AppendWithdrawn(TextLayout& layout, const Report& report) {
  std::vector<std::string_view> names;
  for (const FileReport& file : report.files) {
    if (file.hub.state == HubState::kDisabled) names.emplace_back(file.path);
  }
  if (names.empty()) return;
  layout.Blank();
  layout.Labelled(
      2, Tint::kRed, "WITHDRAWN", kTextColumn,
      fmt::format("{}: {}", Count(names.size(), "file"), Sentence(Agreement::kWithdrawn)));
  layout.Line(kTextColumn, SomeOf(names, layout.options().verbose ? names.size() : kNamesShown));
}

void AppendMismatch(TextLayout& layout, const FileReport& file) {
  const Identity& identity = file.identity;
  layout.LabelledName(0, Tint::kNone, "", kReasonColumn, Printable(file.path),
                      HumanBytes(file.size));
  // Of the two the one that is expected, so that they can be compared.
  const bool by_git_id = identity.expected.size() == 40 && file.git_sha1;
  const std::string& here = by_git_id ? *file.git_sha1 : file.sha256;
  if (!here.empty()) layout.WholeLine(kReasonTextColumn, "here      " + Printable(here));
  if (!identity.expected.empty()) {
    layout.WholeLine(kReasonTextColumn, "expected  " + Printable(identity.expected, 80));
  }
  if (!file.hub.reason.empty()) {
    layout.Line(kReasonTextColumn, PrintableAgain(file.hub.reason, 300));
  }
  if (!identity.repo.empty() && !identity.commit.empty()) {
    layout.WholeLine(kReasonTextColumn,
                     fmt::format("check: hf cache verify {} --revision {}",
                                 ShellWord(identity.repo), ShellWord(identity.commit)));
  }
}

void AppendMismatches(TextLayout& layout, const Report& report) {
  std::vector<const FileReport*> files;
  for (const FileReport& file : report.files) {
    if (file.hub.state == HubState::kMismatch) files.push_back(&file);
  }
  if (files.empty()) return;
  layout.Blank();
  layout.Labelled(2, Tint::kYellow, "OTHER BYTES", kTextColumn,
                  fmt::format("{}: not the bytes the Hub describes, so its word says nothing of "
                              "them. A damaged download, another revision, or tampering.",
                              Count(files.size(), "file")));
  const std::size_t shown =
      layout.options().verbose ? files.size() : std::min(files.size(), kMismatchesShown);
  for (std::size_t i = 0; i < shown; ++i) AppendMismatch(layout, *files[i]);
  if (shown < files.size()) {
    layout.Line(kTextColumn,
                fmt::format("and {} (-v shows all)", Count(files.size() - shown, "more file")));
  }
}

void AppendUnconfirmed(TextLayout& layout, const Report& report) {
  constexpr std::size_t kReasonsShown = 3;
  std::size_t all = 0;
  for (const FileReport& file : report.files) {
    if (IsUnconfirmed(file)) ++all;
  }
  if (all == 0) return;
  const std::size_t most = layout.options().verbose ? all : kNamesShown;
  layout.Blank();
  layout.Labelled(2, Tint::kYellow, "UNCONFIRMED", kTextColumn,
                  fmt::format("{} without a word from the Hub; that nothing was found here is not "
                              "a confirmation",
                              Count(all, "file")));
  for (int i = 0; i < kHubStateCount; ++i) {
    const auto state = static_cast<HubState>(i);
    std::vector<std::string_view> names;
    std::vector<std::string_view> reasons;
    std::vector<std::string_view> next_steps;
    const auto add = [](std::vector<std::string_view>& texts, std::string_view text) {
      if (!text.empty() && texts.size() < kReasonsShown &&
          std::find(texts.begin(), texts.end(), text) == texts.end()) {
        texts.push_back(text);
      }
    };
    for (const FileReport& file : report.files) {
      if (file.hub.state != state || !IsUnconfirmed(file)) continue;
      names.emplace_back(file.path);
      add(reasons, file.hub.reason);
      add(next_steps, file.hub.next_step);
    }
    if (names.empty()) continue;
    layout.Line(kReasonColumn, fmt::format("{}, {}: {}", Name(state), Count(names.size(), "file"),
                                           HubSays(state)));
    layout.Line(kReasonTextColumn, SomeOf(names, most));
    for (const std::string_view reason : reasons) {
      layout.Line(kReasonTextColumn, "reason: " + PrintableAgain(reason, 300));
    }
    for (const std::string_view next_step : next_steps) {
      layout.Line(kReasonTextColumn, "next: " + PrintableAgain(next_step, 300));
    }
  }
  const bool accepted = std::find(report.accepted.begin(), report.accepted.end(), "unconfirmed") !=
                        report.accepted.end();
  if (accepted) return layout.Line(kReasonColumn, "accepted by --accept unconfirmed");
  const bool unhashed = std::any_of(report.files.begin(), report.files.end(), [](const auto& file) {
    return IsUnconfirmed(file) && file.sha256.empty() && !file.nothing_read;
  });
  const bool structure_only = report.header.depth == "structure";
  // Where each file has a next step of its own, a general one would only differ from it.
  const bool all_told = std::none_of(
      report.files.begin(), report.files.end(),
      [](const auto& file) { return IsUnconfirmed(file) && file.hub.next_step.empty(); });
  layout.Line(kReasonColumn,
              fmt::format("{}: {}{}--hub file:STATUS.json; --hub off (records that nobody asked); "
                          "--accept unconfirmed",
                          all_told ? "or else" : "what you can do",
                          unhashed && structure_only
                              ? "leave out --depth structure, so that files are hashed; "
                              : "",
                          all_told ? "" : "ask again later, or with "));
}

void AppendQuiet(TextLayout& layout, const Report& report) {
  std::vector<const FileReport*> safe;
  std::vector<const FileReport*> not_asked;
  for (const FileReport& file : report.files) {
    if (!IsQuiet(file)) continue;
    (file.hub.state == HubState::kSafe ? safe : not_asked).push_back(&file);
  }
  if (safe.empty() && not_asked.empty()) return;
  const std::string_view other =
      safe.size() + not_asked.size() == report.files.size() ? "file" : "other file";
  layout.Blank();
  const auto append = [&](const std::vector<const FileReport*>& files, std::string_view hub) {
    if (files.empty()) return;
    layout.Line(2, fmt::format("{}: nothing found here; {}", Count(files.size(), other), hub));
    if (!layout.options().verbose) return;
    for (const FileReport* file : files) {
      // As sha256sum prints them, so that lists can be compared.
      layout.WholeLine(
          kReasonColumn,
          fmt::format("{:<64}  {}   {}   {}",
                      file->sha256.empty() ? "(no sha256)" : Printable(file->sha256),
                      Printable(file->path), HumanBytes(file->size), Printable(file->type, 40)));
    }
  };
  append(safe, "the Hub says \"safe\" about the same bytes");
  append(not_asked, not_asked.size() == 1 ? "the Hub was not asked about it"
                                          : "the Hub was not asked about them");
}

// What the user's policy excuses stays on the screen.
void AppendExcused(TextLayout& layout, const Report& report) {
  constexpr std::size_t kMost = 10;
  const std::size_t most = layout.options().verbose ? ~std::size_t{0} : kMost;
  std::size_t count = 0;
  for (const FileReport& file : report.files) {
    for (const Finding& finding : file.findings) {
      if (!finding.suppressed || count++ >= most) continue;
      if (count == 1) layout.Blank();
      layout.Labelled(
          2, Tint::kNone, "EXCUSED", kTextColumn,
          fmt::format("{}: {} [{}], by {}", Place(file.path, finding.where, finding.offset),
                      PrintableAgain(finding.message, 300), Printable(finding.rule),
                      Printable(*finding.suppressed, 200)));
    }
  }
  if (count > most) {
    layout.Line(kTextColumn,
                fmt::format("and {} (-v shows all)", Count(count - most, "more excused finding")));
  }
}

void AppendErrors(TextLayout& layout, const Report& report) {
  if (report.errors.empty()) return;
  layout.Blank();
  for (const std::string& error : report.errors) {
    layout.Labelled(2, Tint::kYellow, "ERROR", kTextColumn, PrintableAgain(error));
  }
}

void AppendNotes(TextLayout& layout, const Report& report) {
  if (report.notes.empty()) return;
  layout.Blank();
  for (const std::string& note : report.notes) {
    layout.Labelled(2, Tint::kNone, "NOTE", kTextColumn, PrintableAgain(note));
  }
}

}  // namespace

std::string TextReport(const Report& report, const TextOptions& options) {
  std::string out;
  TextLayout layout(out, options);
  AppendHeadline(layout, report);
  AppendFlagged(layout, report);
  AppendWithdrawn(layout, report);
  AppendMismatches(layout, report);
  AppendGaps(layout, report);
  AppendUnconfirmed(layout, report);
  AppendQuietDifferences(layout, report);
  AppendHubNotes(layout, report);
  AppendExcused(layout, report);
  AppendErrors(layout, report);
  AppendNotes(layout, report);
  AppendQuiet(layout, report);
  if (options.verbose) AppendImports(layout, report);
  AppendCoverage(layout, report);
  layout.Blank();
  AppendBottomLine(layout, report);
  return out;
}

}  // namespace counterscan

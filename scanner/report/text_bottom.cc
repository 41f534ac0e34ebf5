// The last lines of the text report: one word for all of it, and the exit status in words.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "scanner/report/exit_reason.h"
#include "scanner/report/phrases.h"
#include "scanner/report/summary.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

bool IsFlagged(const FileReport& file) {
  return WorstLevel(file) != Level::kClean || FlagLevel(file.hub.state).has_value();
}

// "the Hub: "safe" for 5 of 7 files".
std::string HubCount(const Summary& summary) {
  const std::uint64_t compared = summary.files - summary[HubState::kNotAsked];
  if (compared == 0) return "the Hub: not asked";
  return fmt::format("the Hub: \"safe\" for {} of {}", summary[HubState::kSafe],
                     Count(compared, "file"));
}

struct BottomLine {
  Tint tint;
  std::string word;
  std::string text;
};

// True when a budget of the scan ended it, and not the user.
bool AtLimit(const Report& report) {
  constexpr int kInterrupted = 130;
  return !report.complete && report.exit_status != kInterrupted;
}

std::string Stopped(const Report& report) { return AtLimit(report) ? "stopped" : "interrupted"; }

BottomLine ThreatLineAtBottom(const Report& report, std::uint64_t threats) {
  std::uint64_t both = 0;
  std::uint64_t here = 0;
  std::uint64_t hub = 0;
  std::uint64_t withdrawn = 0;
  for (const FileReport& file : report.files) {
    if (!IsThreat(file, report.fail_on)) continue;
    const bool found = WorstLevel(file) != Level::kClean;
    const bool flagged = FlagLevel(file.hub.state).has_value();
    if (found && flagged) {
      ++both;
    } else if (found) {
      ++here;
    } else if (flagged) {
      ++hub;
    } else {
      ++withdrawn;
    }
  }
  std::vector<std::string> parts;
  if (both > 0) parts.push_back(fmt::format("{} found here and flagged by the Hub", both));
  const bool asked = Summarise(report)[HubState::kNotAsked] < report.files.size();
  if (here > 0) parts.push_back(fmt::format("{} found {}here", here, asked ? "only " : ""));
  if (hub > 0) parts.push_back(fmt::format("{} flagged only by the Hub", hub));
  if (withdrawn > 0) parts.push_back(fmt::format("{} withdrawn by the Hub", withdrawn));
  return {Tint::kRed, "DO NOT LOAD",
          fmt::format(
              "{} of {}: {}{}", threats, Count(report.files.size(), "file"), fmt::join(parts, ", "),
              report.complete ? "" : "; " + Stopped(report) + ": " + FinishedFiles(report))};
}

// The word follows from what the report holds; the exit status only chooses among words that are
// true of it. So no status, right or wrong, makes this line say "nothing found" over a finding.
BottomLine Bottom(const Report& report) {
  const Summary summary = Summarise(report);
  const auto files = Count(summary.files, "file");
  std::uint64_t threats = 0;
  std::uint64_t flagged = 0;
  std::uint64_t gaps = 0;
  Level worst = Level::kClean;
  for (const FileReport& file : report.files) {
    if (IsThreat(file, report.fail_on)) ++threats;
    if (IsFlagged(file)) ++flagged;
    if (CoverageOf(file) != CoverageState::kFull) ++gaps;
    worst =
        Worse(worst, Worse(WorstLevel(file), FlagLevel(file.hub.state).value_or(Level::kClean)));
  }
  if (threats > 0) return ThreatLineAtBottom(report, threats);
  const std::string below =
      flagged == 0 ? "nothing found"
                   : fmt::format("nothing at or above --fail-on {}", Name(report.fail_on));
  if (!report.complete) {
    return {Tint::kYellow, AtLimit(report) ? "STOPPED" : "INTERRUPTED",
            fmt::format("{} so far; {}{}", below, FinishedFiles(report),
                        AtLimit(report) ? " within the limits of the scan" : "")};
  }
  if (summary.files == 0) return {Tint::kYellow, "INCOMPLETE", "nothing was scanned"};
  if (report.exit_status == 4) {
    return {Tint::kYellow, "OTHER BYTES",
            fmt::format("{} of {} not the bytes the Hub describes; {} here",
                        summary[HubState::kMismatch], files, below)};
  }
  if (report.exit_status == 2) {
    return {Tint::kYellow, "INCOMPLETE",
            fmt::format("{}; {} in what was checked",
                        gaps > 0 ? fmt::format("{} of {} not checked in full", gaps, files)
                                 : std::string("not everything asked for was done"),
                        below)};
  }
  if (report.exit_status == 3) {
    return {Tint::kYellow, "UNCONFIRMED",
            fmt::format("{} here in {}; {}", below, files, HubCount(summary))};
  }
  if (flagged > 0) {
    return {TintOf(worst), std::string(Shout(worst)),
            fmt::format("{} of {}, below --fail-on {}   {}", flagged, files, Name(report.fail_on),
                        HubCount(summary))};
  }
  return {Tint::kBold, "NOTHING FOUND",
          fmt::format("here: nothing in {}{}{}   {}", files,
                      summary.suppressed == 0
                          ? ""
                          : fmt::format(" but {}", Count(summary.suppressed, "excused finding")),
                      gaps == 0 ? "" : fmt::format(", {} of them not checked in full", gaps),
                      HubCount(summary))};
}

}  // namespace

void AppendBottomLine(TextLayout& layout, const Report& report) {
  const BottomLine bottom = Bottom(report);
  layout.Labelled(2, bottom.tint, bottom.word, kTextColumn, bottom.text);
  layout.Line(0, fmt::format("exit {}: {}", report.exit_status, ExitReason(report)));
}

}  // namespace counterscan

#include "scanner/report/exit_reason.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/summary.h"

namespace counterscan {
namespace {

template <class Predicate>
std::uint64_t CountFiles(const Report& report, Predicate predicate) {
  return static_cast<std::uint64_t>(
      std::count_if(report.files.begin(), report.files.end(), predicate));
}

std::string Accepted(const Report& report) {
  if (report.accepted.empty()) return "";
  std::string text = "; accepted:";
  for (const std::string& name : report.accepted) text += " " + Printable(name);
  return text;
}

// Who found what stands in the line above; here is why that makes the status.
std::string ThreatReason(const Report& report) {
  const auto withdrawn = CountFiles(
      report, [](const FileReport& file) { return file.hub.state == HubState::kDisabled; });
  const auto threats = CountFiles(report, [&](const FileReport& file) {
    return IsThreat(file, report.fail_on) && file.hub.state != HubState::kDisabled;
  });
  std::vector<std::string> parts;
  if (threats > 0) {
    parts.push_back(
        fmt::format("{} at or above --fail-on {}", Count(threats, "file"), Name(report.fail_on)));
  }
  if (withdrawn > 0) parts.push_back(Count(withdrawn, "file") + " withdrawn by the Hub");
  if (parts.empty()) return "a threat was found";
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string IncompleteReason(const Report& report) {
  std::vector<std::string> parts;
  const auto accepted = [&](const Gap& gap) {
    return std::find(report.accepted.begin(), report.accepted.end(), Name(gap.reason)) !=
           report.accepted.end();
  };
  const auto gaps = CountFiles(report, [&](const FileReport& file) {
    return file.gaps.empty() ? file.nothing_read
                             : !std::all_of(file.gaps.begin(), file.gaps.end(), accepted);
  });
  if (gaps > 0) parts.push_back(Count(gaps, "file") + " not checked in full");
  if (!report.errors.empty()) parts.push_back(Count(report.errors.size(), "error"));
  if (report.files.empty()) parts.emplace_back("nothing was scanned");
  if (parts.empty()) return "not everything asked for was done";
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string FineReason(const Report& report) {
  const Summary summary = Summarise(report);
  const std::uint64_t found =
      summary[Level::kCaution] + summary[Level::kSuspicious] + summary[Level::kUnsafe];
  const std::uint64_t flagged =
      summary[HubState::kCaution] + summary[HubState::kSuspicious] + summary[HubState::kUnsafe];
  std::string text = found + flagged == 0
                         ? std::string("nothing found")
                         : fmt::format("nothing at or above --fail-on {}", Name(report.fail_on));
  const std::uint64_t compared = summary.files - summary[HubState::kNotAsked];
  if (compared == 0) return text + ", and the Hub was not asked";
  return text + fmt::format(", and the Hub says \"safe\" for {} of {}", summary[HubState::kSafe],
                            Count(compared, "file"));
}

}  // namespace

std::string FinishedFiles(const Report& report) {
  const auto finished = CountFiles(report, [](const FileReport& file) {
    return std::none_of(file.gaps.begin(), file.gaps.end(), [](const Gap& gap) {
      return gap.reason == GapReason::kNotFinished || gap.reason == GapReason::kLimitTime ||
             gap.reason == GapReason::kLimitScan;
    });
  });
  return fmt::format("{} of {} finished", finished, Count(report.files.size(), "file"));
}

bool IsThreat(const FileReport& file, Level fail_on) {
  const Level worst = Worse(WorstLevel(file), FlagLevel(file.hub.state).value_or(Level::kClean));
  // A bar of "clean" would make a threat of every file.
  return worst >= std::max(fail_on, Level::kCaution) || file.hub.state == HubState::kDisabled;
}

std::string ExitReason(const Report& report) {
  switch (report.exit_status) {
    case 0:
      return FineReason(report) + Accepted(report);
    case 1:
      return ThreatReason(report);
    case 2:
      return IncompleteReason(report) + Accepted(report);
    case 3: {
      const auto unconfirmed = CountFiles(
          report, [](const FileReport& file) { return file.agreement == Agreement::kUnconfirmed; });
      return fmt::format("the Hub could not confirm {}{}",
                         unconfirmed == 0 ? "what was scanned" : Count(unconfirmed, "file"),
                         Accepted(report));
    }
    case 4: {
      const auto other = CountFiles(
          report, [](const FileReport& file) { return file.hub.state == HubState::kMismatch; });
      return fmt::format("{} not the bytes the Hub describes{}",
                         other == 0 ? "files that are" : Count(other, "file"), Accepted(report));
    }
    case 64:
      return "the command was not understood";
    case 130:
      return "interrupted: " + FinishedFiles(report);
    default:
      return "a status that counterscan does not use";
  }
}

}  // namespace counterscan

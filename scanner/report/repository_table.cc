#include "scanner/report/repository_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "scanner/base/text.h"
#include "scanner/report/age.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_layout.h"

namespace counterscan {
namespace {

constexpr std::size_t kFlagsShown = 5;
constexpr std::size_t kScannersShown = 5;
constexpr std::size_t kNotesShown = 2;
constexpr std::size_t kWidestName = 40;
constexpr std::string_view kAsAbove = "as above";

std::string Title(const RepositoryWord& word) {
  std::string title = word.repo_type == "model" ? "" : Printable(word.repo_type, 20) + "s/";
  title += Printable(word.repo, 200);
  if (word.revision != "main") title += "@" + Printable(word.revision.substr(0, 12));
  return title;
}

// The Hub's words, and short ones for its silence.
std::string_view Says(const RepositoryWord& word) {
  if (word.no_issues) return "no issues";
  switch (word.state) {
    case HubState::kNotAsked:
      return "not asked";
    case HubState::kMissing:
      return "no status";
    case HubState::kDenied:
      return "no access";
    case HubState::kNotFound:
      return "not found";
    case HubState::kStale:
      return "too old";
    default:
      return Name(word.state);
  }
}

Tint TintOf(const RepositoryWord& word) {
  if (word.state == HubState::kSafe) return Tint::kNone;
  if (word.state == HubState::kUnsafe || word.state == HubState::kDisabled) return Tint::kRed;
  return Tint::kYellow;
}

// "2026-11-26T02:13:20Z" -> "11-26 02:13", and with its year when that was not within the last day.
std::string When(const std::string& asked_at, const std::string& now) {
  constexpr std::size_t kMinutes = 16;
  if (asked_at.size() < kMinutes || asked_at[4] != '-' || asked_at[10] != 'T') return "-";
  constexpr std::int64_t kDay = 24 * 60 * 60;
  const auto then = UnixSeconds(asked_at);
  const auto today = UnixSeconds(now);
  const bool is_recent = then && today && *today - *then < kDay && *then - *today < kDay;
  const std::string day = is_recent ? asked_at.substr(5, 5) : asked_at.substr(0, 10);
  return Printable(day + " " + asked_at.substr(11, 5));
}

std::string Number(bool known, std::uint64_t number) {
  return known ? fmt::format("{}", number) : "-";
}

// Of the files that are listed, and "+N" of others that the Hub flags.
std::string Flagged(const RepositoryWord& word) {
  const std::uint64_t flags = word.flags.size() + word.more_flags;
  if (!word.counts) return Number(flags > 0, flags);
  const std::string listed = fmt::format("{}", word.counts->flagged);
  return word.unlisted_flags == 0 ? listed : fmt::format("{}+{}", listed, word.unlisted_flags);
}

class Table {
 public:
  Table(const RepositoryReport& report, const TextOptions& options)
      : report_(report), options_(options), layout_(out_, options) {
    for (const RepositoryWord& word : report.words) {
      width_ = std::max(width_, std::min(ColumnsOf(Title(word)), kWidestName));
    }
  }

  std::string Take() {
    if (!report_.words.empty()) {
      Row("REPOSITORY", "COMMIT", "HUB SAYS", Tint::kNone,
          {"FILES", "FLAGGED", "PENDING", "NO STATUS"}, "SCANS", "ASKED (UTC)");
    }
    for (const RepositoryWord& word : report_.words) AppendWord(word);
    for (const std::string& error : report_.errors) {
      layout_.Line(0, "error: " + PrintableAgain(error, 600));
    }
    AppendSummary();
    return std::move(out_);
  }

 private:
  void Row(std::string_view title, std::string_view commit, std::string_view says, Tint tint,
           const std::vector<std::string>& numbers, std::string_view scans,
           std::string_view asked) {
    std::string line(title);
    const auto pad = [&](std::size_t column) {
      const std::size_t at = ColumnsOf(line);
      line.append(at < column ? column - at : 0, ' ');
    };
    pad(width_);
    line += fmt::format("  {:<8}  ", commit);
    // Colour has no width.
    line += layout_.Tinted(tint, says);
    line.append(says.size() < 11 ? 11 - says.size() : 0, ' ');
    line += fmt::format("  {:>5}  {:>7}  {:>7}  {:>9}  {:<8}  {}", numbers[0], numbers[1],
                        numbers[2], numbers[3], scans, asked);
    out_ += line + "\n";
  }

  void AppendWord(const RepositoryWord& word) {
    const auto& counts = word.counts;
    Row(Title(word), word.commit.empty() ? "-" : Printable(word.commit.substr(0, 8)), Says(word),
        TintOf(word),
        {Number(counts.has_value(), counts ? counts->files : 0), Flagged(word),
         Number(counts.has_value(), counts ? counts->pending : 0),
         Number(counts.has_value(), counts ? counts->failed + counts->silent : 0)},
        !word.scans_done   ? "-"
        : *word.scans_done ? "done"
                           : "not done",
        When(word.asked_at, report_.created) + (word.kept ? ", kept" : ""));
    AppendFlags(word);
    AppendReason(word);
    AppendMasked(word);
    AppendNotes(word);
  }

  void AppendFlags(const RepositoryWord& word) {
    const std::size_t shown =
        options_.verbose ? word.flags.size() : std::min(word.flags.size(), kFlagsShown);
    for (std::size_t i = 0; i < shown; ++i) {
      const RepositoryWord::Flag& flag = word.flags[i];
      std::string text = fmt::format(
          "{:<10}  {}", Name(flag.state),
          flag.path.empty() ? "(a file that the Hub does not name)" : Printable(flag.path));
      const std::size_t named = std::min(flag.scanners.size(), kScannersShown);
      for (std::size_t s = 0; s < named; ++s) {
        text += (s == 0 ? "   " : ", ") + Printable(flag.scanners[s], 40);
      }
      if (named < flag.scanners.size()) {
        text += fmt::format(" and {} more", flag.scanners.size() - named);
      }
      if (!flag.listed && !flag.path.empty()) text += "   (not in its list of files)";
      layout_.WholeLine(4, text);
    }
    const std::uint64_t more = word.flags.size() - shown + word.more_flags;
    if (more > 0) {
      layout_.Line(4, fmt::format("and {}{}", Count(more, "more file"),
                                  word.more_flags == 0 ? " (-v shows all)" : ""));
    }
  }

  void AppendNotes(const RepositoryWord& word) {
    const std::size_t notes =
        options_.verbose ? word.notes.size() : std::min(word.notes.size(), kNotesShown);
    for (std::size_t i = 0; i < notes; ++i) {
      layout_.Line(4, "note: " + PrintableAgain(word.notes[i], 300));
    }
  }

  // A thousand repositories that fail alike need one reason.
  void AppendReason(const RepositoryWord& word) {
    const bool withdrawn = word.state == HubState::kDisabled;
    if (word.reason.empty() && !withdrawn) return;
    std::string text = word.reason.empty() ? "the Hub has withdrawn this repository"
                                           : PrintableAgain(word.reason, 300);
    if (text.ends_with('.')) text.pop_back();  // of the Hub's own message
    if (!word.next.empty()) text += "; " + PrintableAgain(word.next, 300);
    if (!options_.verbose && text == last_reason_) return layout_.Line(4, kAsAbove);
    last_reason_ = text;
    layout_.Line(4, text);
  }

  // The status needs no access; what does, has to be said.
  void AppendMasked(const RepositoryWord& word) {
    if (word.counts && word.counts->masked > 0) {
      layout_.Line(4, fmt::format("masked: the SHA-256 of {} of {}. The Hub gives their status "
                                  "without access; scan compares such files by their Git-LFS "
                                  "pointers",
                                  word.counts->masked, Count(word.counts->files, "file")));
    }
    if (!word.no_access) return;
    std::string text = PrintableAgain(word.no_access->reason, 300);
    if (!word.no_access->next.empty()) text += "; " + PrintableAgain(word.no_access->next, 300);
    if (!options_.verbose && text == last_access_) {
      return layout_.Line(4, fmt::format("access: {}", kAsAbove));
    }
    last_access_ = text;
    layout_.Line(4, "access: " + text);
  }

  void AppendSummary() {
    const RepositorySummary summary = Summarise(report_);
    std::vector<std::string> parts;
    const auto part = [&](std::uint64_t count, std::string_view what) {
      if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
    };
    part(summary.safe, "safe");
    part(summary.flagged, "flagged");
    part(summary.withdrawn, "withdrawn by the Hub");
    part(summary.unknown, "unknown (unknown is not safe)");
    if (!report_.words.empty()) out_ += '\n';
    layout_.Line(0, fmt::format("{} {}: {}", summary.repositories,
                                summary.repositories == 1 ? "repository" : "repositories",
                                parts.empty() ? "none was named or listed"
                                              : fmt::format("{}", fmt::join(parts, ", "))));
    if (report_.left > 0) {
      layout_.Line(0, fmt::format("{} left to ask", report_.left));
    }
    layout_.Line(0, fmt::format("exit {}: {}", report_.exit_status, WhyExit(summary)));
  }

  std::string WhyExit(const RepositorySummary& summary) const {
    switch (report_.exit_status) {
      case 0:
        return "the Hub says \"safe\" of every file";
      case 1:
        return summary.withdrawn == 0 ? "the Hub flags files"
               : summary.flagged == 0 ? "the Hub has withdrawn a repository"
                                      : "the Hub flags files, and has withdrawn a repository";
      case 130:
        return "interrupted";
      default:
        break;
    }
    if (summary.unknown > 0) {
      return fmt::format(
          "the Hub does not say \"safe\" of {}",
          summary.unknown == 1 ? "1 repository" : fmt::format("{} repositories", summary.unknown));
    }
    if (!report_.complete || !report_.errors.empty() || report_.words.empty()) {
      return "not everything that was asked for has an answer";
    }
    return "what the Hub flags is below --fail-on, and not safe";
  }

  const RepositoryReport& report_;
  const TextOptions& options_;
  std::string out_;
  TextLayout layout_;
  std::size_t width_ = 10;
  std::string last_reason_, last_access_;
};

}  // namespace

RepositorySummary Summarise(const RepositoryReport& report) {
  RepositorySummary summary;
  for (const RepositoryWord& word : report.words) {
    ++summary.repositories;
    if (word.state == HubState::kDisabled) {
      ++summary.withdrawn;
    } else if (FlagLevel(word.state)) {
      ++summary.flagged;
    } else if (word.state == HubState::kSafe) {
      ++summary.safe;
    } else {
      ++summary.unknown;
    }
  }
  return summary;
}

std::string RepositoryTable(const RepositoryReport& report, const TextOptions& options) {
  return Table(report, options).Take();
}

}  // namespace counterscan

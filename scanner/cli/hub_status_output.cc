// What a run of hub status prints, and the exit status it ends with.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/command.h"
#include "scanner/cli/hub_status_run.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/terminal.h"
#include "scanner/crosscheck/exit_status.h"
#include "scanner/report/phrases.h"
#include "scanner/report/repository_json.h"
#include "scanner/report/repository_table.h"

namespace counterscan {
namespace {

using Format = HubStatusOptions::Format;

int FailWith(const std::string& message) {
  (void)WriteAll(STDERR_FILENO, fmt::format("counterscan: {}\n", message));
  return kExitUnconfirmed;
}

// The rule: 1 for a flag at or above `fail_on` or a withdrawal, else 3 for anything that is not
// exactly safe, and for a run that left something out.
int ExitStatusOf(const RepositoryReport& report, Level fail_on) {
  bool all_safe = report.complete && report.errors.empty() && !report.words.empty();
  for (const RepositoryWord& word : report.words) {
    const auto level = FlagLevel(word.state);
    if (word.state == HubState::kDisabled || (level && *level >= fail_on)) return kExitThreat;
    all_safe = all_safe && word.state == HubState::kSafe;
  }
  return all_safe ? kExitClear : kExitUnconfirmed;
}

}  // namespace

int HubStatusRun::Conclude() {
  progress_.Clear();
  std::stable_sort(words_.begin(), words_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [place, word] : words_) report_.words.push_back(std::move(word));
  if (journal_) {
    if (const auto closed = journal_->Close(); !closed) LoseJournal(closed.error().message);
  }
  report_.complete = report_.complete && !Interrupted();
  report_.quota = source_->quota();
  report_.exit_status = Interrupted() ? kExitInterrupted : ExitStatusOf(report_, options_.fail_on);
  const bool written = Write();
  Say();
  if (!written && report_.exit_status == kExitClear) return kExitUnconfirmed;
  return report_.exit_status;
}

std::string HubStatusRun::TextOf() const {
  switch (options_.format) {
    case Format::kJson:
      return RepositoryJson(report_);
    case Format::kJsonl:
      return lines_ + RepositoryJsonlEnd(report_);
    case Format::kTable:
      break;
  }
  TextOptions text = TextOptionsFor(options_.output.empty() ? options_.color : ColorChoice::kNever);
  text.verbose = options_.verbose;
  return RepositoryTable(report_, text);
}

bool HubStatusRun::Write() {
  const std::string text = TextOf();
  if (!options_.output.empty()) {
    const auto written = WriteFileAtomically(options_.output, text);
    if (written) return true;
    // What was asked for in an hour must reach somebody.
    FailWith(Printable(options_.output) + ": " + written.error().message);
    (void)WriteAll(STDOUT_FILENO, text);
    return false;
  }
  const auto written = WriteAll(STDOUT_FILENO, text);
  if (!written) FailWith("standard output: " + written.error().message);
  return written.has_value() && stream_is_good_;
}

// JSON lines go out as they are made, where they go to standard output.
void HubStatusRun::Stream(const std::string& line) {
  if (options_.format != Format::kJsonl) return;
  if (!options_.output.empty()) {
    lines_ += line;
  } else if (stream_is_good_) {
    stream_is_good_ = WriteAll(STDOUT_FILENO, line).has_value();
  }
}

// To the person: what is left, and how to go on.
void HubStatusRun::Say() const {
  if (options_.quiet) return;
  if (const auto quota = source_->quota()) progress_.Say("the Hub's quota: " + QuotaWords(*quota));
  if (report_.left == 0) return;
  progress_.Say(fmt::format(
      "{} of {} left to ask. {}", report_.left, Total(),
      options_.resume.empty()
          ? "With --resume FILE a run keeps its answers, and the next one goes on from there."
          : "The same command goes on from there."));
}

}  // namespace counterscan

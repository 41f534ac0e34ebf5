#include "hubclient/answer_budget.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "hubclient/no_answer.h"
#include "hubclient/status_words.h"

namespace counterscan {
namespace {

// What a text, or a node of an index with what hangs on it, takes on the heap at the least.
constexpr std::uint64_t kNode = 64;

std::uint64_t HeapOf(const std::string& text) {
  return text.capacity() < sizeof(std::string) / 2 ? 0 : text.capacity() + kNode / 4;
}

// Nothing of it confirms anything: what was left out might have been about these bytes.
void CallTooLarge(RepoAnswer& answer) {
  const NoAnswerRow& row = RowOf(NoAnswer::kListTooLarge);
  answer.listing_complete = false;
  answer.listing_cut = true;
  if (!answer.failure_reason.empty()) return;
  answer.failure = row.state;
  answer.failure_reason = row.words;
  answer.failure_cause = row.cause;
}

void LeaveOutOthers(RepoAnswer& answer, std::span<const std::string> paths) {
  const std::unordered_set<std::string_view> own(paths.begin(), paths.end());
  std::erase_if(answer.entries, [&](const HubEntry& entry) {
    return !own.contains(entry.path) && !FlagLevel(entry.state);
  });
  for (HubEntry& entry : answer.entries) {
    if (own.contains(entry.path)) continue;
    entry.scanners = {};
    entry.notes = {};
  }
  answer.entries.shrink_to_fit();
  if (paths.empty()) CallTooLarge(answer);
}

void LeaveOutFlags(RepoAnswer& answer) {
  std::optional<HubState> worst;
  const auto take = [&](HubState state) {
    if (FlagLevel(state)) worst = worst ? Worse(*worst, state) : state;
  };
  for (const HubEntry& entry : answer.entries) take(entry.state);
  for (const HubIssue& issue : answer.issues) take(issue.state);
  answer.entries = {};
  answer.issues = {};
  answer.absent = {};
  answer.flags_lost = worst.has_value();
  if (worst) answer.issues.push_back({"", *worst, std::string(Name(*worst)), answer.asked_at});
  CallTooLarge(answer);
}

}  // namespace

std::uint64_t MemoryOf(const HubEntry& entry) {
  // By path and by either hash, of this answer and of all.
  std::uint64_t bytes = sizeof(HubEntry) + 5 * 2 * kNode;
  for (const std::string* text : {&entry.path, &entry.written_path, &entry.oid, &entry.sha256,
                                  &entry.flaw, &entry.reason, &entry.asked_at}) {
    bytes += HeapOf(*text);
  }
  for (const std::string& note : entry.notes) bytes += sizeof(note) + HeapOf(note);
  for (const HubScanner& scanner : entry.scanners) {
    bytes += sizeof(HubScanner);
    for (const std::string* text : {&scanner.name, &scanner.status, &scanner.message,
                                    &scanner.version, &scanner.report_link}) {
      bytes += HeapOf(*text);
    }
    for (const HubImport& import : scanner.imports) {
      bytes +=
          sizeof(HubImport) + HeapOf(import.module) + HeapOf(import.name) + HeapOf(import.safety);
    }
  }
  return bytes;
}

std::uint64_t MemoryOf(const RepoAnswer& answer) {
  std::uint64_t bytes = sizeof(RepoAnswer);
  for (const HubEntry& entry : answer.entries) bytes += MemoryOf(entry);
  for (const HubIssue& issue : answer.issues) {
    bytes += sizeof(HubIssue) + 2 * kNode + 2 * HeapOf(issue.path) + HeapOf(issue.word) +
             HeapOf(issue.asked_at);
  }
  for (const std::string& path : answer.absent) bytes += kNode + sizeof(path) + HeapOf(path);
  for (const std::string& caveat : answer.caveats) bytes += sizeof(caveat) + HeapOf(caveat);
  for (const std::string& note : answer.notes) bytes += sizeof(note) + HeapOf(note);
  return bytes;
}

bool AnswerBudget::Takes(const RepoAnswer& answer) {
  const std::uint64_t bytes = MemoryOf(answer);
  if (bytes > left_) return false;
  left_ -= bytes;
  return true;
}

void AnswerBudget::Fit(RepoAnswer& answer, std::span<const std::string> paths) {
  if (Takes(answer)) return;
  LeaveOutOthers(answer, paths);
  if (Takes(answer)) return;
  LeaveOutFlags(answer);
}

}  // namespace counterscan

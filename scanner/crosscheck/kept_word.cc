#include "scanner/crosscheck/kept_word.h"

#include <cstddef>
#include <cstdint>

#include "hubclient/no_answer.h"
#include "hubclient/repo_id.h"
#include "hubclient/rfc3339.h"
#include "hubclient/status_words.h"
#include "scanner/crosscheck/repository_word.h"

namespace counterscan {
namespace {

bool IsWorse(HubState state, HubState other) {
  return state != other && Worse(other, state) == state;
}

bool IsNamed(const RepositoryWord& word) {
  const auto type = RepoTypeFromName(word.repo_type);
  const auto asked_at = ParseRfc3339(word.asked_at);
  return type && RepoId::Parse(*type, word.repo) && CheckRevision(word.revision) &&
         (word.commit.empty() || IsCommit(word.commit)) && asked_at &&
         FormatRfc3339(*asked_at) == word.asked_at;
}

// Every file counts once.
bool CountsAreWhole(const RepositoryWord::Counts& counts) {
  std::uint64_t left = counts.files;
  for (const std::uint64_t part :
       {counts.safe, counts.flagged, counts.pending, counts.failed, counts.silent}) {
    if (part > left) return false;
    left -= part;
  }
  return left == 0 && counts.files > 0;
}

// The worst first, then by path, each path once.
bool FlagsAreSorted(const RepositoryWord& word) {
  for (std::size_t i = 0; i < word.flags.size(); ++i) {
    const RepositoryWord::Flag& flag = word.flags[i];
    if (!FlagLevel(flag.state)) return false;
    if (i == 0) continue;
    const RepositoryWord::Flag& before = word.flags[i - 1];
    if (IsWorse(flag.state, before.state)) return false;
    if (flag.state == before.state && flag.path <= before.path) return false;
  }
  return !word.flags.empty() || word.more_flags == 0;
}

// The texts are ours but for `reason`: nobody else's advice is printed as ours.
bool TextsFit(const RepositoryWord& word) {
  if (word.no_issues) {
    return word.cause.empty() && word.reason == kNoIssuesReason && word.next == kNoIssuesNext;
  }
  if (word.reason == kEmptyReason) return word.cause.empty() && word.next == kEmptyNext;
  if (word.cause.empty()) return word.next == NextStepFor(word.state);
  const auto cause = NoAnswerFromName(word.cause);
  const auto type = RepoTypeFromName(word.repo_type);
  return cause && type && RowOf(*cause).state == word.state &&
         NextStepAfter(*cause, *type) == word.next;
}

bool StateFits(const RepositoryWord& word, HubScope scope) {
  const bool flagged = !word.flags.empty();
  switch (word.state) {
    case HubState::kNotAsked:
    case HubState::kMismatch:
      return false;
    case HubState::kSafe:
      return scope == HubScope::kFiles && !flagged && word.reason.empty() && !word.commit.empty() &&
             word.counts && word.counts->safe == word.counts->files;
    case HubState::kCaution:
    case HubState::kSuspicious:
    case HubState::kUnsafe:
      return flagged && word.flags.front().state == word.state && word.reason.empty();
    case HubState::kDisabled:
      return word.reason.empty();
    case HubState::kPending:
    case HubState::kError:
    case HubState::kMissing:
    case HubState::kUnreachable:
    case HubState::kDenied:
    case HubState::kNotFound:
    case HubState::kStale:
      return !flagged && !word.reason.empty();
  }
  return false;
}

}  // namespace

bool HoldsTogether(const RepositoryWord& word, HubScope scope) {
  if (!IsNamed(word) || !FlagsAreSorted(word) || !TextsFit(word) || !StateFits(word, scope)) {
    return false;
  }
  if (word.notes.size() > WordOptions{}.notes) return false;
  if (word.counts) {
    if (!CountsAreWhole(*word.counts)) return false;
    const std::uint64_t named = word.flags.size();
    if (word.counts->flagged > named && word.counts->flagged - named > word.more_flags) {
      return false;
    }
  }
  return !word.no_issues || (scope == HubScope::kRepository && word.state == HubState::kMissing &&
                             word.scans_done == true);
}

}  // namespace counterscan

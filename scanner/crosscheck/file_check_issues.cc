// Flags that cannot be tied to bytes: of a place, of a path that is written otherwise, of no file.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "hubclient/loose_path.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"
#include "scanner/crosscheck/file_check.h"

namespace counterscan {

// By path where no hash could tell, and for the repository.
bool FileCheck::TakeFlagOfPlace() {
  for (const HubHit& hit : place_) {
    if (!IsAtOwnPlace(hit) || !FlagLevel(hit.entry->state) ||
        Compare(file_, *hit.entry) != Sameness::kUnknown) {
      continue;
    }
    Take(hit);
    view_.reason = "flagged by path: no hash tells whether these are the same bytes";
    return true;
  }
  const HubIssue* worst = nullptr;
  std::optional<std::string> loose;  // made when it is needed: few answers have issues
  for (const RepoAnswer* answer : own_) {
    if (answer->issues.empty()) continue;
    // Where the listing has the path, the flag already went to the bytes listed there.
    if (file_.identity.path.empty() || !answers_.At(*answer, file_.identity.path).empty()) {
      continue;
    }
    std::vector<const HubIssue*> issues = answers_.IssuesAt(*answer, file_.identity.path);
    if (issues.empty()) {
      if (!loose) loose = LoosePath(file_.identity.path);
      issues = answers_.IssuesLike(*answer, *loose);
    }
    for (const HubIssue* issue : issues) {
      if (!FlagLevel(issue->state)) continue;
      if (worst == nullptr || IsWorse(issue->state, worst->state)) worst = issue;
    }
  }
  if (worst == nullptr) return false;
  const std::string as = worst->path == file_.identity.path
                             ? std::string()
                             : fmt::format(", written {}", Printable(worst->path, 200));
  Set(worst->state, fmt::format("the Hub lists this path{} among the files with issues, as \"{}\"",
                                as, worst->word));
  view_.asked_at = worst->asked_at;
  return true;
}

bool FileCheck::HasUnreadableIssues() const {
  return std::any_of(own_.begin(), own_.end(),
                     [](const RepoAnswer* answer) { return answer->issues_unreadable; });
}

bool FileCheck::KnowsUnnamedIssue() const {
  return std::any_of(own_.begin(), own_.end(), [&](const RepoAnswer* answer) {
    const auto unnamed = answers_.IssuesAt(*answer, "");
    return std::any_of(unnamed.begin(), unnamed.end(),
                       [](const HubIssue* issue) { return FlagLevel(issue->state).has_value(); });
  });
}

// A flag for a path that is not listed, and that is written almost as this one is.
void FileCheck::CheckFlagsAstray() {
  if (file_.identity.path.empty()) return;
  std::optional<std::size_t> outline;
  for (const RepoAnswer* answer : own_) {
    if (answer->issues.empty()) continue;
    if (!outline) outline = PathOutline(file_.identity.path);
    const HubIssue* flag = answers_.FlagThatMayMean(*answer, *outline);
    if (flag == nullptr) continue;
    Set(HubState::kMissing,
        fmt::format("the Hub says \"{}\" of {}, which it does not list and which may be this path",
                    Printable(flag->word, 40), Printable(flag->path, 200)));
    return;
  }
}

bool FileCheck::TakeUnnamedIssue() {
  for (const RepoAnswer* answer : own_) {
    for (const HubIssue* issue : answers_.IssuesAt(*answer, "")) {
      if (!FlagLevel(issue->state)) continue;
      Set(issue->state, "the Hub knows a file with issues in this repository and does not name it");
      view_.asked_at = issue->asked_at;
      return true;
    }
  }
  return false;
}

}  // namespace counterscan

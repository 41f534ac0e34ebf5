// Why the Hub has no word about a file.

#include <fmt/format.h>

#include <string>

#include "scanner/crosscheck/file_check.h"

namespace counterscan {

// There is no word about these bytes: why not?
void FileCheck::ExplainSilence() {
  if (TakeUnnamedIssue()) return;
  if (own_.empty()) {
    ExplainUnknownRepository();
    return;
  }
  const RepoAnswer* pinned = nullptr;
  for (const RepoAnswer* answer : own_) {
    if (IsPinned(*answer)) pinned = answer;
  }
  view_.asked_at = (pinned != nullptr ? pinned : own_.front())->asked_at;
  if (pinned == nullptr) {
    ExplainOtherCommit();
    return;
  }
  for (const HubHit& hit : place_) {
    if (!IsAtOwnPlace(hit)) continue;
    // A name without more: why the listing with the rest did not come says more.
    const bool failed = !pinned->listing_complete && !pinned->failure_reason.empty();
    if (failed && !hit.entry->status_asked) continue;
    Set(HubState::kMissing,
        file_.sha256.empty() ? "the file was not hashed, so no word of the Hub can be held "
                               "against it"
        : hit.entry->masked  ? "the Hub masks this file's SHA-256, so nothing tells whether "
                               "these are its bytes"
                             : "no hash tells whether these are the Hub's bytes");
    if (hit.entry->masked && hit.answer->access_cause) {
      view_.reason += ": " + hit.answer->access_reason;
      SetCause(*hit.answer->access_cause);
    }
    if (!hit.entry->status_asked) ExplainMissing(*hit.answer);
    return;
  }
  if (!same_.empty()) {
    Set(HubState::kMissing, "the Hub was asked for these bytes without their status");
    ExplainMissing(*pinned);
  } else if ((pinned->listing_complete && !file_.identity.path.empty()) ||
             pinned->absent.contains(file_.identity.path)) {
    Set(HubState::kNotFound, "the Hub does not list this path at this commit");
  } else if (!pinned->failure_reason.empty()) {
    SetFailure(*pinned);
  } else {
    Set(HubState::kMissing, "the Hub's answers say nothing about this file");
    ExplainMissing(*pinned);
  }
}

void FileCheck::ExplainUnknownRepository() {
  const bool known = !file_.identity.repo.empty();
  if (!known && !options_.comparison_demanded) {
    Set(HubState::kNotAsked, "the repository of this file is not known");
  } else if (!answers_.unreachable().empty()) {
    Set(HubState::kUnreachable, answers_.unreachable());
    SetCause(answers_.unreachable_cause());
  } else if (known) {
    Set(HubState::kMissing, fmt::format("the answers say nothing about {}", file_.identity.repo));
  } else {
    Set(HubState::kNotFound, "no answer describes these bytes, and no repository is known");
    view_.next_step = "name the repository that the files come from: --repo ORG/NAME";
  }
}

void FileCheck::ExplainOtherCommit() {
  const RepoAnswer& answer = *own_.front();
  const bool listed = !answers_.At(answer, file_.identity.path).empty();
  const std::string commits = fmt::format(
      "this file is of commit {}, the answers are for {}", file_.identity.commit.substr(0, 8),
      answer.commit.empty() ? std::string("an unknown one") : answer.commit.substr(0, 8));
  Set(listed ? HubState::kStale : HubState::kNotFound, commits);
  if (!listed && !answer.failure_reason.empty()) SetFailure(answer);
}

// "scansDone": false explains a status that is missing; beside a status it says nothing.
void FileCheck::ExplainMissing(const RepoAnswer& answer) {
  if (answer.scans_done != false) return;
  Set(HubState::kPending, "the Hub has not finished scanning the repository (scansDone: false)");
}

}  // namespace counterscan

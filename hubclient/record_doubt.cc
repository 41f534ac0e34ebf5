// Refusals, failures and doubts: what takes their word from replies, though never their flags.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hubclient/listing.h"
#include "hubclient/record_reader.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {

// Whatever status a body comes with, a flag in it counts, and nothing else of it does.
void RecordReader::TakeFlagsOfRefusal(const HubExchange& exchange, const std::string& time,
                                      const HubUrl& url, const Refusal& refusal) {
  if (exchange.status == 0 || url.kind == HubUrl::Kind::kAccess) return;
  const auto document = ParseHubJson(exchange.body, limits_.body_bytes, limits_);
  if (!document) return;
  const JsonValue& root = document->root;
  if (root.IsArray()) {
    TakeStrayFlags(root, time);
    std::vector<HubEntry> entries =
        ReadListing(root, {.asked_at = time, .distrust = refusal.reason, .names = names_}, limits_)
            .files;
    std::erase_if(entries, [](const HubEntry& entry) { return !FlagLevel(entry.state); });
    for (HubEntry& entry : entries) {
      entry.pinned = !answer_.commit.empty() && CommitFrom(url.revision) == answer_.commit;
      entry.status_asked = true;
    }
    AddEntries(std::move(entries));
    return;
  }
  if (!root.IsObject()) return;
  RepoStatus status =
      url.kind == HubUrl::Kind::kInfo ? ReadRepoInfo(root, limits_) : ReadScanReply(root, limits_);
  for (HubIssue& issue : status.issues) {
    if (!FlagLevel(issue.state) || answer_.issues.size() >= limits_.entries) continue;
    issue.asked_at = time;
    answer_.issues.push_back(std::move(issue));
  }
}

void RecordReader::ReadRefusal(const HubUrl& url, const Refusal& refusal) {
  if (refusal.state == HubState::kDisabled) {
    answer_.disabled = true;
    return;
  }
  if (url.kind == HubUrl::Kind::kAccess) {
    answer_.access_cause = refusal.cause;
    answer_.access_reason = refusal.reason;
    return;
  }
  // A missing folder, or a repository status that is missing beside a good listing, says nothing
  // about files.
  // Nor does missing information, where it is not needed for the commit.
  const bool stands_beside = url.kind == HubUrl::Kind::kScan ||
                             (url.kind == HubUrl::Kind::kInfo && CommitFrom(url.revision));
  if (stands_beside || !url.path.empty()) {
    if (stands_beside && !beside_refusal_) beside_refusal_ = refusal;
    if (url.kind == HubUrl::Kind::kInfo) information_refusal_ = refusal;
    if (url.kind == HubUrl::Kind::kScan) scan_refusal_ = refusal;
    Note(refusal.reason);
    return;
  }
  if (url.kind == HubUrl::Kind::kTree) tree_broken_ = true;
  TakeFailure(refusal);
}

void RecordReader::TakeFailure(const Refusal& refusal) {
  if (answer_.failure_reason.empty() || Worse(answer_.failure, refusal.state) != answer_.failure) {
    answer_.failure = refusal.state;
    answer_.failure_reason = refusal.reason;
    answer_.failure_cause = refusal.cause;
  }
}

Refusal RecordReader::Damaged(const std::string& distrust) const {
  return {RowOf(distrust_cause_).state, distrust, distrust_cause_};
}

// What a listing does not say, and the replies beside it do. Only information tells of a
// withdrawal: without it, whether there is one is not known, and nothing is confirmed. Where it
// says that there is no such repository, or is none at all, it contradicts the listing. /scan names
// what is flagged and not listed; the listing has the word of each file, so that this must be said,
// and no more.
void RecordReader::CheckWhatStandsBeside() {
  answer_.issues_unreadable |= scan_unreadable_ && (!pages_.empty() || !answer_.issues_listed);
  if (pages_.empty()) return;
  if (scan_refusal_ && !scan_unreadable_) {
    answer_.caveats.push_back("the Hub's list of files with issues did not come: " +
                              Printable(scan_refusal_->reason, 200));
  } else if (!answer_.issues_listed && !answer_.issues_unreadable) {
    answer_.caveats.push_back("the Hub gave no list of files with issues");
  }
  if (!information_refusal_ || !doubt_.empty()) return;
  constexpr auto kContradictions =
      std::to_array<NoAnswer>({NoAnswer::kRepositoryNotFound, NoAnswer::kRevisionNotFound,
                               NoAnswer::kGone, NoAnswer::kUnexpectedStatus, NoAnswer::kHtmlPage,
                               NoAnswer::kNotJson, NoAnswer::kJsonTooLarge, NoAnswer::kWrongShape});
  const bool contradicts = std::find(kContradictions.begin(), kContradictions.end(),
                                     information_refusal_->cause) != kContradictions.end();
  DoubtAll(contradicts ? NoAnswer::kInconsistent : information_refusal_->cause,
           "nothing tells whether the repository is withdrawn: " + information_refusal_->reason);
}

void RecordReader::DoubtAll(NoAnswer cause, std::string why) {
  doubt_cause_ = cause;
  doubt_ = std::move(why);
}

// Nothing of the whole answer confirms anything.
void RecordReader::Doubt() {
  const NoAnswerRow& row = RowOf(doubt_cause_);
  for (HubEntry& entry : answer_.entries) {
    if (entry.state != HubState::kSafe) continue;
    entry.state = row.state;
    entry.reason = doubt_;
  }
  answer_.listing_complete = false;
  answer_.issues_unreadable = true;
  TakeFailure({row.state, doubt_, row.cause});
}

// A repository that was renamed redirects whatever is asked of its old name. One that answers
// some requests itself, and has others answered elsewhere, has its listing from nobody knows
// whom.
void RecordReader::CheckNames() {
  if (answered_as_.size() < 2) return;
  DoubtAll(NoAnswer::kInconsistent,
           fmt::format("the Hub answers for {} itself, and sends other requests to {}",
                       Printable(answered_as_[0], 120), Printable(answered_as_[1], 120)));
  Note(doubt_);
}

void RecordReader::Answered(const std::string& distrust) {
  answered_ |= distrust.empty();
  if (std::find(answered_as_.begin(), answered_as_.end(), asked_as_) == answered_as_.end()) {
    answered_as_.push_back(asked_as_);
  }
}

}  // namespace counterscan

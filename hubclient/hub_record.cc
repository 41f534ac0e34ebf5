#include "hubclient/hub_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

#include "hubclient/http_outcome.h"
#include "hubclient/hub_json.h"
#include "hubclient/hub_request.h"
#include "hubclient/hub_url.h"
#include "hubclient/listing.h"
#include "hubclient/record_reader.h"
#include "hubclient/replies_together.h"
#include "hubclient/reply_trust.h"
#include "hubclient/repo_status.h"
#include "hubclient/rfc3339.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {

RecordReader::RecordReader(const HubRecord& record, std::string_view endpoint,
                           const HubLimits& limits)
    : record_(record), endpoint_(endpoint), limits_(limits) {
  names_ = {record.repo};
  answer_.repo = record.repo;
  answer_.commit = record.commit;
  doubt_ = record.doubt;
}

RepoAnswer RecordReader::Read(const std::function<void(std::size_t)>& after,
                              const StopReading& stop) {
  for (std::size_t i = 0; i < record_.exchanges.size(); ++i) {
    if (const auto cause = stop ? stop() : std::nullopt) {
      stopped_ = cause;
      break;
    }
    ReadExchange(record_.exchanges[i]);
    if (after) after(i);
  }
  CheckNames();
  answer_.listing_complete = ListingIsComplete();
  answer_.listing_cut =
      !answer_.listing_complete && (tree_broken_ || too_many_entries_ || !pages_.empty());
  HoldRepliesTogether(answer_);
  CheckWhatStandsBeside();
  if (stopped_) {
    answer_.failure_reason.clear();  // whatever it was, this is why there is no more
    DoubtAll(*stopped_, "the Hub's replies were not read to their end");
  }
  if (!doubt_.empty()) Doubt();
  if (timeless_) answer_.asked_at.clear();
  if (record_.exchanges.empty()) answer_.failure_reason = "the Hub was asked nothing about it";
  // Beside a listing it says nothing about files; where it is all there is, it is the answer.
  if (beside_refusal_ && !answered_) TakeFailure(*beside_refusal_);
  if (ends_with_move_) {
    const NoAnswerRow& loop = RowOf(NoAnswer::kRedirectLoop);
    TakeFailure({loop.state, std::string(loop.words), loop.cause});
  }
  return std::move(answer_);
}

void RecordReader::ReadExchange(const HubExchange& exchange) {
  if (exchange.status == 0 && exchange.url.empty()) {  // refused before it was sent
    TakeFailure(*RefusalOf(exchange, limits_));
    return;
  }
  const auto url = ParseUrl(exchange.url);
  if (!url) {
    DoubtAll(NoAnswer::kInconsistent,
             fmt::format("a reply from {} was left out: it is not about this repository",
                         Printable(exchange.url, 200)));
    Note(doubt_);
    HubUrl elsewhere;
    elsewhere.kind = HubUrl::Kind::kScan;
    TakeFlagsOfRefusal(exchange, TimeOf(exchange), elsewhere, Damaged(doubt_));
    return;
  }
  const std::string time = TimeOf(exchange);
  KeepOldest(time, *url);
  if (const auto warning = exchange.headers.find("x-hf-warning");
      warning != exchange.headers.end()) {
    std::string words = "the Hub warns: " + Printable(warning->second, 200);
    constexpr std::size_t kWarnings = 3;
    auto& caveats = answer_.caveats;
    if (caveats.size() < kWarnings &&
        std::find(caveats.begin(), caveats.end(), words) == caveats.end()) {
      caveats.push_back(words);
    }
    Note(std::move(words));
  }
  ends_with_move_ = IsMove(exchange);
  if (ends_with_move_) {
    TakeFlagsOfRefusal(exchange, time, *url, Damaged("the Hub has moved the repository"));
    return;
  }
  if (const auto refusal = RefusalOf(exchange, limits_)) {
    TakeFlagsOfRefusal(exchange, time, *url, *refusal);
    ReadRefusal(*url, *refusal);
    return;
  }
  if (url->kind == HubUrl::Kind::kAccess) return;  // granted; its body is "OK"
  const auto document = ParseHubJson(exchange.body, limits_.body_bytes, limits_);
  if (!document) {
    scan_unreadable_ |= url->kind == HubUrl::Kind::kScan;
    ReadRefusal(*url, RefusalOfBody(exchange, document.error()));
    return;
  }
  distrust_cause_ = NoAnswer::kDamaged;
  std::string distrust = DistrustOf(exchange, *document);
  if (distrust.empty()) {
    distrust_cause_ = NoAnswer::kInconsistent;
    distrust = AboutAnotherCommit(exchange, *url, document->root);
  }
  if (!distrust.empty()) Note(distrust);
  ReadBody(exchange, time, *url, document->root, distrust);
}

// Of a renamed repository the first replies are redirects, the others are about its new name.
std::optional<HubUrl> RecordReader::ParseUrl(std::string_view url) {
  for (const RepoId& name : names_) {
    auto parsed = HubUrl::Parse(url, endpoint_, name);
    if (!parsed) continue;
    asked_as_ = AsciiLower(name.id);
    return parsed;
  }
  return std::nullopt;
}

bool RecordReader::IsMove(const HubExchange& exchange) {
  const auto location = exchange.headers.find("location");
  if (exchange.status < 300 || exchange.status > 399 || location == exchange.headers.end()) {
    return false;
  }
  for (const RepoId& name : names_) {
    const auto moved = MovedTo(location->second, exchange.url, endpoint_, name);
    if (!moved) continue;
    constexpr std::size_t kMaxNames = 8;
    if (std::find(names_.begin(), names_.end(), *moved) == names_.end()) {
      if (names_.size() >= kMaxNames) return false;
      names_.push_back(*moved);
      Note(fmt::format("the Hub has moved {} to {}", record_.repo.id, moved->id));
    }
    return true;
  }
  return false;
}

void RecordReader::ReadBody(const HubExchange& exchange, const std::string& time, const HubUrl& url,
                            const JsonValue& root, const std::string& distrust) {
  switch (url.kind) {
    case HubUrl::Kind::kInfo:
      ReadInfo(time, url, root, distrust);
      return;
    case HubUrl::Kind::kScan:
      Answered(distrust);
      TakeStatus(ReadScanReply(root, limits_), time, distrust);
      if (const auto link = exchange.headers.find("link");
          link != exchange.headers.end() && MentionsNextPage(link->second)) {
        answer_.issues_unreadable = true;
        Note("the Hub's list of files with issues goes on in another reply");
      }
      if (!distrust.empty()) beside_refusal_ = Damaged(distrust);
      return;
    case HubUrl::Kind::kTree:
    case HubUrl::Kind::kPathsInfo:
    case HubUrl::Kind::kAccess:
      break;
  }
  if (!root.IsArray()) {
    ReadRefusal(url, {RowOf(NoAnswer::kWrongShape).state, "the Hub's reply is not a list of files",
                      NoAnswer::kWrongShape});
    return;
  }
  Answered(distrust);
  answered_ = true;
  const bool is_tree = url.kind == HubUrl::Kind::kTree;
  const bool pinned = !answer_.commit.empty() && CommitFrom(url.revision) == answer_.commit;
  TakeStrayFlags(root, time);
  if (is_tree && url.path.empty() && !distrust.empty()) BreakTree(distrust);
  // Without the body of its request, paths-info is taken to have been asked for the status.
  Listing listing = ReadListing(root,
                                {.pinned = pinned,
                                 .status_asked = !is_tree || url.Asks("expand"),
                                 .asked_at = time,
                                 .distrust = distrust,
                                 .is_file_list = true,
                                 .names = names_},
                                limits_);
  const bool is_page =
      is_tree && pinned && url.path.empty() && url.Asks("recursive") && distrust.empty();
  for (HubEntry& entry : listing.files) {
    entry.asked_by_path = !is_tree;
    entry.in_tree = is_page;
  }
  if (is_tree) CheckPaths(listing.files);
  if (!is_tree && pinned && distrust.empty()) NoteAbsent(exchange.request_body, listing.files);
  AddEntries(std::move(listing.files));
  if (is_page) AddPage(exchange, url, std::move(listing.folders));
}

void RecordReader::ReadInfo(const std::string& time, const HubUrl& url, const JsonValue& root,
                            const std::string& distrust) {
  const bool names_something =
      root.Find("id") != nullptr || root.Find("modelId") != nullptr || root.Find("sha") != nullptr;
  const Refusal not_information = {RowOf(NoAnswer::kWrongShape).state,
                                   "the Hub's reply is not about a repository",
                                   NoAnswer::kWrongShape};
  if (!names_something && root.IsObject() && CommitFrom(url.revision)) {
    information_refusal_ = not_information;
  }
  if (!root.IsObject()) {
    ReadRefusal(url, not_information);
    return;
  }
  Answered(distrust);
  answered_ = true;
  switch (WithdrawalIn(root)) {
    case Withdrawal::kNo:
      break;
    case Withdrawal::kYes:
      answer_.disabled = true;
      break;
    case Withdrawal::kUnclear:
      DoubtAll(NoAnswer::kInconsistent,
               "the Hub does not say whether it has withdrawn the repository");
      break;
  }
  ReadName(root);
  // What commit a branch is at was learned from here.
  if (!distrust.empty()) DoubtAll(distrust_cause_, distrust);
  RepoStatus status = ReadRepoInfo(root, limits_);
  if (!status.present && url.Asks("securityStatus")) {
    Note("the Hub's reply has no security status for the repository");
  }
  TakeStatus(std::move(status), time, distrust);
  if (const JsonValue* siblings = root.Array("siblings")) {
    const std::string* sha = root.Text("sha");
    const bool pinned =
        sha != nullptr && !answer_.commit.empty() && CommitFrom(*sha) == answer_.commit;
    AddEntries(
        ReadListing(
            *siblings,
            {.pinned = pinned, .status_asked = false, .asked_at = time, .distrust = distrust},
            limits_)
            .files);
  }
}

// Information that is about another repository says nothing of this one.
void RecordReader::ReadName(const JsonValue& root) {
  for (const char* key : {"id", "modelId"}) {
    const JsonValue* id = root.Find(key);
    if (id == nullptr) continue;
    const bool known = std::any_of(names_.begin(), names_.end(), [&](const RepoId& repo) {
      return AsciiLower(repo.id) == AsciiLower(id->text);
    });
    if (known) continue;
    DoubtAll(NoAnswer::kInconsistent,
             fmt::format("the Hub answers under the name {}",
                         id->text.empty() ? "of nothing" : Printable(id->text, 200)));
    Note(doubt_);
    return;
  }
}

// Flags in a damaged reply count; that it names no others does not.
void RecordReader::TakeStatus(RepoStatus status, const std::string& asked_at,
                              const std::string& distrust) {
  if (!distrust.empty()) {
    status.unreadable = true;
    if (status.scans_done == true) status.scans_done.reset();
  }
  for (HubIssue& issue : status.issues) {
    issue.asked_at = asked_at;
    if (answer_.issues.size() >= limits_.entries) status.unreadable = true;
    if (answer_.issues.size() < limits_.entries) answer_.issues.push_back(std::move(issue));
  }
  answer_.issues_listed |= status.listed;
  answer_.issues_unreadable |= status.unreadable;
  if (status.scans_done) {
    answer_.scans_done = *status.scans_done && answer_.scans_done.value_or(true);
  }
  for (std::string& note : status.notes) Note(std::move(note));
  for (std::string& caveat : status.caveats) {
    auto& caveats = answer_.caveats;
    if (std::find(caveats.begin(), caveats.end(), caveat) == caveats.end()) {
      caveats.push_back(std::move(caveat));
    }
  }
}

void RecordReader::KeepOldest(const std::string& time, const HubUrl& url) {
  const auto parsed = ParseRfc3339(time);
  if (!parsed) {
    // What has no time may be of any.
    timeless_ |= url.kind != HubUrl::Kind::kAccess;
    Note("a reply of the Hub does not say when it came");
    return;
  }
  if (!oldest_ || *parsed < *oldest_) {
    oldest_ = parsed;
    answer_.asked_at = time;
  }
}

void RecordReader::Note(std::string note) {
  auto& notes = answer_.notes;
  if (notes.size() >= limits_.notes_per_file) return;
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(std::move(note));
}

RepoAnswer ReadRecord(const HubRecord& record, std::string_view endpoint, const HubLimits& limits) {
  return RecordReader(record, endpoint, limits).Read();
}

RepoAnswer ReadRecord(HubRecord&& record, std::string_view endpoint, const HubLimits& limits,
                      const StopReading& stop) {
  const auto drop_body = [&record](std::size_t number) {
    std::string().swap(record.exchanges[number].body);
  };
  return RecordReader(record, endpoint, limits).Read(drop_body, stop);
}

}  // namespace counterscan

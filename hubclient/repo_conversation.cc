#include "hubclient/repo_conversation.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "hubclient/http_outcome.h"
#include "hubclient/hub_exchange.h"
#include "hubclient/hub_json.h"
#include "hubclient/hub_request.h"
#include "hubclient/hub_url.h"
#include "hubclient/repo_status.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::string_view kMain = "main";

// Nothing else will be answered either: nobody is there, or nobody waits any more.
bool EndsAll(const HubExchange& exchange) {
  if (exchange.status != 0) return false;
  const NoAnswer cause = NoAnswerFromName(exchange.cause).value_or(NoAnswer::kNoReply);
  return RowOf(cause).of_the_host || cause == NoAnswer::kDeadline ||
         cause == NoAnswer::kInterrupted || cause == NoAnswer::kBadSettings;
}

bool IsGood(const HubExchange& exchange) {
  return exchange.status >= 200 && exchange.status <= 299;
}

std::optional<JsonValue> JsonOf(const HubExchange& exchange, const HubLimits& limits) {
  if (!IsGood(exchange)) return std::nullopt;
  auto document = ParseHubJson(exchange.body, limits.body_bytes, limits);
  if (!document) return std::nullopt;
  return std::move(document->root);
}

// The Hub masks the hashes of gated files with as many asterisks as they have digits.
bool HasMaskedHash(const HubExchange& exchange) {
  constexpr std::string_view kMask =
      "****************************************************************";
  static_assert(kMask.size() == 64);
  return exchange.body.find(kMask) != std::string::npos;
}

}  // namespace

RepoConversation::RepoConversation(HubQuery query, std::string_view endpoint,
                                   const HubLimits& limits, const HttpLimits& http)
    : query_(std::move(query)), endpoint_(endpoint), limits_(limits), http_(http) {
  if (query_.revision.empty()) query_.revision = kMain;
  record_.repo = asked_as_ = query_.repo;
  if (auto commit = CommitFrom(query_.revision)) query_.revision = record_.commit = *commit;
  Begin();
}

void RepoConversation::Begin() {
  // Names come from files, lists and other replies: nothing malformed becomes part of a URL.
  if (!RepoId::Parse(query_.repo.type, query_.repo.id)) {
    return Refuse("its name is not one of a repository");
  }
  if (!CheckRevision(query_.revision)) return Refuse("its revision is malformed");
  const bool is_model = query_.repo.type == RepoType::kModel;
  const bool scan_says_it = query_.revision == kMain || !is_model;
  Ask(query_.scope == HubScope::kFiles || scan_says_it ? Step::kScan : Step::kInfoInstead);
}

void RepoConversation::Refuse(std::string error) {
  HubExchange exchange;
  exchange.cause = Name(NoAnswer::kRequestRefused);
  exchange.error = std::move(error);
  record_.exchanges.push_back(std::move(exchange));
  End();
}

void RepoConversation::Ask(Step step) {
  step_ = step;
  switch (step) {
    case Step::kScan:
      next_ = ScanRequest(endpoint_, asked_as_);
      return;
    case Step::kCommit:
    case Step::kInfoInstead:
      next_ = InfoRequest(endpoint_, asked_as_, query_.revision);
      return;
    case Step::kTree:
      next_ = TreeRequest(endpoint_, asked_as_, record_.commit);
      pages_ = {next_->url};
      return;
    case Step::kAccess:
      next_ = AccessRequest(endpoint_, asked_as_);
      return;
    case Step::kPaths: {
      const std::span<const std::string> all(paths_);
      const std::size_t count = std::min(kPathsPerRequest, all.size() - paths_asked_);
      next_ = PathsRequest(endpoint_, asked_as_, record_.commit, all.subspan(paths_asked_, count));
      paths_asked_ += count;
      return;
    }
  }
}

void RepoConversation::OnReply(HttpReply reply, std::string time) {
  const RepoId name = asked_as_;
  const bool moved = FollowMove(reply);
  HubExchange exchange =
      MakeExchange(*std::exchange(next_, std::nullopt), std::move(reply), std::move(time));
  if (moved) {
    next_ = HttpRequest{.method = exchange.method,
                        .url = Rewritten(exchange.url, endpoint_, name, asked_as_),
                        .body = exchange.request_body};
    // Pages that follow are asked for under the new name from the start.
    if (step_ == Step::kTree) pages_.insert(next_->url);
    Keep(std::move(exchange));
    return;
  }
  if (EndsAll(exchange)) {
    Keep(std::move(exchange));
    return End();
  }
  switch (step_) {
    case Step::kScan:
      AfterScan(exchange);
      break;
    case Step::kCommit:
      AfterCommit(exchange);
      break;
    case Step::kTree:
      AfterTree(exchange);
      break;
    case Step::kPaths:
      masked_ |= HasMaskedHash(exchange);
      if (paths_asked_ < paths_.size() && IsGood(exchange)) {
        Ask(Step::kPaths);
      } else {
        AfterFiles();
      }
      break;
    case Step::kInfoInstead:
      LearnCommit(exchange);
      End();
      break;
    case Step::kAccess:
      End();
      break;
  }
  Keep(std::move(exchange));
}

// True when the reply redirects to a new name of the repository.
bool RepoConversation::FollowMove(const HttpReply& reply) {
  constexpr auto kRedirects = std::to_array({301, 302, 307, 308});
  if (std::find(kRedirects.begin(), kRedirects.end(), reply.status) == kRedirects.end()) {
    return false;
  }
  const auto location = reply.headers.find("location");
  if (location == reply.headers.end() || moves_ >= http_.redirects) return false;
  const auto moved = MovedTo(location->second, next_->url, endpoint_, asked_as_);
  if (!moved || *moved == record_.repo) return false;
  ++moves_;
  asked_as_ = *moved;
  return true;
}

void RepoConversation::AfterScan(const HubExchange& exchange) {
  const auto json = JsonOf(exchange, limits_);
  if (query_.scope == HubScope::kRepository) {
    const bool wants_more = !json || !json->IsObject();
    const bool may_know_more = IsUnknownCall(exchange) || IsGood(exchange);
    if (wants_more && may_know_more && query_.repo.type == RepoType::kModel) {
      return Ask(Step::kInfoInstead);
    }
    return End();
  }
  if (json) {
    for (const HubIssue& issue : ReadScanReply(*json, limits_).issues) {
      if (!CheckRepoPath(issue.path) || !IsUtf8(issue.path)) continue;
      flagged_.push_back(issue.path);
      kept_bytes_ += sizeof(std::string) + issue.path.size();
    }
  }
  Ask(Step::kCommit);
}

void RepoConversation::AfterCommit(const HubExchange& exchange) {
  LearnCommit(exchange);
  // Without a commit there is nothing to hold files against: the refusal says why.
  if (record_.commit.empty()) return End();
  Ask(Step::kTree);
}

void RepoConversation::LearnCommit(const HubExchange& exchange) {
  const auto json = JsonOf(exchange, limits_);
  const std::string* sha = json ? json->Text("sha") : nullptr;
  if (sha != nullptr && record_.commit.empty()) record_.commit = CommitFrom(*sha).value_or("");
}

void RepoConversation::AfterTree(const HubExchange& exchange) {
  if (!IsGood(exchange)) return End();
  masked_ |= HasMaskedHash(exchange);
  const auto link = exchange.headers.find("link");
  const auto next =
      link != exchange.headers.end() ? NextPage(link->second, exchange.url) : std::nullopt;
  if (!next) return AfterFiles();
  // The next page must be one of the same listing.
  const auto url = HubUrl::Parse(*next, endpoint_, asked_as_);
  const bool same_listing = url && url->kind == HubUrl::Kind::kTree && url->path.empty() &&
                            CommitFrom(url->revision) == record_.commit;
  if (!same_listing || pages_.size() >= http_.pages || !pages_.insert(*next).second) {
    return AfterFiles();
  }
  // Only the whole listing shows a flag for the same bytes under another path, so most are read to
  // their end. In a giant one, each page is as dear as a request for fifty paths: once that many
  // have come, asking for the paths alone is cheaper.
  const std::size_t wanted = query_.paths.size() + flagged_.size();
  const std::size_t for_paths = (wanted + kPathsPerRequest - 1) / kPathsPerRequest;
  if (!query_.paths.empty() && pages_.size() > std::max(for_paths, http_.pages_read_anyway)) {
    return AskForPaths();
  }
  next_ = HttpRequest{};
  next_->url = *next;
}

void RepoConversation::AskForPaths() {
  paths_ = query_.paths;
  paths_.insert(paths_.end(), flagged_.begin(), flagged_.end());
  std::erase_if(paths_,
                [](const std::string& path) { return !CheckRepoPath(path) || !IsUtf8(path); });
  std::sort(paths_.begin(), paths_.end());
  paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
  if (paths_.empty()) return AfterFiles();
  Ask(Step::kPaths);
}

// The listing does not say whose access is missing, and what to do about it.
void RepoConversation::AfterFiles() {
  if (masked_) return Ask(Step::kAccess);
  End();
}

void RepoConversation::Keep(HubExchange exchange) {
  // The URL of a page is remembered too.
  kept_bytes_ += exchange.body.size() + exchange.request_body.size() + 2 * exchange.url.size();
  for (const auto& [name, value] : exchange.headers) kept_bytes_ += name.size() + value.size();
  exchange.body.shrink_to_fit();  // it grew as it came
  record_.exchanges.push_back(std::move(exchange));
}

void RepoConversation::GiveUp(NoAnswer cause) {
  HubExchange exchange;
  exchange.url = next_ ? next_->url : record_.exchanges.back().url;
  exchange.time = record_.exchanges.back().time;
  exchange.cause = Name(cause);
  exchange.error = RowOf(cause).words;
  record_.exchanges.push_back(std::move(exchange));
  End();
}

HubRecord RepoConversation::Take() {
  next_.reset();
  return std::move(record_);
}

}  // namespace counterscan

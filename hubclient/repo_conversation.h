// RepoConversation: which requests are made about one repository, in which order.
//
//   scope kRepository
//     1. /scan. Of a model at another revision than main: its information with securityStatus
//     2. its information with securityStatus, where /scan is not known (models)
//   scope kFiles
//     1. /scan: what is flagged anywhere in the repository
//     2. its information: the commit of a branch or tag, whether the repository is withdrawn, and
//        the names of its files, so that a listing that was cut is seen to be cut
//     3. the listing at that commit, page by page, with the status of each file; or, as soon as
//        that costs more, paths-info for the paths that matter and those that /scan flags
//     4. where the listing masks hashes, whether there is access to the files, and why not
//
// A renamed repository redirects; then the same is asked of its new name. What was asked and what
// came back is kept as it came: reading it is ReadRecord's work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hubclient/http.h"
#include "hubclient/hub_record.h"
#include "hubclient/hub_source.h"
#include "scanner/base/limits.h"

namespace counterscan {

class RepoConversation {
 public:
  // `endpoint` must outlive it. A query whose names are malformed asks nothing.
  RepoConversation(HubQuery query, std::string_view endpoint, const HubLimits& limits,
                   const HttpLimits& http);

  // The request to make now; nothing when everything has been asked. Asked again before OnReply, it
  // answers the same.
  const std::optional<HttpRequest>& next() const { return next_; }

  // The final reply to next(), which came at `time` (RFC 3339).
  void OnReply(HttpReply reply, std::string time);

  // About how much memory its replies take.
  std::uint64_t kept_bytes() const { return kept_bytes_; }

  // Ends it with what has come, and a cause for what has not.
  void GiveUp(NoAnswer cause);

  // What was asked and answered. The conversation is over.
  HubRecord Take();

 private:
  enum class Step { kScan, kCommit, kTree, kPaths, kInfoInstead, kAccess };

  void Begin();
  void Ask(Step step);
  void AskForPaths();
  bool FollowMove(const HttpReply& reply);
  void AfterScan(const HubExchange& exchange);
  void AfterCommit(const HubExchange& exchange);
  void LearnCommit(const HubExchange& exchange);
  void AfterTree(const HubExchange& exchange);
  void AfterFiles();
  void End() { next_.reset(); }
  void Refuse(std::string error);
  void Keep(HubExchange exchange);

  HubQuery query_;
  std::string_view endpoint_;
  HubLimits limits_;
  HttpLimits http_;
  HubRecord record_;
  RepoId asked_as_;  // the new name of a repository that was renamed
  int moves_ = 0;
  Step step_ = Step::kScan;
  std::optional<HttpRequest> next_;
  std::uint64_t kept_bytes_ = 0;
  bool masked_ = false;               // some hash in the listing is
  std::vector<std::string> flagged_;  // paths that /scan names
  std::set<std::string> pages_;       // URLs of pages asked for
  std::vector<std::string> paths_;    // to ask paths-info for
  std::size_t paths_asked_ = 0;
};

}  // namespace counterscan

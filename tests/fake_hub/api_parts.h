// What the parts of the fake Hub's API share: flags, pages, and the entries of listings.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fake_hub/http.h"
#include "tests/fake_hub/repository.h"
#include "tests/fake_hub/world.h"

namespace counterscan::fake {

// One repository, and what of the path follows its name, each part percent-decoded.
struct RepoRequest {
  const Request& http;
  World& world;
  Repo& repo;
  Caller caller;
  std::vector<std::string> rest;

  // rest[from] and all behind it, joined again.
  std::string PathFrom(std::size_t from) const;
};

// "true", "True" and "1" are true, as the Hub takes them.
bool Flag(const Request& request, std::string_view name);

// A part of `all`, and the Link header that leads to the next, as `limit` and `cursor` of the query
// ask for.
Reply Page(const Request& request, const World& world, const std::vector<Json>& all,
           std::size_t default_limit);

// "api/models/org/name/tree/main": answers to these.
Reply InfoReply(const RepoRequest& request, std::string_view revision);
Reply ScanReply(const RepoRequest& request);
Reply TreeReply(const RepoRequest& request);
Reply PathsInfoReply(const RepoRequest& request);
Reply RefsReply(const RepoRequest& request);
Reply CommitsReply(const RepoRequest& request);
Reply AuthCheckReply(const RepoRequest& request);
Reply ResolveReply(const RepoRequest& request);
Reply ResolveCacheReply(const RepoRequest& request);
// What the content network has for "/xet-bridge-us/<repository>/<sha256>".
Reply StoredFileReply(const Request& request, const World& world);
Reply ListingReply(const Request& request, World& world, RepoKind kind);
Reply WhoAmIReply(const Request& request, const World& world);

// Requests for access to gated repositories.
Reply AccessRequestsReply(const RepoRequest& request);
Reply AskAccessReply(const RepoRequest& request);
Reply AccessReportReply(const RepoRequest& request);

Reply RevisionNotFoundReply(std::string_view revision);

// Information about a repository as the Hub gives it, without a status.
Json InfoJson(const Repo& repo, const Commit& commit, bool blobs, bool masked);

// Whether the hashes of a repository's files are masked for this caller.
bool IsMasked(const RepoRequest& request);
inline const std::string kMask(64, '*');

}  // namespace counterscan::fake

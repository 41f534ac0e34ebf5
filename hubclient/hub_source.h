// HubSource: somebody who can be asked about repositories: the live Hub, or a file of its answers.
//
// Answers are handed over one by one as they are finished, so that thousands of repositories need
// the memory of a few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hubclient/http_outcome.h"
#include "hubclient/hub_record.h"
#include "hubclient/repo_id.h"
#include "scanner/model/hub_quota.h"

namespace counterscan {

// How much is wanted about one repository.
enum class HubScope : std::uint8_t {
  kFiles,       // what the Hub says of each file at one commit, and of the repository
  kRepository,  // the repository's status alone: one small request
};

struct HubQuery {
  RepoId repo;
  std::string revision;  // commit, branch or tag; "" is "main"
  HubScope scope = HubScope::kFiles;
  // With kFiles: the only paths that matter, none for all. A few files of a repository of a hundred
  // thousand need not cost a thousand requests.
  std::vector<std::string> paths{};
};

// Which repositories to list.
struct RepositorySearch {
  RepoType type = RepoType::kModel;
  std::string author{};   // user or organisation, "" for all
  std::string search{};   // part of the name, "" for all
  std::size_t limit = 0;  // at most so many, 0 for all
};

class HubSource {
 public:
  HubSource() = default;
  HubSource(const HubSource&) = delete;
  HubSource& operator=(const HubSource&) = delete;
  virtual ~HubSource() = default;

  // "https://huggingface.co": what the URLs of the records begin with.
  virtual const std::string& endpoint() const = 0;

  // Called for each finished record with the index of its query, in no promised order. False ends
  // the asking: what is still open is dropped.
  using OnRecord = std::function<bool(std::size_t query, HubRecord record)>;

  // The live Hub has one record for each query, failures included: they are exchanges without a
  // status. A file has as many as it holds for a query, perhaps none. Never fails as a whole; one
  // repository's failure is its own.
  virtual void Ask(std::span<const HubQuery> queries, const OnRecord& on_record) = 0;

  // Called for each repository; false ends the listing.
  using OnRepository = std::function<bool(RepoId repo)>;

  // Lists repositories, page by page. Nothing when the list came to its end, its limit or
  // `on_repository` said false; else why it broke off, after what had come until then.
  virtual std::optional<Refusal> ListRepositories(const RepositorySearch& search,
                                                  const OnRepository& on_repository) = 0;

  // The newest word of the Hub on how many requests it still takes; nothing where there is none.
  virtual std::optional<HubQuota> quota() const { return std::nullopt; }
};

}  // namespace counterscan

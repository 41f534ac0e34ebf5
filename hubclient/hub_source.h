// HubSource: somebody who can be asked about repositories: the live Hub, or a file of its answers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hubclient/hub_record.h"
#include "hubclient/repo_id.h"

namespace counterscan {

struct HubQuery {
  RepoId repo;
  std::string revision;  // commit, branch or tag
};

class HubSource {
 public:
  HubSource() = default;
  HubSource(const HubSource&) = delete;
  HubSource& operator=(const HubSource&) = delete;
  virtual ~HubSource() = default;

  // "https://huggingface.co": what the URLs of the records begin with.
  virtual const std::string& endpoint() const = 0;

  // One record for each query that there is anything to say about, failures included: they are
  // exchanges without a status. Never fails as a whole; one repository's failure is its own.
  virtual std::vector<HubRecord> Ask(std::span<const HubQuery> queries) = 0;
};

}  // namespace counterscan

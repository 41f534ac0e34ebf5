// HubApi: what the Hub answers for the repositories it has.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "tests/fake_hub/http.h"
#include "tests/fake_hub/world.h"

namespace counterscan::fake {

class HubApi {
 public:
  void SetEndpoints(std::string endpoint, std::string cdn_endpoint);

  // Replaces one of the same kind and id.
  void Add(Repo repo);
  void AddUser(User user);
  // Changes a repository that is there.
  void Change(RepoKind kind, std::string_view id, const std::function<void(Repo&)>& change);

  Reply Answer(const Request& request);

 private:
  Reply AnswerLocked(const Request& request);

  std::mutex mutex_;
  World world_;
};

}  // namespace counterscan::fake

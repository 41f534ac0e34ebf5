// World: the repositories and users of one fake Hub, and who may do what.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fake_hub/http.h"
#include "tests/fake_hub/repository.h"

namespace counterscan::fake {

struct Caller {
  bool bad_token = false;      // a token that belongs to nobody
  const User* user = nullptr;  // null: nobody is logged in
};

// Not locked: the API holds its one lock around all of a request.
struct World {
  std::list<Repo> repos;
  std::list<User> users;
  std::string endpoint;      // of the Hub
  std::string cdn_endpoint;  // another origin, from which large files come

  Caller CallerOf(const Request& request) const;
  Repo* Find(RepoKind kind, std::string_view id);
  const User* FindUser(std::string_view name) const;
};

bool IsOwner(const Repo& repo, const Caller& caller);
// Whether metadata may be seen: true for gated ones.
bool MaySee(const Repo& repo, const Caller& caller);
// Why the files of a gated repository may not be downloaded; nothing when they may.
std::optional<Reply> GateRefusal(const Repo& repo, const Caller& caller);

// 401 as to anonymous callers, for repositories that are private or are not there.
Reply InvalidUserReply();
Reply RepoNotFoundReply();
Reply InvalidCredentialsReply();

// "https://huggingface.co/datasets/org/name": what messages of the Hub point to.
std::string PageOf(const Repo& repo);

}  // namespace counterscan::fake

#include "tests/fake_hub/world.h"

#include <algorithm>

namespace counterscan::fake {

Caller World::CallerOf(const Request& request) const {
  const std::string token = request.Token();
  if (token.empty()) return {};
  for (const User& user : users) {
    if (user.token == token) return {.bad_token = false, .user = &user};
  }
  return {.bad_token = true, .user = nullptr};
}

Repo* World::Find(RepoKind kind, std::string_view id) {
  const auto found = std::find_if(repos.begin(), repos.end(), [&](const Repo& repo) {
    return repo.kind == kind && repo.id == id;
  });
  return found == repos.end() ? nullptr : &*found;
}

const User* World::FindUser(std::string_view name) const {
  const auto found = std::find_if(users.begin(), users.end(),
                                  [name](const User& user) { return user.name == name; });
  return found == users.end() ? nullptr : &*found;
}

bool IsOwner(const Repo& repo, const Caller& caller) {
  return caller.user != nullptr && caller.user->name == repo.Author();
}

bool MaySee(const Repo& repo, const Caller& caller) {
  return !repo.is_private || IsOwner(repo, caller);
}

std::optional<Reply> GateRefusal(const Repo& repo, const Caller& caller) {
  if (repo.gated.empty() || IsOwner(repo, caller)) return std::nullopt;
  const std::string what = std::string(Singular(repo.kind)) + " " + repo.id;
  if (caller.user == nullptr) {
    return ErrorReply(401, "GatedRepo",
                      "Access to " + what +
                          " is restricted. You must have access to it and be authenticated to "
                          "access it. Please log in.");
  }
  const auto request = repo.requests.find(caller.user->name);
  const std::string status = request == repo.requests.end() ? "" : request->second.status;
  if (status == "accepted") return std::nullopt;
  std::string message = "Access to " + what +
                        " is restricted and you are not in the authorized list. Visit " +
                        PageOf(repo) + " to ask for access.";
  if (status == "pending") {
    message = "Your request to access " + what + " is awaiting a review from the repo authors.";
  } else if (status == "rejected") {
    message = "Your request to access " + what + " has been rejected by the repo's authors.";
  } else if (status == "reset") {
    message = "Your request to access " + what + " has been reset by the repo's authors. Visit " +
              PageOf(repo) + " to submit a new request.";
  }
  return ErrorReply(403, "GatedRepo", message);
}

Reply InvalidUserReply() { return ErrorReply(401, "", "Invalid username or password."); }

Reply RepoNotFoundReply() { return ErrorReply(404, "RepoNotFound", "Repository not found"); }

Reply InvalidCredentialsReply() {
  return ErrorReply(401, "", "Invalid credentials in Authorization header");
}

std::string PageOf(const Repo& repo) {
  const std::string folder =
      repo.kind == RepoKind::kModel ? "" : std::string(Plural(repo.kind)) + "/";
  return "https://huggingface.co/" + folder + repo.id;
}

}  // namespace counterscan::fake

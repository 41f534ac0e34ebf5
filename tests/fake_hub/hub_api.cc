#include "tests/fake_hub/hub_api.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/fake_hub/api_parts.h"

namespace counterscan::fake {
namespace {

using Parts = std::vector<std::string>;

// Split where a slash was sent as a slash: "%2F" belongs to a part.
Parts SplitPath(std::string_view path) {
  Parts parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.push_back(PercentDecoded(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return parts;
}

struct Action {
  std::string_view method;
  std::string_view name;   // first part behind the repository's id
  std::size_t more_parts;  // at least, behind the name
  Reply (*answer)(const RepoRequest&);
};

Reply RevisionReply(const RepoRequest& request) { return InfoReply(request, request.PathFrom(1)); }

constexpr std::array kApiActions = std::to_array<Action>({
    {"GET", "revision", 1, RevisionReply},
    {"GET", "scan", 0, ScanReply},
    {"GET", "tree", 1, TreeReply},
    {"POST", "paths-info", 1, PathsInfoReply},
    {"GET", "refs", 0, RefsReply},
    {"GET", "commits", 1, CommitsReply},
    {"GET", "auth-check", 0, AuthCheckReply},
    {"GET", "user-access-request", 1, AccessRequestsReply},
    {"POST", "user-access-request", 1, AccessRequestsReply},
});

constexpr std::array kPageActions = std::to_array<Action>({
    {"GET", "resolve", 2, ResolveReply},
    {"POST", "ask-access", 0, AskAccessReply},
    {"GET", "user-access-report", 0, AccessReportReply},
});

bool IsActionName(std::string_view name) {
  const auto named = [name](const Action& action) { return action.name == name; };
  return std::any_of(kApiActions.begin(), kApiActions.end(), named) ||
         std::any_of(kPageActions.begin(), kPageActions.end(), named);
}

Reply NoSuchPage() {
  return ErrorReply(404, "", "Sorry, we can't find the page you are looking for.");
}

// Takes the repository's name from the front of `parts`: two parts, or the one of an old model.
std::string TakeId(Parts& parts) {
  std::string id = parts.empty() ? "" : parts.front();
  std::size_t taken = std::min<std::size_t>(1, parts.size());
  if (parts.size() > 1 && !IsActionName(parts[1])) {
    id += "/" + parts[1];
    taken = 2;
  }
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(taken));
  return id;
}

std::string ReplacedOnce(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), with);
  return text;
}

}  // namespace

std::string RepoRequest::PathFrom(std::size_t from) const {
  std::string path;
  for (std::size_t i = from; i < rest.size(); ++i) path += (i == from ? "" : "/") + rest[i];
  return path;
}

void HubApi::SetEndpoints(std::string endpoint, std::string cdn_endpoint) {
  const std::lock_guard lock(mutex_);
  world_.endpoint = std::move(endpoint);
  world_.cdn_endpoint = std::move(cdn_endpoint);
}

void HubApi::Add(Repo repo) {
  const std::lock_guard lock(mutex_);
  if (repo.commits.empty()) {
    repo.commits.push_back({.name = {.id = MadeUpCommit("commit of " + repo.id)}, .files = {}});
  }
  std::sort(repo.commits.front().files.begin(), repo.commits.front().files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  if (Repo* const known = world_.Find(repo.kind, repo.id)) {
    *known = std::move(repo);
  } else {
    world_.repos.push_back(std::move(repo));
  }
}

void HubApi::AddUser(User user) {
  const std::lock_guard lock(mutex_);
  world_.users.push_back(std::move(user));
}

void HubApi::Change(RepoKind kind, std::string_view id, const std::function<void(Repo&)>& change) {
  const std::lock_guard lock(mutex_);
  Repo* const repo = world_.Find(kind, id);
  if (repo == nullptr) throw std::runtime_error("no repository " + std::string(id));
  change(*repo);
}

Reply HubApi::Answer(const Request& request) {
  const std::lock_guard lock(mutex_);
  Reply reply = AnswerLocked(request);
  const auto message = HeaderOf(reply.headers, "X-Error-Message");
  if (!message || request.path.starts_with("/api/")) return reply;
  // Outside of the API an error is its message, as text.
  const Json body = Json::parse(reply.body, nullptr, false);
  if (body.is_object()) reply.body = body.value("error", *message);
  for (auto& [name, value] : reply.headers) {
    if (name == "Content-Type") value = "text/plain; charset=utf-8";
  }
  return reply;
}

Reply HubApi::AnswerLocked(const Request& request) {
  Parts parts = SplitPath(request.path);
  if (parts.size() == 3 && parts[0] == "xet-bridge-us") return StoredFileReply(request, world_);
  const bool is_api = !parts.empty() && parts[0] == "api";
  if (is_api) parts.erase(parts.begin());
  if (is_api && parts == Parts{"whoami-v2"}) return WhoAmIReply(request, world_);
  const bool is_cache = is_api && !parts.empty() && parts[0] == "resolve-cache";
  if (is_cache) parts.erase(parts.begin());

  const auto named_kind = parts.empty() ? std::nullopt : KindFromPlural(parts[0]);
  if (is_api && !named_kind) return NoSuchPage();
  if (named_kind) parts.erase(parts.begin());
  const RepoKind kind = named_kind.value_or(RepoKind::kModel);
  if (is_api && parts.empty()) return ListingReply(request, world_, kind);

  const std::string id = TakeId(parts);
  Repo* const repo = world_.Find(kind, id);
  const Caller caller = world_.CallerOf(request);
  // Of a gated file, a token of nobody is told the same as no token.
  const bool is_gated_file = repo != nullptr && !repo->gated.empty() && !is_api;
  if (caller.bad_token && !is_gated_file) return InvalidCredentialsReply();
  if (repo == nullptr || !MaySee(*repo, caller)) {
    return caller.user == nullptr ? InvalidUserReply() : RepoNotFoundReply();
  }
  if (!repo->moved_to.empty()) {
    return RedirectReply(ReplacedOnce(request.target, repo->id, repo->moved_to));
  }
  if (repo->disabled) return ErrorReply(403, "", "Access to this resource is disabled.");

  const RepoRequest found{request, world_, *repo, caller, parts};
  if (is_cache) return parts.size() < 2 ? NoSuchPage() : ResolveCacheReply(found);
  if (parts.empty()) {
    return is_api ? InfoReply(found, "main") : HtmlReply("<h1>" + repo->id + "</h1>");
  }
  const bool is_head = request.method == "HEAD";
  const auto answers = [&](const Action& action) {
    return action.name == parts[0] && parts.size() > action.more_parts &&
           (action.method == request.method || (is_head && action.method == "GET"));
  };
  if (is_api) {
    const auto action = std::find_if(kApiActions.begin(), kApiActions.end(), answers);
    return action == kApiActions.end() ? NoSuchPage() : action->answer(found);
  }
  const auto action = std::find_if(kPageActions.begin(), kPageActions.end(), answers);
  return action == kPageActions.end() ? NoSuchPage() : action->answer(found);
}

}  // namespace counterscan::fake

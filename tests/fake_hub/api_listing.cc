// Listings: of repositories, and the pages that long answers come in.
#include <algorithm>
#include <charconv>

#include "tests/fake_hub/api_parts.h"

namespace counterscan::fake {
namespace {

std::size_t NumberOr(const std::optional<std::string>& text, std::size_t otherwise) {
  std::size_t number = 0;
  if (!text) return otherwise;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  return error == std::errc() && end == text->data() + text->size() ? number : otherwise;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// The query with another cursor. The Hub's cursors mean nothing to anybody else, and need escaping.
std::string TargetWithCursor(const Request& request, std::size_t next) {
  std::string target = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    if (name == "cursor") continue;
    target += separator + PercentEncoded(name) + "=" + PercentEncoded(value);
    separator = '&';
  }
  return target + separator + "cursor=" + PercentEncoded("next:" + std::to_string(next) + "==");
}

Json ListedJson(const Repo& repo, bool full) {
  const Json info = InfoJson(repo, repo.commits.front(), false, false);
  Json listed;
  for (const std::string_view name :
       {"_id", "id", "author", "likes", "private", "downloads", "tags", "gated", "createdAt",
        "modelId", "lastModified", "sha", "disabled", "siblings", "sdk"}) {
    const bool only_full = name == "author" || name == "gated" || name == "lastModified" ||
                           name == "sha" || name == "disabled" || name == "siblings";
    if (only_full && !full) continue;
    if (info.contains(name)) listed[std::string(name)] = info[std::string(name)];
  }
  return listed;
}

}  // namespace

Reply Page(const Request& request, const World& world, const std::vector<Json>& all,
           std::size_t default_limit) {
  constexpr std::size_t kMostOfAPage = 1000;
  constexpr std::string_view kCursor = "next:";
  const std::size_t limit =
      std::clamp<std::size_t>(NumberOr(request.Query("limit"), default_limit), 1, kMostOfAPage);
  std::size_t begin = 0;
  if (const auto cursor = request.Query("cursor")) {
    const std::string_view text = *cursor;
    if (!text.starts_with(kCursor) || !text.ends_with("==")) {
      return ErrorReply(400, "", "Invalid cursor");
    }
    begin = NumberOr(std::string(text.substr(kCursor.size(), text.size() - kCursor.size() - 2)), 0);
  }
  begin = std::min(begin, all.size());
  const std::size_t end = std::min(begin + limit, all.size());
  Json page = Json::array();
  for (std::size_t i = begin; i < end; ++i) page.push_back(all[i]);
  Reply reply = JsonReply(page.dump());
  if (end < all.size()) {
    // By the name that the client calls us.
    const std::string scheme = world.endpoint.substr(0, world.endpoint.find(':'));
    reply.With("Link", "<" + scheme + "://" + request.Header("Host").value_or("") +
                           TargetWithCursor(request, end) + ">; rel=\"next\"");
  }
  return reply;
}

Reply ListingReply(const Request& request, World& world, RepoKind kind) {
  const Caller caller = world.CallerOf(request);
  if (caller.bad_token) return InvalidCredentialsReply();
  const auto author = request.Query("author");
  const std::string search = Lower(request.Query("search").value_or(""));
  const auto gated = request.Query("gated");
  bool full = Flag(request, "full");
  for (const auto& [name, value] : request.query) full = full || name.starts_with("expand");
  std::vector<Json> listed;
  for (const Repo& repo : world.repos) {
    if (repo.kind != kind || !repo.moved_to.empty() || repo.disabled || !MaySee(repo, caller)) {
      continue;
    }
    if (author && repo.Author() != *author) continue;
    if (!search.empty() && Lower(repo.id).find(search) == std::string::npos) continue;
    if (gated && (*gated == "true" || *gated == "True") == repo.gated.empty()) continue;
    listed.push_back(ListedJson(repo, full));
  }
  return Page(request, world, listed, 1000);
}

}  // namespace counterscan::fake

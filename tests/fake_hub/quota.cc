#include "tests/fake_hub/quota.h"

#include <algorithm>

namespace counterscan::fake {
namespace {

std::string_view BucketOf(const Request& request) {
  const std::string_view path = request.path;
  if (path.find("/resolve/") != std::string_view::npos || path.starts_with("/api/resolve-cache/")) {
    return "resolvers";
  }
  return path.starts_with("/api/") ? "api" : "pages";
}

}  // namespace

void Quota::Set(std::string_view bucket, QuotaRule rule) {
  const std::lock_guard lock(mutex_);
  rules_.insert_or_assign(std::string(bucket), rule);
  windows_.clear();
}

Quota::State Quota::Take(const Request& request) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  State state{.bucket = std::string(BucketOf(request))};
  if (const auto rule = rules_.find(state.bucket); rule != rules_.end()) state.rule = rule->second;
  Window& window =
      windows_.try_emplace(state.bucket + " " + request.Token(), Window{now}).first->second;
  if (now - window.began >= state.rule.window) window = {now};
  state.exceeded = window.used >= state.rule.quota;
  if (!state.exceeded) ++window.used;
  state.remaining = state.rule.quota - window.used;
  const auto left = window.began + state.rule.window - now;
  state.reset_seconds = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(left).count()));
  return state;
}

void AddRateLimitHeaders(Reply& reply, const Quota::State& state) {
  const std::string name = "\"" + state.bucket + "\"";
  reply.With("RateLimit", name + ";r=" + std::to_string(state.remaining) +
                              ";t=" + std::to_string(state.reset_seconds));
  reply.With("RateLimit-Policy", "\"fixed window\";" + name +
                                     ";q=" + std::to_string(state.rule.quota) +
                                     ";w=" + std::to_string(state.rule.window.count()));
}

Reply QuotaExceededReply(const Quota::State& state) {
  return ErrorReply(429, "",
                    "We had to rate limit you, you hit the quota of " +
                        std::to_string(state.rule.quota) + " " + state.bucket +
                        " requests per 5 minutes period.");
}

}  // namespace counterscan::fake

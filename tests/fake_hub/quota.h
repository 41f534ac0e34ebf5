// Quota: how many requests a client has left, as the Hub counts them: fixed windows, one count for
// each kind of request, and for each token or, without one, for all anonymous clients together.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/fake_hub/http.h"

namespace counterscan::fake {

struct QuotaRule {
  // So much that tests do not meet it by chance. The Hub's own: 500 "api" requests when anonymous.
  std::uint64_t quota = 100000;
  std::chrono::seconds window{300};
};

class Quota {
 public:
  // `bucket` is "api", "resolvers" or "pages".
  void Set(std::string_view bucket, QuotaRule rule);

  struct State {
    std::string bucket;
    QuotaRule rule{};
    bool exceeded = false;
    std::uint64_t remaining = 0;
    std::uint64_t reset_seconds = 0;
  };
  // Counts a request.
  State Take(const Request& request);

 private:
  struct Window {
    std::chrono::steady_clock::time_point began;
    std::uint64_t used = 0;
  };

  std::mutex mutex_;
  std::map<std::string, QuotaRule, std::less<>> rules_;
  std::map<std::string, Window> windows_;
};

// RateLimit and RateLimit-Policy.
void AddRateLimitHeaders(Reply& reply, const Quota::State& state);
// 429 with what the Hub says to it.
Reply QuotaExceededReply(const Quota::State& state);

}  // namespace counterscan::fake

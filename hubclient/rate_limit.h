// RateLimit: what the Hub says of the number of requests it takes.
//
//     RateLimit: "api";r=472;t=235
//     RateLimit-Policy: "fixed window";"api";q=500;w=300
//
// (hub-docs, rate-limits.md; draft-ietf-httpapi-ratelimit-headers.) Sent with every reply.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/model/hub_quota.h"

namespace counterscan {

struct RateLimit {
  std::string bucket;                    // "api", "pages", "resolvers"
  std::uint64_t remaining = 0;           // requests left in this window
  std::chrono::seconds reset_in{};       // until the next window
  std::optional<std::uint64_t> quota{};  // requests in one window
  std::optional<std::chrono::seconds> window{};
};

// Reads both headers of a reply; names are in lower case. Nothing when RateLimit is absent or
// malformed. Times are at most a day: what is longer is cut to that.
std::optional<RateLimit> ReadRateLimit(const std::map<std::string, std::string>& headers);

HubQuota QuotaOf(const RateLimit& limit);

// How long Retry-After asks to wait (RFC 9110 section 10.2.3): a number of seconds, or a date, as
// in "Wed, 21 Oct 2026 07:28:00 GMT". A date in the past is no time at all. At most a day; nothing
// for everything else.
std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view text,
                                                    std::chrono::sys_seconds now);

}  // namespace counterscan

// Ages, from the times that stand in a report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace counterscan {

// Seconds since 1970 of an RFC 3339 time ("2026-11-21T22:40:00Z", with fraction or offset), or
// nothing when it is not one.
std::optional<std::int64_t> UnixSeconds(std::string_view rfc3339);

// "less than a minute", "31 minutes", "5 hours", "2 days" between two such times, rounded down;
// nothing when either is not a time or `then` is after `now`.
std::optional<std::string> AgeBetween(std::string_view then, std::string_view now);

}  // namespace counterscan

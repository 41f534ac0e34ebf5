// Times of day as replies and files write them (RFC 3339).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace counterscan {

// "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.123+01:00". Nothing for anything else, and for days
// and hours that do not exist. Fractions are dropped.
std::optional<std::chrono::sys_seconds> ParseRfc3339(std::string_view text);

std::string FormatRfc3339(std::chrono::sys_seconds time);

}  // namespace counterscan

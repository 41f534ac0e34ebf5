// Dates in headers of HTTP.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace counterscan {

// RFC 9110 section 5.6.7, IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT". The name of the day is not
// compared with the date. Nothing for every other form.
std::optional<std::chrono::sys_seconds> ParseHttpDate(std::string_view text);

}  // namespace counterscan

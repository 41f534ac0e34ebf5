// Whether an answer of the Hub is young enough for its "safe" to count.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace counterscan {

// Why a "safe" that was given at `asked_at` (RFC 3339) does not count at `now`; "" when it does.
// One without a time may be of any, and one from the future is from nowhere.
std::string WhyTooOld(std::string_view asked_at, std::chrono::sys_seconds now,
                      std::chrono::seconds max_age);

}  // namespace counterscan

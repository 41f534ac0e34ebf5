#include "scanner/cli/clock.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scanner/base/text.h"

namespace counterscan {

Result<Clock> ReadClock() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const char* const fixed = std::getenv("SOURCE_DATE_EPOCH");
  if (fixed == nullptr) return Clock{.report_time = now, .age_time = now};
  const std::string_view text = fixed;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kYear9999 = 253'402'300'799;
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 ||
      seconds > kYear9999) {
    return Fail(ErrorCode::kUnsupported, "SOURCE_DATE_EPOCH is '" + Printable(text) +
                                             "', which is no time in seconds since 1970.");
  }
  const std::chrono::sys_seconds wanted{std::chrono::seconds(seconds)};
  return Clock{.report_time = wanted, .age_time = std::max(now, wanted)};
}

}  // namespace counterscan

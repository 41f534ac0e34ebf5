#include "scanner/cli/clock.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace counterscan {

std::chrono::sys_seconds ReportTime() {
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH")) {
    const std::string_view text = fixed;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr std::int64_t kYear9999 = 253'402'300'799;
    if (error == std::errc() && end == text.data() + text.size() && seconds >= 0 &&
        seconds <= kYear9999) {
      return std::chrono::sys_seconds(std::chrono::seconds(seconds));
    }
  }
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace counterscan

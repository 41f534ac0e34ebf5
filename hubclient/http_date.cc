#include "hubclient/http_date.h"

#include <cstddef>

namespace counterscan {

std::optional<std::chrono::sys_seconds> ParseHttpDate(std::string_view text) {
  constexpr std::string_view kShape = "aaa, dd aaa dddd dd:dd:dd GMT";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !is_digit : kShape[i] != 'a' && text[i] != kShape[i]) {
      return std::nullopt;
    }
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    unsigned value = 0;
    for (const char c : text.substr(at, digits))
      value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == kMonths.npos || month % 3 != 0) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(12, 4))),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(number(5, 2)));
  const unsigned hour = number(17, 2), minute = number(20, 2), second = number(23, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace counterscan

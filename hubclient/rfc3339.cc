#include "hubclient/rfc3339.h"

#include <fmt/format.h>

namespace counterscan {
namespace {

// A cursor over fixed-width digits.
class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}

  std::optional<int> Digits(std::size_t count) {
    if (text_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    return value;
  }
  bool Take(char wanted) {
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool AtEnd() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// The offset from UTC, in minutes: "Z" or "+01:00".
std::optional<std::chrono::minutes> Offset(Fields& fields) {
  if (fields.Take('Z')) return std::chrono::minutes(0);
  const bool east = fields.Take('+');
  if (!east && !fields.Take('-')) return std::nullopt;
  const auto hours = fields.Digits(2);
  if (!hours || *hours > 23 || !fields.Take(':')) return std::nullopt;
  const auto minutes = fields.Digits(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return east ? offset : -offset;
}

}  // namespace

std::optional<std::chrono::sys_seconds> ParseRfc3339(std::string_view text) {
  Fields fields(text);
  const auto year = fields.Digits(4);
  if (!year || !fields.Take('-')) return std::nullopt;
  const auto month = fields.Digits(2);
  if (!month || !fields.Take('-')) return std::nullopt;
  const auto day = fields.Digits(2);
  if (!day || !fields.Take('T')) return std::nullopt;
  const auto hour = fields.Digits(2);
  if (!hour || *hour > 23 || !fields.Take(':')) return std::nullopt;
  const auto minute = fields.Digits(2);
  if (!minute || *minute > 59 || !fields.Take(':')) return std::nullopt;
  const auto second = fields.Digits(2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second
  if (fields.Take('.')) {
    if (!fields.Digits(1)) return std::nullopt;
    while (fields.Digits(1)) {
    }
  }
  const auto offset = Offset(fields);
  if (!offset || !fields.AtEnd()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) - *offset;
}

std::string FormatRfc3339(std::chrono::sys_seconds time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace counterscan

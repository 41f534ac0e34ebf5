#include "scanner/crosscheck/answer_age.h"

#include <fmt/format.h>

#include "hubclient/rfc3339.h"

namespace counterscan {
namespace {

// Clocks differ; an answer from further in the future than this is not believed.
constexpr std::chrono::hours kClockTolerance(24);

}  // namespace

std::string WhyTooOld(std::string_view asked_at, std::chrono::sys_seconds now,
                      std::chrono::seconds max_age) {
  const auto time = ParseRfc3339(asked_at);
  if (!time) return "the answer does not say when it was given";
  if (*time > now + kClockTolerance) return "the answer is dated in the future";
  if (now - *time <= max_age) return "";
  const auto days = std::chrono::floor<std::chrono::days>(now - *time);
  if (days.count() > 0) return fmt::format("the answer is {} days old", days.count());
  const auto minutes = std::chrono::floor<std::chrono::minutes>(now - *time);
  return fmt::format("the answer is {} minutes old", minutes.count());
}

}  // namespace counterscan

#include "scanner/crosscheck/answer_age.h"

#include <gtest/gtest.h>

#include "hubclient/rfc3339.h"

namespace counterscan {
namespace {

std::string Why(std::string_view asked_at, std::chrono::seconds max_age) {
  return WhyTooOld(asked_at, *ParseRfc3339("2026-11-22T10:00:00Z"), max_age);
}

TEST(AnswerAge, CountsUpToItsLimitAndNotASecondLonger) {
  using std::chrono::hours;
  EXPECT_EQ(Why("2026-11-22T10:00:00Z", hours(1)), "");
  EXPECT_EQ(Why("2026-11-22T09:00:00Z", hours(1)), "");
  EXPECT_EQ(Why("2026-11-22T08:59:59Z", hours(1)), "the answer is 60 minutes old");
  EXPECT_EQ(Why("2026-11-20T09:00:00Z", hours(1)), "the answer is 2 days old");
  EXPECT_EQ(Why("2026-10-23T10:00:00Z", hours(24 * 30)), "");
}

TEST(AnswerAge, WithoutATimeOrFromTheFutureItDoesNotCount) {
  const std::chrono::hours long_age(24 * 365 * 10);
  EXPECT_EQ(Why("", long_age), "the answer does not say when it was given");
  EXPECT_EQ(Why("yesterday", long_age), "the answer does not say when it was given");
  EXPECT_EQ(Why("2026-11-23T09:59:59Z", long_age), "");  // clocks differ
  EXPECT_EQ(Why("2026-11-23T10:00:01Z", long_age), "the answer is dated in the future");
}

}  // namespace
}  // namespace counterscan

#include "scanner/cli/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace counterscan {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

sys_seconds Now() { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }

class ClockTest : public testing::Test {
 protected:
  ~ClockTest() override { unsetenv("SOURCE_DATE_EPOCH"); }

  static Result<Clock> ReadAt(const char* epoch) {
    setenv("SOURCE_DATE_EPOCH", epoch, 1);
    return ReadClock();
  }
};

TEST_F(ClockTest, IsTheTimeOfDay) {
  unsetenv("SOURCE_DATE_EPOCH");
  const auto clock = ReadClock();
  ASSERT_TRUE(clock);
  EXPECT_EQ(clock->report_time, clock->age_time);
  EXPECT_LE(Now() - clock->report_time, seconds(60));
}

TEST_F(ClockTest, AFixedReportTimeMakesNothingYounger) {
  const auto past = ReadAt("1700000000");
  ASSERT_TRUE(past);
  EXPECT_EQ(past->report_time, sys_seconds(seconds(1'700'000'000)));
  EXPECT_LE(Now() - past->age_time, seconds(60));
  const auto future = ReadAt("9000000000");
  ASSERT_TRUE(future);
  EXPECT_EQ(future->age_time, sys_seconds(seconds(9'000'000'000)));
}

TEST_F(ClockTest, WhatIsNoTimeIsAnErrorAndNotIgnored) {
  for (const char* word : {"abc", "", "-1", "12 ", "1e9", "99999999999999999999"}) {
    const auto clock = ReadAt(word);
    ASSERT_FALSE(clock) << word;
    EXPECT_THAT(clock.error().message, testing::HasSubstr("SOURCE_DATE_EPOCH"));
  }
}

}  // namespace
}  // namespace counterscan

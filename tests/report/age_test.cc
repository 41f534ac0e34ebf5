#include "scanner/report/age.h"

#include <gtest/gtest.h>

#include <string>

namespace counterscan {
namespace {

TEST(Age, ReadsTimesAsRfc3339WritesThem) {
  EXPECT_EQ(UnixSeconds("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(UnixSeconds("2026-11-21T22:40:00Z"), 1795300800);
  EXPECT_EQ(UnixSeconds("2026-11-21t22:40:00.123456z"), 1795300800);
  EXPECT_EQ(UnixSeconds("2026-11-21 22:40:00+00:00"), 1795300800);
  EXPECT_EQ(UnixSeconds("2026-11-21T23:40:00+01:00"), 1795300800);
  EXPECT_EQ(UnixSeconds("2026-11-21T21:10:00-01:30"), 1795300800);
  EXPECT_EQ(UnixSeconds("1969-12-31T23:59:59Z"), -1);
}

TEST(Age, RefusesEverythingElse) {
  for (const char* text :
       {"", "2026", "2026-11-21", "2026-11-21T22:40:00", "2026-13-21T22:40:00Z",
        "2026-02-29T22:40:00Z", "2026-11-21T24:40:00Z", "2026-11-21T22:60:00Z",
        "2026-11-21T22:40:61Z", "2026-11-21T22:40:00.Z", "2026-11-21T22:40:00.5",
        "2026-11-21T22:40:00+0100", "2026-11-21T22:40:00+25:00", "2026/11/21T22:40:00Z",
        "2026-11-21T22:40:00Zx", "-026-11-21T22:40:00Z", "2026-11-21T22:40:00 Z"}) {
    EXPECT_EQ(UnixSeconds(text), std::nullopt) << text;
  }
  const std::string good = "2026-11-21T22:40:00.5+01:00";
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(UnixSeconds(good.substr(0, size)), std::nullopt) << size;
  }
}

TEST(Age, IsGivenInTheLargestUnitThatIsNotCoarse) {
  const auto age = [](std::string_view then) { return AgeBetween(then, "2026-11-21T22:40:00Z"); };
  EXPECT_EQ(age("2026-11-21T22:40:00Z"), "less than a minute");
  EXPECT_EQ(age("2026-11-21T22:39:01Z"), "less than a minute");
  EXPECT_EQ(age("2026-11-21T22:39:00Z"), "1 minute");
  EXPECT_EQ(age("2026-11-21T21:41:00Z"), "59 minutes");
  EXPECT_EQ(age("2026-11-21T21:40:00Z"), "1 hour");
  EXPECT_EQ(age("2026-11-19T22:40:01Z"), "47 hours");
  EXPECT_EQ(age("2026-11-19T22:40:00Z"), "2 days");
  EXPECT_EQ(age("2021-11-21T22:40:00Z"), "1826 days");
}

TEST(Age, IsUnknownForATimeThatIsStillToCome) {
  EXPECT_EQ(AgeBetween("2026-11-21T22:40:01Z", "2026-11-21T22:40:00Z"), std::nullopt);
  EXPECT_EQ(AgeBetween("", "2026-11-21T22:40:00Z"), std::nullopt);
  EXPECT_EQ(AgeBetween("2026-11-21T22:40:00Z", "yesterday"), std::nullopt);
}

}  // namespace
}  // namespace counterscan

#include "hubclient/rfc3339.h"

#include <gtest/gtest.h>

namespace counterscan {
namespace {

TEST(Rfc3339, ReadsWhatItWrites) {
  for (const char* text :
       {"1970-01-01T00:00:00Z", "2026-11-21T22:40:00Z", "2024-02-29T23:59:59Z"}) {
    ASSERT_TRUE(ParseRfc3339(text)) << text;
    EXPECT_EQ(FormatRfc3339(*ParseRfc3339(text)), text);
  }
}

TEST(Rfc3339, OffsetsAndFractionsLeadToTheSameSecond) {
  const auto utc = ParseRfc3339("2026-11-21T22:40:00Z");
  EXPECT_EQ(ParseRfc3339("2026-11-21T23:40:00+01:00"), utc);
  EXPECT_EQ(ParseRfc3339("2026-11-21T18:10:00.999-04:30"), utc);
}

TEST(Rfc3339, EverythingElseIsNoTime) {
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T22:40:00", "2026-11-21 22:40:00Z", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T22:60:00Z",
        "2026-11-21T22:40:61Z", "2026-11-21T22:40:00.Z", "2026-11-21T22:40:00Z ",
        "2026-11-21T22:40:00+1:00", "2026-11-21T22:40:00+24:00", "+026-11-21T22:40:00Z",
        "Sat, 21 Nov 2026 22:40:00 GMT"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(Rfc3339, EveryTruncationIsNoTime) {
  const std::string whole = "2026-11-21T22:40:00.5+01:00";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(ParseRfc3339(whole.substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace counterscan

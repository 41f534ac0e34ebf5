#include "hubclient/rate_limit.h"

#include <gtest/gtest.h>

namespace counterscan {
namespace {

using std::chrono::seconds;

std::optional<RateLimit> Read(const std::string& now, const std::string& policy = "") {
  std::map<std::string, std::string> headers = {{"ratelimit", now}};
  if (!policy.empty()) headers["ratelimit-policy"] = policy;
  return ReadRateLimit(headers);
}

TEST(RateLimit, ReadsWhatTheHubSends) {
  const auto limit = Read(R"("api";r=472;t=235)", R"("fixed window";"api";q=500;w=300)");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->bucket, "api");
  EXPECT_EQ(limit->remaining, 472u);
  EXPECT_EQ(limit->reset_in, seconds(235));
  EXPECT_EQ(limit->quota, 500u);
  EXPECT_EQ(limit->window, seconds(300));
}

TEST(RateLimit, AllowsBlanksAndAnotherOrder) {
  const auto limit = Read("\"api\" ; t = 7;r= 0 , \"pages\";r=5;t=6");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->remaining, 0u);
  EXPECT_EQ(limit->reset_in, seconds(7));
  EXPECT_FALSE(limit->quota);
}

TEST(RateLimit, TakesNoPolicyOfAnotherBucket) {
  const auto limit = Read(R"("api";r=1;t=2)", R"("fixed window";"pages";q=500;w=300)");
  ASSERT_TRUE(limit);
  EXPECT_FALSE(limit->quota);
  EXPECT_FALSE(limit->window);
}

TEST(RateLimit, IsSaidInWords) {
  EXPECT_EQ(
      QuotaWords(QuotaOf(*Read(R"("api";r=472;t=235)", R"("fixed window";"api";q=500;w=300)"))),
      "472 of 500 requests left, new ones in 235 s");
  EXPECT_EQ(QuotaWords(QuotaOf(*Read(R"("api";r=0;t=5)"))), "0 requests left, new ones in 5 s");
}

TEST(RateLimit, IsNothingWhenMalformed) {
  EXPECT_FALSE(ReadRateLimit({}));
  for (const char* bad :
       {"", "api", "\"api\";r=1", "\"api\";t=1", "\"api\";r=-1;t=1", "\"api\";r=1e3;t=1",
        "\"api\";r=;t=1", "\"api\";r=99999999999999999999;t=1", "\"", ";;;;",
        "=;=", "\"api\",r=1;t=1"}) {
    EXPECT_FALSE(Read(bad)) << bad;
  }
}

TEST(RateLimit, NobodyIsMadeToWaitForLongerThanADay) {
  const auto limit = Read(R"("api";r=0;t=18446744073709551615)");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->reset_in, seconds(86'400));
}

}  // namespace
}  // namespace counterscan

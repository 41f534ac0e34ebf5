#include "hubclient/retry_rule.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "hubclient/rate_limit.h"

namespace counterscan {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days(std::chrono::year(2026) / 10 / 21) +
                                          std::chrono::hours(7) + std::chrono::minutes(28);

HttpReply Reply(int status, std::map<std::string, std::string> headers = {}) {
  HttpReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  return reply;
}

std::optional<milliseconds> Delay(const HttpReply& reply, int tries = 1, double chance = 0) {
  return RetryDelay(reply, tries, chance, kNow);
}

TEST(RetryRule, OnlyWhatAnotherTryCanChange) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    EXPECT_TRUE(Delay(Reply(status))) << status;
    EXPECT_FALSE(Delay(Reply(status), 6)) << status;
  }
  for (const int status : {200, 301, 400, 401, 403, 404, 410, 416, 501}) {
    EXPECT_FALSE(Delay(Reply(status))) << status;
  }
}

TEST(RetryRule, FailedConnectionsByTheirCause) {
  for (std::size_t i = 0; i < kNoAnswerCount; ++i) {
    HttpReply reply;
    reply.cause = static_cast<NoAnswer>(i);
    const int retries = RowOf(reply.cause).retries;
    EXPECT_FALSE(Delay(reply, retries + 1)) << Name(reply.cause);
    EXPECT_EQ(Delay(reply, std::max(retries, 1)).has_value(), retries > 0) << Name(reply.cause);
  }
  HttpReply wrong_host;
  wrong_host.cause = NoAnswer::kCertificateWrongHost;
  EXPECT_FALSE(Delay(wrong_host)) << "another try changes no certificate";
}

TEST(RetryRule, PausesGrowAndAreSpread) {
  const HttpReply busy = Reply(503);
  EXPECT_EQ(Delay(busy, 1), milliseconds(1000));
  EXPECT_EQ(Delay(busy, 2), milliseconds(2000));
  EXPECT_EQ(Delay(busy, 3), milliseconds(4000));
  EXPECT_EQ(Delay(busy, 5), milliseconds(8000));
  EXPECT_EQ(Delay(busy, 1, 1), milliseconds(1250));
}

TEST(RetryRule, AUsedUpQuotaIsWaitedFor) {
  EXPECT_EQ(Delay(Reply(429, {{"ratelimit", "\"api\";r=0;t=235"}, {"retry-after", "3"}})),
            seconds(236));
}

TEST(RetryRule, WithRequestsLeftItIsAnotherLimit) {
  EXPECT_EQ(Delay(Reply(429, {{"ratelimit", "\"api\";r=99794;t=241"}})), seconds(1));
  EXPECT_EQ(Delay(Reply(429, {{"ratelimit", "\"api\";r=99794;t=241"}, {"retry-after", "3"}})),
            seconds(4));
}

TEST(RetryRule, RetryAfterIsANumberOrADate) {
  EXPECT_EQ(Delay(Reply(503, {{"retry-after", " 120 "}})), seconds(121));
  EXPECT_EQ(Delay(Reply(503, {{"retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"}})), seconds(31));
  EXPECT_EQ(Delay(Reply(503, {{"retry-after", "Wed, 21 Oct 2026 07:00:00 GMT"}})), seconds(1));
  EXPECT_EQ(Delay(Reply(503, {{"retry-after", "soon"}})), seconds(1));
}

TEST(RetryAfter, IsReadExactly) {
  EXPECT_EQ(ParseRetryAfter("0", kNow), seconds(0));
  EXPECT_EQ(ParseRetryAfter("99999999999", kNow), seconds(86'400));
  EXPECT_EQ(ParseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", kNow), seconds(86'400));
  for (const char* bad :
       {"", " ", "-1", "1.5", "1s", "99999999999999999999999", "Wed, 21 Oct 2026 07:28:30",
        "Wed, 21 Oct 2026 07:28:30 UTC", "Wed, 31 Feb 2026 07:28:30 GMT",
        "Wed, 21 Okt 2026 07:28:30 GMT", "Wed, 21 Oct 2026 24:28:30 GMT",
        "Wed, 21 Oct 2026 07:28:3x GMT", "Wednesday, 21-Oct-26 07:28:30 GMT"}) {
    EXPECT_FALSE(ParseRetryAfter(bad, kNow)) << bad;
  }
}

}  // namespace
}  // namespace counterscan

#include "hubclient/pacer.h"

#include <gtest/gtest.h>

namespace counterscan {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RateLimit Limit(std::uint64_t remaining, int reset_in) {
  RateLimit limit;
  limit.bucket = "api";
  limit.remaining = remaining;
  limit.reset_in = seconds(reset_in);
  return limit;
}

const Pacer::Time kStart{seconds(1000)};

TEST(Pacer, KeepsThePauseBetweenStarts) {
  Pacer pacer(milliseconds(250));
  EXPECT_EQ(pacer.NextStart(kStart), kStart);
  pacer.Started(kStart);
  EXPECT_EQ(pacer.NextStart(kStart), kStart + milliseconds(250));
  EXPECT_EQ(pacer.NextStart(kStart + seconds(1)), kStart + seconds(1));
}

TEST(Pacer, StopsWhereTheQuotaEndsUntilTheWindowDoes) {
  Pacer pacer(milliseconds(0));
  pacer.Started(kStart);
  pacer.Finished(kStart, Limit(2, 60));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(pacer.NextStart(kStart), kStart);
    pacer.Started(kStart);
  }
  EXPECT_EQ(pacer.NextStart(kStart), kStart + seconds(61));
  const Pacer::Time later = kStart + seconds(61);
  EXPECT_EQ(pacer.NextStart(later), later);
  pacer.Started(later);
  EXPECT_EQ(pacer.NextStart(later), later) << "of the new window nothing is known";
}

TEST(Pacer, WhatIsOnItsWayIsSpent) {
  Pacer pacer(milliseconds(0));
  for (int i = 0; i < 5; ++i) pacer.Started(kStart);
  pacer.Finished(kStart, Limit(4, 60));  // the other four are not counted in it
  EXPECT_EQ(pacer.NextStart(kStart), kStart + seconds(61));
}

TEST(Pacer, RepliesThatOvertakeEachOtherDoNotAddRequests) {
  Pacer pacer(milliseconds(0));
  pacer.Started(kStart);
  pacer.Started(kStart);
  pacer.Finished(kStart, Limit(0, 60));
  pacer.Finished(kStart, Limit(1, 60));
  EXPECT_EQ(pacer.NextStart(kStart), kStart + seconds(61));
  EXPECT_EQ(pacer.last()->remaining, 0u) << "the smaller number is the newer one";
}

TEST(Pacer, ANewWindowIsBelieved) {
  Pacer pacer(milliseconds(0));
  pacer.Started(kStart);
  pacer.Finished(kStart, Limit(0, 1));
  pacer.Started(kStart);
  pacer.Finished(kStart + seconds(1), Limit(500, 300));
  EXPECT_EQ(pacer.NextStart(kStart + seconds(1)), kStart + seconds(1));
  // The last word of the old window comes late.
  pacer.Finished(kStart + seconds(1), Limit(0, 0));
  EXPECT_EQ(pacer.NextStart(kStart + seconds(1)), kStart + seconds(1));
}

TEST(Pacer, HoldsForAsLongAsItWasAsked) {
  Pacer pacer(milliseconds(0));
  pacer.HoldUntil(kStart + seconds(5));
  pacer.HoldUntil(kStart + seconds(3));
  EXPECT_EQ(pacer.NextStart(kStart), kStart + seconds(5));
}

}  // namespace
}  // namespace counterscan

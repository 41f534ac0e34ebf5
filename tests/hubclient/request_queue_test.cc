#include "hubclient/request_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hubclient/fake_transport.h"

namespace counterscan {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

// Asks for URLs "0", "1", ... and returns their final replies.
struct Asked {
  std::map<std::uint64_t, HttpReply> replies;
  std::vector<double> starts;  // seconds after the beginning
  std::size_t most_at_once = 0;
  std::optional<RateLimit> limit;
};

Asked Ask(std::size_t count, const std::function<HttpReply(const HttpRequest&)>& answer,
          RequestQueue::Options options = {}, milliseconds pause = milliseconds(0)) {
  FakeClock clock;
  const auto begin = clock.now;
  FakeTransport transport(clock, answer);
  Pacer pacer(pause);
  RequestQueue queue(transport, clock, pacer, std::move(options));
  for (std::size_t i = 0; i < count; ++i) queue.Add(i, {.url = std::to_string(i)});
  Asked asked;
  while (true) {
    auto finished = queue.Wait();
    if (finished.empty()) break;
    for (auto& one : finished) asked.replies[one.id] = std::move(one.reply);
  }
  for (const auto& started : transport.started) {
    asked.starts.push_back(std::chrono::duration<double>(started.at - begin).count());
  }
  asked.most_at_once = transport.most_at_once;
  asked.limit = pacer.last();
  return asked;
}

TEST(RequestQueue, MakesManyAtOnceAndNoMore) {
  const Asked asked = Ask(100, [](const HttpRequest&) { return ReplyOf(200); });
  EXPECT_EQ(asked.replies.size(), 100u);
  EXPECT_EQ(asked.most_at_once, HttpLimits{}.in_flight);
}

TEST(RequestQueue, KeepsThePauseTheUserAskedFor) {
  const Asked asked = Ask(
      3, [](const HttpRequest&) { return ReplyOf(200); }, {}, milliseconds(500));
  EXPECT_THAT(asked.starts, ElementsAre(0, 0.5, 1.0));
}

TEST(RequestQueue, TriesAgainWithGrowingPauses) {
  int calls = 0;
  const Asked asked = Ask(1, [&](const HttpRequest&) { return ReplyOf(++calls < 4 ? 503 : 200); });
  EXPECT_EQ(asked.replies.at(0).status, 200);
  EXPECT_THAT(asked.starts, ElementsAre(0, testing::DoubleNear(1, 0.2), testing::DoubleNear(3, 0.2),
                                        testing::DoubleNear(7, 0.2)));
}

TEST(RequestQueue, GivesUpAfterSomeTriesWithTheLastReply) {
  int calls = 0;
  const Asked asked = Ask(1, [&](const HttpRequest&) {
    ++calls;
    return ReplyOf(500, "sorry");
  });
  EXPECT_EQ(asked.replies.at(0).status, 500);
  EXPECT_EQ(calls, 6);
}

TEST(RequestQueue, NeverAsksMoreThanTheQuota) {
  // A hub that counts: 20 requests in 60 seconds.
  std::size_t in_window = 0, refused = 0;
  FakeClock clock;
  HubClock::Time window_end = clock.now + seconds(60);
  FakeTransport transport(clock, [&](const HttpRequest&) {
    if (clock.now >= window_end) {
      window_end += seconds(60);
      in_window = 0;
    }
    const auto left = std::chrono::ceil<seconds>(window_end - clock.now).count();
    const bool over = ++in_window > 20;
    refused += over ? 1 : 0;
    return ReplyOf(over ? 429 : 200, "",
                   {{"ratelimit", "\"api\";r=" + std::to_string(over ? 0 : 20 - in_window) +
                                      ";t=" + std::to_string(left)}});
  });
  Pacer pacer(milliseconds(0));
  RequestQueue queue(transport, clock, pacer, {});
  for (std::size_t i = 0; i < 50; ++i) queue.Add(i, {.url = "x"});
  std::size_t done = 0;
  while (true) {
    const auto finished = queue.Wait();
    if (finished.empty()) break;
    for (const auto& one : finished) EXPECT_EQ(one.reply.status, 200);
    done += finished.size();
  }
  EXPECT_EQ(done, 50u);
  EXPECT_EQ(refused, 0u);
}

TEST(RequestQueue, A429StopsEverybodyUntilTheWindowEnds) {
  int calls = 0;
  const Asked asked = Ask(20, [&](const HttpRequest&) {
    return ++calls == 1 ? ReplyOf(429, "", {{"ratelimit", "\"api\";r=0;t=30"}}) : ReplyOf(200);
  });
  for (std::size_t i = HttpLimits{}.in_flight; i < asked.starts.size(); ++i) {
    EXPECT_GE(asked.starts[i], 31.0);
  }
  EXPECT_EQ(asked.replies.size(), 20u);
}

TEST(RequestQueue, WhatIsOpenAtTheEndOfTheTimeSaysWhy) {
  RequestQueue::Options options;
  options.timeout = seconds(10);
  const Asked asked = Ask(
      2,
      [&](const HttpRequest& request) { return ReplyOf(request.url == "0" ? 200 : 503, "busy"); },
      options);
  EXPECT_EQ(asked.replies.at(0).status, 200);
  EXPECT_EQ(asked.replies.at(1).status, 503) << "the last try says more than the clock";
}

TEST(RequestQueue, DoesNotWaitForAWindowBeyondItsTime) {
  RequestQueue::Options options;
  options.timeout = seconds(60);
  options.limits.in_flight = 1;
  FakeClock clock;
  const auto begin = clock.now;
  FakeTransport transport(clock, [](const HttpRequest&) {
    return ReplyOf(200, "", {{"ratelimit", "\"api\";r=0;t=235"}});
  });
  Pacer pacer(milliseconds(0));
  RequestQueue queue(transport, clock, pacer, options);
  queue.Add(0, {.url = "0"});
  queue.Add(1, {.url = "1"});
  EXPECT_EQ(queue.Wait().front().reply.status, 200);
  const auto second = queue.Wait();
  EXPECT_EQ(second.front().reply.cause, NoAnswer::kRateLimit);
  EXPECT_THAT(second.front().reply.error, HasSubstr("235 s"));
  EXPECT_LT(clock.now - begin, seconds(1)) << "waiting would be in vain";
  EXPECT_EQ(transport.started.size(), 1u);
}

TEST(RequestQueue, ARequestThatIsStillOnItsWayAtTheEndIsCancelled) {
  FakeClock clock;
  FakeTransport transport(clock, [](const HttpRequest&) { return ReplyOf(200); });
  transport.reply_takes = seconds(100);
  RequestQueue::Options options;
  options.timeout = seconds(2);
  Pacer pacer(milliseconds(0));
  RequestQueue queue(transport, clock, pacer, options);
  queue.Add(7, {.url = "x"});
  const auto finished = queue.Wait();
  EXPECT_EQ(finished.front().id, 7u);
  EXPECT_EQ(finished.front().reply.cause, NoAnswer::kDeadline);
  EXPECT_EQ(transport.cancelled, 1u);
}

TEST(RequestQueue, StopsWhenItIsToldTo) {
  bool stop = false;
  RequestQueue::Options options;
  options.stop = [&] { return stop; };
  const Asked asked = Ask(
      3,
      [&](const HttpRequest&) {
        stop = true;
        return ReplyOf(503);
      },
      options);
  EXPECT_EQ(asked.replies.at(2).cause, NoAnswer::kInterrupted);
}

TEST(RequestQueue, AHostThatNobodyReachesIsNotAskedAThousandTimes) {
  int calls = 0;
  const Asked asked = Ask(1000, [&](const HttpRequest&) {
    ++calls;
    return NoReplyOf(NoAnswer::kDns);
  });
  EXPECT_EQ(asked.replies.size(), 1000u);
  for (const auto& [id, reply] : asked.replies) EXPECT_EQ(reply.cause, NoAnswer::kDns);
  EXPECT_LE(calls, 32);
}

TEST(RequestQueue, AFailureOfOneRequestIsNotOneOfTheHost) {
  const Asked asked = Ask(100, [&](const HttpRequest& request) {
    return request.url == "99" ? ReplyOf(200) : NoReplyOf(NoAnswer::kTooLarge);
  });
  EXPECT_EQ(asked.replies.at(99).status, 200);
}

TEST(RequestQueue, SaysHowOftenItTried) {
  const Asked asked = Ask(1, [](const HttpRequest&) { return NoReplyOf(NoAnswer::kTimeout); });
  EXPECT_EQ(asked.replies.at(0).error, "hub.test: it did not reply in time (3 tries)");
}

TEST(RequestQueue, KnowsTheQuotaThatIsLeft) {
  const Asked asked = Ask(1, [](const HttpRequest&) {
    return ReplyOf(200, "", {{"ratelimit", "\"api\";r=472;t=235"}});
  });
  ASSERT_TRUE(asked.limit);
  EXPECT_EQ(asked.limit->remaining, 472u);
}

}  // namespace
}  // namespace counterscan

#include "hubclient/http_outcome.h"

#include <gtest/gtest.h>

#include "tests/support/recorded_replies.h"

namespace counterscan {
namespace {

HubExchange Reply(int status, std::map<std::string, std::string> headers = {},
                  std::string body = "") {
  HubExchange exchange;
  exchange.status = status;
  exchange.headers = std::move(headers);
  exchange.body = std::move(body);
  return exchange;
}

HubState StateOf(const HubExchange& exchange) {
  const auto refusal = RefusalOf(exchange, HubLimits{});
  return refusal ? refusal->state : HubState::kSafe;
}

TEST(HttpOutcome, EveryRecordedRefusalHasItsState) {
  struct Row {
    HubExchange exchange;
    HubState state;
  };
  const Row rows[] = {
      {Reply(401, {{"x-error-message", "Invalid username or password."}},
             R"({"error":"Invalid username or password."})"),
       HubState::kDenied},
      {Reply(404, {{"x-error-code", "RepoNotFound"}}, R"({"error":"Repository not found"})"),
       HubState::kNotFound},
      {Reply(404, {{"x-error-code", "RevisionNotFound"}},
             R"({"error":"Invalid rev id: does-not-exist"})"),
       HubState::kNotFound},
      {Reply(404, {{"x-error-code", "EntryNotFound"}}, "Entry not found"), HubState::kNotFound},
      {Reply(401, {{"x-error-code", "GatedRepo"},
                   {"x-error-message",
                    "Access to model a/b is restricted. You must have access to "
                    "it and be authenticated to access it. Please log in."}}),
       HubState::kDenied},
      {Reply(403, {{"x-error-code", "GatedRepo"},
                   {"x-error-message",
                    "Your request to access model a/b is awaiting a review from "
                    "the repo authors."}}),
       HubState::kDenied},
      {Reply(403, {{"x-error-message", "Access to this resource is disabled."}}),
       HubState::kDisabled},
      {Reply(403, {}, R"({"error":"Access to this resource is disabled."})"), HubState::kDisabled},
      {Reply(403, {{"x-error-message",
                    "You have read access but not the required permissions for "
                    "this operation"}}),
       HubState::kDenied},
      {Reply(429, {}, "<h1>429</h1> <p>We had to rate limit you."), HubState::kUnreachable},
      {Reply(500, {}, "Internal Error - We're working hard to fix this as soon as possible!"),
       HubState::kUnreachable},
      {Reply(502), HubState::kUnreachable},
      {Reply(503), HubState::kUnreachable},
      {Reply(504), HubState::kUnreachable},
      {Reply(302), HubState::kUnreachable},
      {Reply(416), HubState::kUnreachable},
      {Reply(404), HubState::kNotFound},
      {Reply(410), HubState::kNotFound},
      {Reply(0), HubState::kUnreachable},
      {Reply(100), HubState::kUnreachable},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(StateOf(row.exchange), row.state) << row.exchange.status << row.exchange.body;
    EXPECT_NE(RefusalOf(row.exchange, HubLimits{})->reason, "");
  }
}

TEST(HttpOutcome, TheReasonTellsTheCasesApart) {
  EXPECT_EQ(RefusalOf(Reply(401, {}, R"({"error":"Invalid username or password."})"), {})->reason,
            "not found, private, or login needed (HTTP 401): Invalid username or password.");
  EXPECT_EQ(RefusalOf(Reply(503), {})->reason, "the Hub has a server error (HTTP 503)");
  HubExchange silent = Reply(0);
  silent.error = "connection timed out";
  EXPECT_EQ(RefusalOf(silent, {})->reason, "connection timed out");
}

TEST(HttpOutcome, TheCodeDecidesBeforeTheMessage) {
  EXPECT_EQ(StateOf(Reply(403, {{"x-error-code", "GatedRepo"},
                                {"x-error-message", "Access to this resource is disabled."}})),
            HubState::kDenied);
}

TEST(HttpOutcome, SuccessIsNoRefusalWhateverItsHeaders) {
  EXPECT_FALSE(RefusalOf(Reply(200, {{"x-error-code", "GatedRepo"}}), {}));
  EXPECT_FALSE(RefusalOf(Reply(206), {}));
}

TEST(Etag, EveryRecordedReplyFitsItsOwn) {
  for (const RecordedReply& reply : RecordedReplies()) {
    HubExchange exchange = Reply(200, {{"etag", std::string(reply.etag)}}, std::string(reply.body));
    EXPECT_EQ(CheckEtag(exchange), EtagCheck::kFits) << reply.etag;
    exchange.body.back() = ' ';
    EXPECT_EQ(CheckEtag(exchange), EtagCheck::kDiffers) << reply.etag;
    exchange.body.pop_back();
    EXPECT_EQ(CheckEtag(exchange), EtagCheck::kDiffers) << reply.etag;
  }
}

TEST(Etag, OtherFormsSayNothing) {
  for (const char* etag :
       {"", "\"", "\"\"", "W/\"abc\"", "\"d41d8cd98f00b204e9800998ecf8427e\"", "W/\"2-short\"",
        "W/\"-l9Fw4VUO7kr8CvBlt4zaMCqXZ0w\"", "W/\"XY-l9Fw4VUO7kr8CvBlt4zaMCqXZ0w\"",
        "W/2-l9Fw4VUO7kr8CvBlt4zaMCqXZ0w"}) {
    EXPECT_EQ(CheckEtag(Reply(200, {{"etag", etag}}, "[]")), EtagCheck::kNone) << etag;
  }
  EXPECT_EQ(CheckEtag(Reply(200, {}, "[]")), EtagCheck::kNone);
  EXPECT_EQ(CheckEtag(Reply(200, {{"etag", "\"2-l9Fw4VUO7kr8CvBlt4zaMCqXZ0w\""}}, "[]")),
            EtagCheck::kFits);
}

}  // namespace
}  // namespace counterscan

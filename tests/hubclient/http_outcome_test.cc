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
  EXPECT_EQ(RefusalOf(Reply(503), {})->reason,
            "the Hub is overloaded or under maintenance (HTTP 503)");
  HubExchange silent = Reply(0);
  silent.error = "connection timed out";
  EXPECT_EQ(RefusalOf(silent, {})->reason, "connection timed out");
}

std::string_view CauseOf(const HubExchange& exchange) {
  const auto refusal = RefusalOf(exchange, HubLimits{});
  return refusal ? Name(refusal->cause) : "";
}

// Messages as the Hub words them (recorded in October 2026).
TEST(HttpOutcome, EveryStateOfAGateIsToldApart) {
  const auto gated = [](int status, const std::string& message) {
    return Reply(status, {{"x-error-code", "GatedRepo"}, {"x-error-message", message}});
  };
  HubExchange anonymous = gated(401,
                                "Access to model a/b is restricted. You must have access to it "
                                "and be authenticated to access it. Please log in.");
  EXPECT_EQ(CauseOf(anonymous), "gated-login-needed");
  anonymous.authorized = true;  // the same words to a token that the Hub does not know
  EXPECT_EQ(CauseOf(anonymous), "gated-token-refused");
  EXPECT_EQ(CauseOf(gated(403,
                          "Access to model a/b is restricted and you are not in the authorized "
                          "list. Visit https://huggingface.co/a/b to ask for access.")),
            "gated-never-asked");
  EXPECT_EQ(CauseOf(gated(403,
                          "Your request to access model a/b is awaiting a review from the repo "
                          "authors.")),
            "gated-pending");
  EXPECT_EQ(CauseOf(gated(403,
                          "Your request to access dataset a/b has been rejected by the repo's "
                          "authors.")),
            "gated-rejected");
  EXPECT_EQ(CauseOf(gated(403,
                          "Your request to access model a/b has been reset by the repo's authors. "
                          "Visit https://huggingface.co/a/b to submit a new request.")),
            "gated-reset");
  EXPECT_EQ(CauseOf(gated(403, "Something new.")), "gated");
}

TEST(HttpOutcome, EveryStatusHasItsCause) {
  HubExchange unknown = Reply(401, {}, R"({"error":"Invalid username or password."})");
  EXPECT_EQ(CauseOf(unknown), "login-needed");
  unknown.authorized = true;
  EXPECT_EQ(CauseOf(unknown), "token-refused");
  EXPECT_EQ(CauseOf(Reply(403)), "forbidden");
  EXPECT_EQ(CauseOf(Reply(403, {{"x-error-message", "Access to this resource is disabled."}})),
            "disabled");
  EXPECT_EQ(CauseOf(Reply(404, {{"x-error-code", "RepoNotFound"}})), "repository-not-found");
  EXPECT_EQ(CauseOf(Reply(404, {{"x-error-code", "RevisionNotFound"}})), "revision-not-found");
  EXPECT_EQ(CauseOf(Reply(404)), "not-found");
  EXPECT_EQ(CauseOf(Reply(410)), "gone");
  EXPECT_EQ(CauseOf(Reply(429)), "rate-limit");
  EXPECT_EQ(CauseOf(Reply(429, {{"ratelimit", "\"api\";r=0;t=9"}})), "rate-limit");
  EXPECT_EQ(CauseOf(Reply(429, {{"ratelimit", "\"api\";r=99794;t=241"}})), "other-limit");
  EXPECT_EQ(CauseOf(Reply(400)), "bad-request");
  EXPECT_EQ(CauseOf(Reply(408)), "hub-timeout");
  EXPECT_EQ(CauseOf(Reply(504)), "hub-timeout");
  EXPECT_EQ(CauseOf(Reply(500)), "server-error");
  EXPECT_EQ(CauseOf(Reply(507)), "server-error");
  EXPECT_EQ(CauseOf(Reply(502)), "overloaded");
  EXPECT_EQ(CauseOf(Reply(503)), "overloaded");
  EXPECT_EQ(CauseOf(Reply(418)), "unexpected-status");
  HubExchange silent = Reply(0);
  EXPECT_EQ(CauseOf(silent), "no-reply");
  silent.cause = "dns";
  EXPECT_EQ(CauseOf(silent), "dns");
  silent.cause = "safe";
  EXPECT_EQ(CauseOf(silent), "no-reply");
}

TEST(HttpOutcome, OfARedirectItsServerIsNamedAndNothingElse) {
  const auto refusal =
      RefusalOf(Reply(302, {{"location", "https://portal.example/login?token=secret"}}), {});
  EXPECT_EQ(refusal->reason, "the Hub redirects elsewhere (HTTP 302): https://portal.example");
}

TEST(HttpOutcome, AWebPageIsToldFromBrokenJson) {
  const Error not_json{ErrorCode::kMalformed, "not JSON", std::nullopt};
  EXPECT_EQ(RefusalOfBody(Reply(200, {}, "\n<!DOCTYPE html>"), not_json).cause,
            NoAnswer::kHtmlPage);
  EXPECT_EQ(
      RefusalOfBody(Reply(200, {{"content-type", "text/html; charset=utf-8"}}, "hello"), not_json)
          .cause,
      NoAnswer::kHtmlPage);
  EXPECT_EQ(RefusalOfBody(Reply(200, {}, "hello"), not_json).cause, NoAnswer::kNotJson);
  EXPECT_EQ(RefusalOfBody(Reply(200), {ErrorCode::kLimit, "too long", std::nullopt}).cause,
            NoAnswer::kJsonTooLarge);
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

// "Redirects elsewhere" would send the reader to look for a login page.
TEST(HttpOutcome, ARedirectLeadsSomewhere) {
  EXPECT_EQ(RefusalOf(Reply(304), HubLimits{})->cause, NoAnswer::kUnexpectedStatus);
  EXPECT_EQ(RefusalOf(Reply(302), HubLimits{})->cause, NoAnswer::kUnexpectedStatus);
  EXPECT_EQ(RefusalOf(Reply(302, {{"location", "https://a.example/"}}), HubLimits{})->cause,
            NoAnswer::kRedirectElsewhere);
}

}  // namespace
}  // namespace counterscan

// Every way in which the Hub can fail to answer, over real connections.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hubclient/live_client.h"

namespace counterscan {
namespace {

using fake::CertificateKind;
using fake::ErrorReply;
using fake::FakeHub;
using fake::HtmlReply;
using fake::JsonReply;
using fake::Reply;
using fake::Transport;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kScan = "/api/models/org/name/scan";

// What a client makes of this reply to everything it asks.
RepoAnswer AnswerTo(Reply reply, ClientOptions options = {}) {
  FakeHub hub;
  hub.Answer("*", std::move(reply));
  return LiveClient(hub, std::move(options)).AskStatus();
}

std::string_view CauseOf(const RepoAnswer& answer) {
  return answer.failure_cause ? Name(*answer.failure_cause) : "";
}

TEST(LiveHub, AnAnswerIsAnAnswer) {
  FakeHub hub;
  hub.Answer(kScan, JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  LiveClient client(hub);
  const RepoAnswer answer = client.AskStatus();
  EXPECT_EQ(answer.failure_reason, "");
  EXPECT_EQ(answer.scans_done, true);
  ASSERT_TRUE(client.hub().quota());
  EXPECT_EQ(client.hub().quota()->limit, 100000u);
}

TEST(LiveHub, EveryRefusalIsToldApart) {
  struct Row {
    Reply reply;
    std::string_view cause;
    HubState state;
  };
  const std::string gated = "Access to model org/name is restricted";
  const Row rows[] = {
      {ErrorReply(401, "", "Invalid username or password."), "login-needed", HubState::kDenied},
      {ErrorReply(401, "GatedRepo", gated + ". Please log in."), "gated-login-needed",
       HubState::kDenied},
      {ErrorReply(403, "GatedRepo", gated + " and you are not in the authorized list."),
       "gated-never-asked", HubState::kDenied},
      {ErrorReply(403, "GatedRepo", "Your request is awaiting a review from the repo authors."),
       "gated-pending", HubState::kDenied},
      {ErrorReply(403, "GatedRepo", "Your request has been rejected by the repo's authors."),
       "gated-rejected", HubState::kDenied},
      {ErrorReply(403, "GatedRepo", "Your request has been reset by the repo's authors."),
       "gated-reset", HubState::kDenied},
      {ErrorReply(403, "", "You have read access but not the required permissions"), "forbidden",
       HubState::kDenied},
      {ErrorReply(404, "RepoNotFound", "Repository not found"), "repository-not-found",
       HubState::kNotFound},
      {ErrorReply(404, "RevisionNotFound", "Invalid rev id: x"), "revision-not-found",
       HubState::kNotFound},
      {ErrorReply(404, "EntryNotFound", "x does not exist on \"main\""), "entry-not-found",
       HubState::kNotFound},
      {ErrorReply(404, "", "Not Found"), "not-found", HubState::kNotFound},
      {ErrorReply(410, "", "Gone"), "gone", HubState::kNotFound},
      {ErrorReply(429, "", "You have exceeded the rate limit for repository creation"),
       "other-limit", HubState::kUnreachable},
      {HtmlReply("<h1>429</h1> <p>We had to rate limit you.", 429)
           .With("RateLimit", "\"api\";r=0;t=200"),
       "rate-limit", HubState::kUnreachable},
      {ErrorReply(500, "", "Internal Error - We're working hard to fix this"), "server-error",
       HubState::kUnreachable},
      {HtmlReply("<h1>Bad Gateway</h1>", 502), "overloaded", HubState::kUnreachable},
      {HtmlReply("<h1>Service Temporarily Unavailable</h1>", 503), "overloaded",
       HubState::kUnreachable},
      {HtmlReply("", 504), "hub-timeout", HubState::kUnreachable},
      {ErrorReply(408, "", ""), "hub-timeout", HubState::kUnreachable},
      {ErrorReply(400, "", "bad"), "bad-request", HubState::kUnreachable},
      {ErrorReply(418, "", "teapot"), "unexpected-status", HubState::kUnreachable},
      {fake::RedirectReply("https://portal.example/login", 302), "redirect-elsewhere",
       HubState::kUnreachable},
      {HtmlReply("<html>Welcome to the hotel</html>"), "html-page", HubState::kUnreachable},
      {fake::TextReply("Hello"), "not-json", HubState::kUnreachable},
      {JsonReply(""), "not-json", HubState::kUnreachable},
  };
  for (const Row& row : rows) {
    ClientOptions options;
    options.timeout = std::chrono::hours(1);
    const RepoAnswer answer = AnswerTo(row.reply, options);
    EXPECT_EQ(CauseOf(answer), row.cause);
    EXPECT_EQ(answer.failure, row.state) << row.cause;
    EXPECT_NE(answer.failure_reason, "") << row.cause;
  }
}

TEST(LiveHub, ADisabledRepositoryIsWithdrawn) {
  const RepoAnswer answer = AnswerTo(ErrorReply(403, "", "Access to this resource is disabled."));
  EXPECT_TRUE(answer.disabled);
}

TEST(LiveHub, ATokenThatIsNotAcceptedIsToldFromNoToken) {
  ClientOptions options;
  options.token = "hf_expired";
  EXPECT_EQ(CauseOf(AnswerTo(ErrorReply(401, "", "Invalid username or password."), options)),
            "token-refused");
  EXPECT_EQ(CauseOf(AnswerTo(ErrorReply(401, "GatedRepo", "Please log in."), options)),
            "gated-token-refused");
}

// A proxy that looks for faults sends the request's headers back.
TEST(LiveHub, ATokenThatIsSentBackIsKeptNowhere) {
  const std::string token = "hf_ThisMustBeKeptNowhere";
  FakeHub hub;
  const std::string body =
      R"({"scansDone":true,"filesWithIssues":[{"path":"TOKEN.bin","level":"unsafe","by":"Bearer TOKEN"}]})";
  const auto with_token = [&](std::string text) {
    for (std::size_t at = 0; (at = text.find("TOKEN")) != text.npos;) text.replace(at, 5, token);
    return text;
  };
  Reply reply = JsonReply(with_token(body));
  reply.headers.emplace_back("X-HF-Warning", "you sent Bearer " + token);
  hub.Answer("*", reply, 1);
  hub.Answer("*", ErrorReply(401, "", "Invalid credentials: Bearer " + token));
  ClientOptions options;
  options.token = token;
  LiveClient client(hub, options);
  const HubQuery query{{RepoType::kModel, "org/name"}, "", HubScope::kFiles};
  std::string kept, said;
  client.hub().Ask({&query, 1}, [&](std::size_t, const HubRecord& record) {
    for (const HubExchange& exchange : record.exchanges) {
      kept += exchange.url + exchange.body + exchange.error;
      for (const auto& [name, value] : exchange.headers) kept += name + value;
    }
    const RepoAnswer answer = ReadRecord(record, client.hub().endpoint(), {});
    EXPECT_EQ(answer.issues.at(0).path, "[token].bin");
    said = answer.failure_reason + testing::PrintToString(answer.notes);
    return true;
  });
  EXPECT_TRUE(hub.recorder().Saw(token));
  EXPECT_THAT(kept, AllOf(HasSubstr("Bearer [token]\"}"), HasSubstr("credentials: Bearer [token]"),
                          Not(HasSubstr(token))));
  // The body is no longer the one that was sent.
  EXPECT_THAT(said, AllOf(HasSubstr("you sent Bearer [token]"), HasSubstr("its ETag"),
                          Not(HasSubstr(token))));
}

TEST(LiveHub, AnOutageThatPassesIsWaitedOut) {
  FakeHub hub;
  hub.Answer(kScan, ErrorReply(503, "", "busy"), 3);
  hub.Answer(kScan, JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  LiveClient client(hub);
  EXPECT_EQ(client.AskStatus().scans_done, true);
  EXPECT_EQ(hub.recorder().Count("GET " + kScan), 4u);
  EXPECT_GE(client.clock().skipped(), milliseconds(7000));
}

TEST(LiveHub, RefusalsAreNotAskedAgain) {
  for (const int status : {400, 401, 403, 410}) {
    FakeHub hub;
    hub.Answer("*", ErrorReply(status, "", ""));
    LiveClient(hub).AskStatus();
    EXPECT_EQ(hub.recorder().Count(), 1u) << status;
  }
}

TEST(LiveHub, AQuotaThatIsUsedUpHoldsForTheNextQuestionToo) {
  FakeHub hub;
  hub.Answer("*", JsonReply(R"({"scansDone":true,"filesWithIssues":[]})")
                      .With("RateLimit", "\"api\";r=0;t=100"));
  LiveClient client(hub);
  client.AskStatus();
  ASSERT_TRUE(client.hub().quota());
  EXPECT_EQ(client.hub().quota()->remaining, 0u);
  EXPECT_EQ(client.clock().skipped(), milliseconds(0));
  client.AskStatus();
  EXPECT_GE(client.clock().skipped(), std::chrono::seconds(100));
}

TEST(LiveHub, CertificatesAreAlwaysChecked) {
  const std::pair<CertificateKind, std::string_view> rows[] = {
      {CertificateKind::kExpired, "tls-expired"},
      {CertificateKind::kNotYetValid, "tls-expired"},
      {CertificateKind::kWrongHost, "tls-wrong-host"},
      {CertificateKind::kSelfSigned, "tls-untrusted"},
  };
  for (const auto& [kind, cause] : rows) {
    FakeHub hub({.certificate = kind});
    ClientOptions options;
    options.token = "hf_secret";
    EXPECT_EQ(CauseOf(LiveClient(hub, options).AskStatus()), cause);
    EXPECT_EQ(hub.recorder().Count(), 0u);
  }
  FakeHub hub;
  ClientOptions system;
  system.ca_file = "-";
  EXPECT_EQ(CauseOf(LiveClient(hub, system).AskStatus()), "tls-untrusted");
  ClientOptions missing;
  missing.ca_file = "/does/not/exist.pem";
  EXPECT_EQ(CauseOf(LiveClient(hub, missing).AskStatus()), "tls-store");
  EXPECT_EQ(hub.recorder().Count(), 0u);
}

TEST(LiveHub, ConnectionsFailInTheirOwnWays) {
  const auto cause = [](Transport transport) {
    FakeHub hub({.transport = transport});
    ClientOptions options;
    options.endpoint = "https://127.0.0.1:" + std::to_string(hub.port());
    options.limits.connect = milliseconds(500);
    return CauseOf(LiveClient(hub, options).AskStatus());
  };
  EXPECT_EQ(cause(Transport::kRefusesTls), "tls");
  EXPECT_EQ(cause(Transport::kResets), "tls");
  EXPECT_EQ(cause(Transport::kSilent), "connect-timeout");
  FakeHub stopped;
  ClientOptions options;
  options.endpoint = stopped.endpoint();
  stopped.Stop();
  LiveClient client(stopped, options);
  const RepoAnswer answer = client.AskStatus();
  EXPECT_EQ(CauseOf(answer), "connection-refused");
  EXPECT_EQ(answer.failure_reason, stopped.endpoint().substr(std::string("https://").size()) +
                                       ": it refuses connections (3 tries)");
}

TEST(LiveHub, ANameThatNobodyKnowsIsSaid) {
  FakeHub hub;
  ClientOptions options;
  options.endpoint = "https://no-such-host.invalid";
  EXPECT_EQ(CauseOf(LiveClient(hub, options).AskStatus()), "dns");
}

TEST(LiveHub, RepliesThatDoNotEnd) {
  ClientOptions options;
  options.limits.total = milliseconds(300);
  Reply late = JsonReply("{}");
  late.delay = std::chrono::seconds(5);
  EXPECT_EQ(CauseOf(AnswerTo(late, options)), "timeout");

  ClientOptions patient;
  patient.limits.slow = std::chrono::seconds(1);
  Reply drip = JsonReply(std::string(1000, ' '));
  drip.drip_bytes = 1;
  drip.drip_pause = milliseconds(50);
  EXPECT_EQ(CauseOf(AnswerTo(drip, patient)), "slow");

  Reply cut = JsonReply(R"({"scansDone":true,"filesWithIssues":[]})");
  cut.cut_after = 10;
  EXPECT_EQ(CauseOf(AnswerTo(cut)), "broken-off");
  cut.reset = true;
  EXPECT_EQ(CauseOf(AnswerTo(cut)), "broken-off");
  Reply chunked = cut;
  chunked.reset = false;
  chunked.framing = fake::Framing::kChunked;
  EXPECT_EQ(CauseOf(AnswerTo(chunked)), "broken-off");
}

TEST(LiveHub, ABodyThatEndsWithItsConnectionIsNotTrustedToBeWhole) {
  Reply cut = JsonReply(R"({"scansDone":true,"filesWithIssues":[]})");
  cut.framing = fake::Framing::kUntilClose;
  cut.cut_after = 20;
  const RepoAnswer answer = AnswerTo(cut);
  EXPECT_NE(answer.scans_done, true);
}

TEST(LiveHub, RepliesLargerThanAnyAreNotRead) {
  Reply declared = JsonReply("{}");
  declared.declared_length = 100 * kMiB;
  EXPECT_EQ(CauseOf(AnswerTo(declared)), "too-large");

  Reply hundred = JsonReply("[");
  hundred.filler = std::string(kMiB, ' ');
  hundred.filler_count = 100;
  hundred.framing = fake::Framing::kChunked;
  EXPECT_EQ(CauseOf(AnswerTo(hundred)), "too-large");
  hundred.framing = fake::Framing::kUntilClose;
  EXPECT_EQ(CauseOf(AnswerTo(hundred)), "too-large");

  EXPECT_EQ(CauseOf(AnswerTo(fake::GzipBomb(100))), "too-large");

  Reply headers = JsonReply("{}");
  for (int i = 0; i < 40; ++i) headers.With("X-Large", std::string(8 * kKiB, 'h'));
  EXPECT_EQ(CauseOf(AnswerTo(headers)), "headers-too-large");
}

TEST(LiveHub, DeepJsonIsNotFollowed) {
  const RepoAnswer answer = AnswerTo(JsonReply(std::string(10'000, '[')));
  EXPECT_NE(answer.scans_done, true);
  EXPECT_THAT(answer.entries, testing::IsEmpty());
}

TEST(LiveHub, WhatIsNoHttpIsSaid) {
  Reply other;
  other.raw = true;
  other.body = "220 smtp.example ESMTP\r\n";
  EXPECT_EQ(CauseOf(AnswerTo(other)), "not-http");
  other.body = "";
  EXPECT_EQ(CauseOf(AnswerTo(other)), "broken-off");
}

TEST(LiveHub, GzipIsUnpackedAndBrokenGzipIsSaid) {
  Reply good = JsonReply(R"({"scansDone":true,"filesWithIssues":[]})");
  good.gzip = true;
  EXPECT_EQ(AnswerTo(good).scans_done, true);
  Reply bad = JsonReply("this is not gzip");
  bad.With("Content-Encoding", "gzip");
  EXPECT_EQ(CauseOf(AnswerTo(bad)), "bad-encoding");
}

TEST(LiveHub, TheTimeForEverythingIsKept) {
  FakeHub hub;
  Reply late = JsonReply("{}");
  late.delay = std::chrono::seconds(30);
  hub.Answer("*", late);
  ClientOptions options;
  options.timeout = milliseconds(300);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(CauseOf(LiveClient(hub, options).AskStatus()), "deadline");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(LiveHub, AProxyIsUsedAndItsFailuresAreItsOwn) {
  FakeHub hub;
  ClientOptions options;
  options.proxy = "http://user:geheim@127.0.0.1:1";  // nobody is there
  const RepoAnswer nobody = LiveClient(hub, options).AskStatus();
  EXPECT_EQ(CauseOf(nobody), "proxy");
  EXPECT_THAT(nobody.failure_reason, Not(HasSubstr("geheim")));

  FakeHub proxy({.transport = Transport::kPlain});
  proxy.Answer("CONNECT *", ErrorReply(407, "", "Who are you?"));
  options.proxy = "http://user:geheim@127.0.0.1:" + std::to_string(proxy.port());
  options.token = "hf_secret";
  const RepoAnswer denied = LiveClient(hub, options).AskStatus();
  EXPECT_EQ(CauseOf(denied), "proxy-denied");
  EXPECT_THAT(denied.failure_reason, Not(HasSubstr("geheim")));
  EXPECT_EQ(proxy.recorder().Count("CONNECT *"), 1u);
  EXPECT_FALSE(proxy.recorder().Saw("hf_secret"));
  EXPECT_EQ(hub.recorder().Count(), 0u);
}

}  // namespace
}  // namespace counterscan

#include "tests/fake_hub/fake_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/fake_hub/proxy.h"
#include "tests/support/run_program.h"

namespace counterscan::fake {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Exit statuses of curl: its manual, "EXIT CODES".
constexpr int kOtherEnd = 18;  // a body that ended too early
constexpr int kTimeout = 28;
constexpr int kTlsConnect = 35;
constexpr int kEmptyReply = 52;
constexpr int kReceive = 56;
constexpr int kCertificate = 60;

RunResult Curl(const FakeHub& hub, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"-sS", "-q", "--cacert", hub.ca_file()});
  return RunProgram("/usr/bin/curl", arguments);
}

TEST(FakeHub, AnswersOverTlsWhatWasScripted) {
  FakeHub hub;
  hub.Answer("/api/models/org/name", JsonReply(R"({"id":"org/name"})"));
  const RunResult result = Curl(hub, {"-i", hub.endpoint() + "/api/models/org/name"});
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("HTTP/1.1 200 OK\r\n"), HasSubstr("X-Powered-By: huggingface-moon"),
                    HasSubstr("RateLimit: \"api\";r=99999;t=300"),
                    HasSubstr("RateLimit-Policy: \"fixed window\";\"api\";q=100000;w=300"),
                    HasSubstr("X-Request-Id: Root=1-"), HasSubstr("Content-Length: 17\r\n"),
                    HasSubstr("\r\n\r\n{\"id\":\"org/name\"}")));
}

TEST(FakeHub, IsBelievedByNobodyWhoWasNotGivenItsAuthority) {
  FakeHub hub;
  EXPECT_EQ(RunProgram("/usr/bin/curl", {"-sq", hub.endpoint()}).exit_status, kCertificate);
  EXPECT_EQ(Curl(hub, {hub.EndpointAt("localhost")}).exit_status, 0);
}

TEST(FakeHub, HasBadCertificatesOfEveryKind) {
  for (const CertificateKind kind : {CertificateKind::kExpired, CertificateKind::kNotYetValid,
                                     CertificateKind::kWrongHost, CertificateKind::kSelfSigned}) {
    FakeHub hub({.certificate = kind});
    EXPECT_EQ(Curl(hub, {hub.endpoint()}).exit_status, kCertificate) << static_cast<int>(kind);
    EXPECT_EQ(hub.recorder().Count(), 0u);
  }
}

TEST(FakeHub, FailsBelowHttpInEveryWay) {
  const auto status = [](Transport transport) {
    FakeHub hub({.transport = transport});
    return Curl(hub, {"--max-time", "0.5", hub.endpoint()}).exit_status;
  };
  EXPECT_EQ(status(Transport::kPlain), 0);
  EXPECT_EQ(status(Transport::kRefusesTls), kTlsConnect);
  EXPECT_EQ(status(Transport::kResets), kTlsConnect);
  EXPECT_EQ(status(Transport::kSilent), kTimeout);
}

TEST(FakeHub, AnswersTheScriptInItsOrderAndSoManyTimes) {
  FakeHub hub;
  hub.Answer("GET /a", ErrorReply(503, "", "busy"), 2);
  hub.Answer("/a", TextReply("well"));
  std::string codes;
  for (int i = 0; i < 3; ++i) {
    codes += Curl(hub, {"-o", "/dev/null", "-w", "%{http_code} ", hub.endpoint() + "/a"}).out;
  }
  EXPECT_EQ(codes, "503 503 200 ");
}

TEST(FakeHub, RecordsWhatArrivedAndOnlyThat) {
  FakeHub hub;
  FakeHub other({.authority = hub.authority()});
  hub.Answer("/from", RedirectReply(other.endpoint() + "/to"));
  other.Answer("/to", TextReply("there"));
  const RunResult result =
      Curl(hub, {"-L", "-H", "Authorization: Bearer hf_secret", hub.endpoint() + "/from?x=1+2%2F"});
  EXPECT_EQ(result.out, "there") << result.err;
  const std::vector<Request> requests = hub.recorder().All();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].path, "/from");
  EXPECT_EQ(requests[0].Query("x"), "1 2/");
  EXPECT_EQ(requests[0].Token(), "hf_secret");
  EXPECT_TRUE(hub.recorder().Saw("hf_secret"));
  EXPECT_EQ(other.recorder().Count("GET /to"), 1u);
  EXPECT_FALSE(other.recorder().Saw("hf_secret"));
}

TEST(FakeHub, ReadsBodiesWithALengthAndInChunks) {
  FakeHub hub;
  Curl(hub, {"-d", "paths=a%2Fb&paths=c", hub.endpoint() + "/one"});
  Curl(hub, {"-H", "Transfer-Encoding: chunked", "-d", "{}", hub.endpoint() + "/two"});
  Curl(hub, {"-H", "Expect: 100-continue", "-d", "late", hub.endpoint() + "/three"});
  const std::vector<Request> requests = hub.recorder().All();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(ParseForm(requests[0].body)[0].second, "a/b");
  EXPECT_EQ(requests[1].body, "{}");
  EXPECT_EQ(requests[2].body, "late");
}

TEST(FakeHub, BreaksBodiesInEveryWay) {
  FakeHub hub;
  const auto status = [&hub](Reply reply) {
    hub.ForgetScript();
    hub.Answer("/", std::move(reply));
    return Curl(hub, {"--max-time", "0.5", hub.endpoint()}).exit_status;
  };
  EXPECT_EQ(status({.body = "all", .framing = Framing::kChunked}), 0);
  EXPECT_EQ(status({.body = "all", .framing = Framing::kUntilClose}), 0);
  EXPECT_EQ(status({.body = "not all", .declared_length = 100}), kOtherEnd);
  EXPECT_EQ(status({.body = "not all", .framing = Framing::kChunked, .cut_after = 3}), kOtherEnd);
  EXPECT_THAT(status({.body = "not all", .cut_after = 3}), ::testing::AnyOf(kOtherEnd, kReceive));
  EXPECT_EQ(status({.body = "not all", .cut_after = 3, .reset = true}), kReceive);
  EXPECT_EQ(status({.reset = true}), kReceive);
  EXPECT_EQ(status({.body = "", .raw = true}), kEmptyReply);
  EXPECT_EQ(status({.delay = milliseconds(5000)}), kTimeout);
  EXPECT_EQ(status({.body = "slow", .drip_bytes = 1, .drip_pause = milliseconds(300)}), kTimeout);
}

TEST(FakeHub, StreamsBodiesLargerThanItHolds) {
  FakeHub hub;
  Reply giant = JsonReply("[");
  giant.filler = std::string(1 << 20, ' ');
  giant.filler_count = 100;
  giant.tail = "]";
  hub.Answer("/giant", giant);
  hub.Answer("/bomb", GzipBomb(100));
  EXPECT_EQ(Curl(hub, {"-o", "/dev/null", "-w", "%{size_download}", hub.endpoint() + "/giant"}).out,
            std::to_string(100 * (1 << 20) + 2));
  const RunResult bomb = Curl(hub, {"--compressed", hub.endpoint() + "/bomb"});
  EXPECT_EQ(bomb.exit_status, 0) << bomb.err;
  EXPECT_EQ(bomb.out.size(), 100u << 20);
}

TEST(FakeHub, PutsLineEndsIntoHeadersWhenTold) {
  FakeHub hub;
  hub.Answer("/", JsonReply("{}").With("X-Error-Message", "no\r\nX-Forged: yes"));
  EXPECT_THAT(Curl(hub, {"-i", hub.endpoint()}).out, HasSubstr("\r\nX-Forged: yes\r\n"));
}

TEST(FakeHub, LeavesItsHeadersOutWhenAskedToBeSomebodyElse) {
  FakeHub hub;
  Reply portal = HtmlReply("<h1>Log in</h1>");
  portal.bare = true;
  hub.Answer("/", portal);
  EXPECT_THAT(Curl(hub, {"-i", hub.endpoint()}).out,
              AllOf(HasSubstr("text/html"), Not(HasSubstr("moon")), Not(HasSubstr("RateLimit"))));
}

TEST(FakeHub, CountsRequestsAgainstTheQuota) {
  FakeHub hub;
  hub.SetQuota("api", {.quota = 2, .window = std::chrono::seconds(60)});
  const std::string url = hub.endpoint() + "/api/models";
  Curl(hub, {url});
  Curl(hub, {url});
  EXPECT_THAT(Curl(hub, {"-i", url}).out,
              AllOf(HasSubstr("HTTP/1.1 429 "), HasSubstr("RateLimit: \"api\";r=0;t=60\r\n"),
                    HasSubstr("you hit the quota of 2 api requests")));
  // Another token is another client, and pages are another kind of request.
  EXPECT_THAT(Curl(hub, {"-i", "-H", "Authorization: Bearer x", url}).out, Not(HasSubstr("429")));
  EXPECT_THAT(Curl(hub, {"-i", hub.endpoint()}).out, Not(HasSubstr(" 429 ")));
}

TEST(FakeHub, KeepsConnectionsAlive) {
  FakeHub hub;
  hub.Answer("*", TextReply("x"));
  Curl(hub, {hub.endpoint() + "/[1-100]"});
  EXPECT_EQ(hub.recorder().Count(), 100u);
  EXPECT_EQ(hub.listener().connections(), 1u);
  Curl(hub, {"-H", "Connection: close", hub.endpoint() + "/[1-5]"});
  EXPECT_EQ(hub.listener().connections(), 6u);
}

TEST(FakeHub, StopsInTheMiddleOfAReply) {
  FakeHub hub;
  hub.Answer("*", {.delay = milliseconds(60000)});
  std::thread client([&hub] { Curl(hub, {hub.endpoint()}); });
  while (hub.recorder().Count() == 0) std::this_thread::sleep_for(milliseconds(1));
  hub.Stop();
  client.join();
}

TEST(Proxy, LeadsToTheHubUnderAnotherName) {
  FakeHub hub;
  hub.Answer("*", TextReply("the hub"));
  Proxy proxy(hub.port());
  const RunResult result = Curl(hub, {"-x", proxy.url(), "https://huggingface.co/api/models"});
  EXPECT_EQ(result.out, "the hub") << result.err;
  EXPECT_EQ(hub.recorder().Of("/api/models").at(0).Header("Host"), "huggingface.co");
  EXPECT_EQ(proxy.recorder().All().at(0).target, "huggingface.co:443");
}

TEST(Proxy, RefusesWhenTold) {
  FakeHub hub;
  Proxy proxy(hub.port(), 407);
  EXPECT_NE(Curl(hub, {"-x", proxy.url(), hub.endpoint()}).exit_status, 0);
  EXPECT_EQ(hub.listener().connections(), 0u);
}

TEST(Http, MakesTheHubsEtags) { EXPECT_EQ(WeakEtag("[]"), R"(W/"2-l9Fw4VUO7kr8CvBlt4zaMCqXZ0w")"); }

TEST(Http, FoldsMessagesToAsciiInHeaders) {
  const Reply reply = ErrorReply(400, "", "\u2716 Too small\n  \u2192 at limit");
  EXPECT_EQ(HeaderOf(reply.headers, "x-error-message"), "* Too small   * at limit");
  EXPECT_THAT(reply.body, HasSubstr("\u2716 Too small"));
}

TEST(Recorder, UnderstandsPatterns) {
  Request request;
  request.method = "GET";
  request.path = "/api/models/a/b/tree/refs%2Fpr%2F1";
  request.target = request.path + "?expand=true";
  EXPECT_TRUE(Matches("*", request));
  EXPECT_TRUE(Matches("GET /api/models/*/tree/refs/pr/1", request));
  EXPECT_TRUE(Matches("/api/*?expand=true", request));
  EXPECT_FALSE(Matches("POST /api/*", request));
  EXPECT_FALSE(Matches("/api/models/a/b", request));
}

}  // namespace
}  // namespace counterscan::fake

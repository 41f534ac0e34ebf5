// The client against everything that a server, a network or a liar can answer, over real TLS: none
// of it is a clean bill, and none of it takes the token anywhere else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fake_hub/broken_replies.h"
#include "tests/fake_hub/presets.h"
#include "tests/hubclient/live_client.h"

namespace counterscan {
namespace {

using fake::BrokenReply;
using fake::FakeHub;
using fake::JsonReply;
using fake::Reply;
using std::chrono::milliseconds;

constexpr const char* kToken = "hf_thetokenthatstaysathome";

ClientOptions Hurried() {
  ClientOptions options;
  options.token = kToken;
  options.limits.total = milliseconds(400);
  options.timeout = milliseconds(1500);
  return options;
}

bool IsCleanBill(const RepoAnswer& answer) {
  return answer.scans_done == true && answer.issues.empty() && !answer.issues_unreadable &&
         answer.failure_reason.empty();
}

TEST(LiveHubAgainstLiars, NoBrokenReplyIsACleanBill) {
  FakeHub elsewhere;  // as believable as the hub itself: its certificate is of the same authority
  FakeHub hub({.authority = elsewhere.authority()});
  for (const BrokenReply& one : fake::BrokenReplies(elsewhere.endpoint())) {
    hub.ForgetScript();
    hub.Answer("*", one.reply);
    const RepoAnswer answer = LiveClient(hub, Hurried()).AskStatus();
    EXPECT_FALSE(IsCleanBill(answer)) << one.name;
  }
  EXPECT_TRUE(hub.recorder().Saw(kToken));
  EXPECT_EQ(elsewhere.recorder().Count(), 0u);
}

TEST(LiveHubAgainstLiars, EveryRefusalHasItsReason) {
  FakeHub hub;
  for (const BrokenReply& one : fake::RefusingReplies()) {
    hub.ForgetScript();
    hub.Answer("*", one.reply);
    const RepoAnswer answer = LiveClient(hub, Hurried()).AskStatus();
    EXPECT_FALSE(IsCleanBill(answer)) << one.name;
    EXPECT_TRUE(answer.disabled || !answer.failure_reason.empty()) << one.name;
  }
}

// A `next` that leads away ends the listing, which is then not complete.
TEST(LiveHubAgainstLiars, NoLinkTakesTheTokenToAnotherOrigin) {
  FakeHub elsewhere;
  FakeHub plain({.transport = fake::Transport::kPlain});
  FakeHub hub({.authority = elsewhere.authority()});
  hub.Add(fake::MakePreset("clean-model"));
  const std::string target = "/api/models/good-org/clean-model/tree/main?cursor=2";
  const std::string host = hub.endpoint().substr(std::string_view("https://").size());
  for (const std::string& link : {
           elsewhere.endpoint() + target,         // another port
           hub.EndpointAt("localhost") + target,  // another host
           plain.endpoint() + target,             // http, another port
           "http://" + host + target,             // http, the same host and port
           "//" + elsewhere.endpoint().substr(8) + target,
           "https://" + host + "@" + elsewhere.endpoint().substr(8) + target,
           std::string("file:///etc/passwd"),
           std::string("https://"),
       }) {
    hub.ForgetScript();
    hub.recorder().Clear();
    Reply page = JsonReply(R"([{"type":"file","oid":"45fa7c3d85ee7dd4139adbc056da25ae136a65f2",)"
                           R"("size":1,"path":"a.bin","securityFileStatus":{"status":"safe"}}])");
    page.With("Link", "<" + link + ">; rel=\"next\"");
    hub.Answer("/api/models/good-org/clean-model/tree/*", page);
    LiveClient client(hub, Hurried());
    const RepoAnswer answer =
        client.Ask({{RepoType::kModel, "good-org/clean-model"}, "main", HubScope::kFiles});
    EXPECT_FALSE(answer.listing_complete) << link;
    for (const fake::Request& request : hub.recorder().All()) {
      EXPECT_EQ(request.Header("Host"), host) << link;
    }
  }
  EXPECT_EQ(elsewhere.recorder().Count(), 0u);
  EXPECT_EQ(plain.recorder().Count(), 0u);
}

}  // namespace
}  // namespace counterscan

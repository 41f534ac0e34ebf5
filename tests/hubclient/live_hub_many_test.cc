// Many repositories at once, and lists of repositories, over real connections.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/hubclient/fake_transport.h"
#include "tests/hubclient/live_client.h"

namespace counterscan {
namespace {

using fake::ErrorReply;
using fake::FakeHub;
using fake::JsonReply;
using fake::Reply;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<HubQuery> Queries(std::size_t count) {
  std::vector<HubQuery> queries;
  for (std::size_t i = 0; i < count; ++i) {
    queries.push_back(
        {{RepoType::kModel, fmt::format("org/model-{}", i)}, "", HubScope::kRepository});
  }
  return queries;
}

TEST(LiveHubMany, AThousandRepositoriesShareAFewConnections) {
  FakeHub hub;
  hub.Answer("/api/models/org/*/scan", JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  LiveClient client(hub);
  const std::vector<HubQuery> queries = Queries(1000);
  std::set<std::size_t> answered;
  const auto begin = std::chrono::steady_clock::now();
  client.hub().Ask(queries, [&](std::size_t query, const HubRecord& record) {
    EXPECT_EQ(record.repo, queries[query].repo);
    EXPECT_EQ(record.exchanges.size(), 1u);
    EXPECT_EQ(record.exchanges.front().status, 200);
    answered.insert(query);
    return true;
  });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(answered.size(), queries.size());
  EXPECT_EQ(hub.recorder().Count(), 1000u);
  EXPECT_LE(hub.listener().connections(), HttpLimits{}.in_flight);
  RecordProperty("seconds", fmt::format("{:.2f}", took.count()));
  EXPECT_LT(took.count(), 30) << "3 s on a machine that does nothing else";
}

TEST(LiveHubMany, OneRepositorysFailureIsItsOwn) {
  FakeHub hub;
  hub.Answer("/api/models/org/model-3/scan", ErrorReply(404, "RepoNotFound", "no"));
  Reply cut = JsonReply(R"({"scansDone":true})");
  cut.cut_after = 3;
  hub.Answer("/api/models/org/model-5/scan", cut);
  hub.Answer("*", JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  LiveClient client(hub);
  std::map<std::size_t, RepoAnswer> answers;
  client.hub().Ask(Queries(20), [&](std::size_t query, const HubRecord& record) {
    answers[query] = ReadRecord(record, client.hub().endpoint(), {});
    return true;
  });
  ASSERT_EQ(answers.size(), 20u);
  for (const auto& [query, answer] : answers) {
    EXPECT_EQ(answer.scans_done.has_value(), query != 3 && query != 5) << query;
  }
  EXPECT_EQ(answers[3].failure_cause, NoAnswer::kRepositoryNotFound);
  EXPECT_EQ(answers[5].failure_cause, NoAnswer::kBrokenOff);
}

TEST(LiveHubMany, AskingEndsWhereTheCallerSaysSo) {
  FakeHub hub;
  hub.Answer("*", JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  LiveClient client(hub);
  int calls = 0;
  client.hub().Ask(Queries(1000), [&](std::size_t, const HubRecord&) { return ++calls < 3; });
  EXPECT_EQ(calls, 3);
  EXPECT_LT(hub.recorder().Count(), 100u);
  EXPECT_EQ(client.AskStatus().scans_done, true) << "it can be asked again";
}

// Sixteen replies that are too much together do not take a small one with them.
TEST(LiveHubMany, RepliesOnTheirWayShareOneLimit) {
  FakeHub hub;
  hub.Answer("/api/models/org/model-3/scan", JsonReply(R"({"scansDone":true})"));
  hub.Answer("*", JsonReply("[" + std::string(3 * 1024 * 1024, ' ')));
  ClientOptions options;
  options.body_bytes = 4 * kMiB;
  options.limits.buffered_bytes = 2 * kMiB;
  LiveClient client(hub, options);
  std::map<std::size_t, RepoAnswer> answers;
  client.hub().Ask(Queries(16), [&](std::size_t query, const HubRecord& record) {
    answers[query] = ReadRecord(record, client.hub().endpoint(), {});
    return true;
  });
  ASSERT_EQ(answers.size(), 16u);
  for (const auto& [query, answer] : answers) {
    if (query == 3) {
      EXPECT_EQ(answer.scans_done, true);
    } else {
      EXPECT_EQ(answer.failure_cause, NoAnswer::kTooLargeTogether) << query;
    }
  }
}

// A list without end is given up, and its flags count; the repository beside it has its answer.
TEST(LiveHubMany, RepositoriesInWorkShareOneLimit) {
  FakeHub hub;
  const std::string commit(40, 'c');
  hub.Answer("*/scan", JsonReply(R"({"scansDone":true,"filesWithIssues":[]})"));
  for (const char* name : {"org/small", "org/endless"}) {
    hub.Answer(fmt::format("/api/models/{}/revision/*", name),
               JsonReply(fmt::format(R"({{"id":"{}","sha":"{}"}})", name, commit)));
  }
  hub.Answer("/api/models/org/small/tree/*",
             JsonReply(R"([{"path":"a","securityFileStatus":{"status":"safe","avScan":{}}}])"));
  hub.Answer("/api/models/org/endless/tree/*", [&](const fake::Request& request) {
    const int page = std::stoi(request.Query("cursor").value_or("0"));
    const std::string body =
        fmt::format(R"([{{"path":"file-{}","securityFileStatus":{{"status":"{}"}},"x":"{}"}}])",
                    page, page == 1 ? "unsafe" : "safe", std::string(1000, 'x'));
    const std::string next = fmt::format(
        "<{}/api/models/org/endless/tree/{}?recursive=true&expand=true&cursor={}>; rel=\"next\"",
        hub.endpoint(), commit, page + 1);
    return JsonReply(body).With("Link", next);
  });
  ClientOptions options;
  options.limits.kept_bytes = 50'000;
  LiveClient client(hub, options);
  std::map<std::size_t, RepoAnswer> answers;
  const std::vector<HubQuery> queries = {{{RepoType::kModel, "org/endless"}, commit},
                                         {{RepoType::kModel, "org/small"}, commit}};
  client.hub().Ask(queries, [&](std::size_t query, const HubRecord& record) {
    answers[query] = ReadRecord(record, client.hub().endpoint(), {});
    return true;
  });
  EXPECT_EQ(answers[0].failure_cause, NoAnswer::kListTooLarge);
  EXPECT_FALSE(answers[0].listing_complete);
  ASSERT_GT(answers[0].entries.size(), 10u);
  EXPECT_EQ(answers[0].entries[1].state, HubState::kUnsafe);
  EXPECT_LT(hub.recorder().Count("/api/models/org/endless/tree/*"), 60u);
  EXPECT_TRUE(answers[1].listing_complete);
}

// A listing that drips is given up, and what waits for the quota is not.
TEST(LiveHubMany, ARepositoryThatTakesTooLongIsGivenUp) {
  FakeClock clock;
  const std::string commit(40, 'c');
  int pages = 0;
  const std::string tree = "https://hub.test/api/models/org/name/tree/" + commit;
  FakeTransport transport(clock, [&](const HttpRequest& request) {
    if (request.url.find("/tree/") == std::string::npos) {
      return ReplyOf(200, request.url.ends_with("/scan")
                              ? R"({"scansDone":true,"filesWithIssues":[]})"
                              : fmt::format(R"({{"id":"org/name","sha":"{}"}})", commit));
    }
    const std::string next =
        fmt::format("<{}?recursive=true&expand=true&cursor={}>; rel=\"next\"", tree, ++pages);
    return ReplyOf(200, "[]", {{"link", next}});
  });
  transport.reply_takes = std::chrono::seconds(30);
  LiveHub::Options options;
  options.endpoint = "https://hub.test";
  options.pause = std::chrono::seconds(100);
  LiveHub hub(transport, clock, options);
  const std::vector<HubQuery> queries = {{{RepoType::kModel, "org/name"}, commit}};
  RepoAnswer answer;
  hub.Ask(queries, [&](std::size_t, const HubRecord& record) {
    answer = ReadRecord(record, options.endpoint, {});
    return true;
  });
  EXPECT_EQ(answer.failure_cause, NoAnswer::kTooSlow);
  EXPECT_FALSE(answer.listing_complete);
  EXPECT_GE(transport.started.size(), 19u);
  EXPECT_LE(transport.started.size(), 22u);
}

std::vector<std::string> List(LiveHub& hub, const RepositorySearch& search,
                              std::optional<Refusal>* refusal = nullptr) {
  std::vector<std::string> ids;
  auto end = hub.ListRepositories(search, [&](const RepoId& repo) {
    ids.push_back(repo.id);
    return true;
  });
  if (refusal != nullptr) *refusal = std::move(end);
  return ids;
}

TEST(LiveHubList, FollowsItsPages) {
  FakeHub hub;
  hub.Answer("/api/models?limit=1000&author=org&search=a%20b",
             JsonReply(R"([{"id":"org/a"},{"id":"org/b"},{"id":"org/a"}])")
                 .With("Link", "<" + hub.endpoint() + "/api/models?cursor=2>; rel=\"next\""));
  hub.Answer("/api/models?cursor=2", JsonReply(R"([{"id":"org/c"}])"));
  LiveClient client(hub);
  std::optional<Refusal> refusal;
  EXPECT_THAT(List(client.hub(), {.author = "org", .search = "a b"}, &refusal),
              ElementsAre("org/a", "org/b", "org/c"));
  EXPECT_FALSE(refusal);
}

TEST(LiveHubList, EndsAtItsLimit) {
  FakeHub hub;
  hub.Answer("/api/datasets?limit=2", JsonReply(R"([{"id":"a"},{"id":"b"},{"id":"c"}])"));
  LiveClient client(hub);
  EXPECT_THAT(List(client.hub(), {.type = RepoType::kDataset, .limit = 2}), ElementsAre("a", "b"));
}

TEST(LiveHubList, SaysWhereItBrokeOff) {
  const auto cause = [](Reply second) {
    FakeHub hub;
    hub.Answer(
        "/api/models?limit=1000",
        JsonReply(R"([{"id":"org/a"}])").With("Link", "</api/models?cursor=2>; rel=\"next\""));
    hub.Answer("/api/models?cursor=2", std::move(second));
    LiveClient client(hub);
    std::optional<Refusal> refusal;
    EXPECT_THAT(List(client.hub(), {}, &refusal), testing::Contains("org/a"));
    return refusal ? Name(refusal->cause) : "";
  };
  EXPECT_EQ(cause(ErrorReply(401, "", "no")), "login-needed");
  EXPECT_EQ(cause(fake::HtmlReply("<html>")), "html-page");
  EXPECT_EQ(cause(JsonReply("{}")), "wrong-shape");
  EXPECT_EQ(cause(JsonReply(R"([{"id":"org/../b"}])")), "wrong-shape");
  EXPECT_EQ(cause(JsonReply(R"([{"id":"org/b\r\nX: y"}])")), "wrong-shape");
  EXPECT_EQ(cause(JsonReply(R"([{"id":"org/b%2fc"}])")), "wrong-shape");
  EXPECT_EQ(cause(JsonReply(R"([{"id":"org/b"},)")), "damaged");
  const std::string here = "</api/models?cursor=2>; rel=\"next\"";
  EXPECT_EQ(cause(JsonReply("[]").With("Link", here)), "too-many-pages");
  EXPECT_EQ(cause(JsonReply("[]").With("Link", "</api/whoami-v2?x>; rel=\"next\"")),
            "too-many-pages");
  EXPECT_EQ(cause(JsonReply("[]").With("Link", "<https://evil.test/a>; rel=\"next\"")),
            "redirect-elsewhere");
}

TEST(LiveHubList, TheTokenFollowsNoLinkToAnotherServer) {
  FakeHub hub, other({.authority = hub.authority()});
  other.Answer("*", JsonReply("[]"));
  for (const std::string& target :
       {other.endpoint() + "/api/models?cursor=2", hub.EndpointAt("localhost") + "/api/models?c=2",
        "http://127.0.0.1:" + std::to_string(hub.port()) + "/api/models?cursor=2"}) {
    hub.ForgetScript();
    hub.Answer("*",
               JsonReply(R"([{"id":"org/a"}])").With("Link", "<" + target + ">; rel=\"next\""));
    ClientOptions options;
    options.token = "hf_secret";
    LiveClient client(hub, options);
    std::optional<Refusal> refusal;
    List(client.hub(), {}, &refusal);
    EXPECT_TRUE(refusal) << target;
    hub.ForgetScript();
    hub.Answer("*", fake::RedirectReply(target));
    List(client.hub(), {}, &refusal);
    EXPECT_EQ(refusal->cause, NoAnswer::kRedirectElsewhere) << target;
  }
  EXPECT_EQ(other.listener().connections(), 0u);
  EXPECT_EQ(hub.recorder().Count(), 6u);
}

}  // namespace
}  // namespace counterscan

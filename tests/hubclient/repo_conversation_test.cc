#include "hubclient/repo_conversation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hubclient/hub_request.h"
#include "tests/hubclient/fake_transport.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kEndpoint = "https://hub.test";
const std::string kCommit(40, 'c');
const RepoId kModel{RepoType::kModel, "org/name"};
const std::string kModelUrl = "https://hub.test/api/models/org/name";

const std::size_t kPagesReadAnyway = HttpLimits{}.pages_read_anyway;

constexpr std::string_view kNothingFlagged = R"({"scansDone":true,"filesWithIssues":[]})";

// Plays the Hub: `answers` by URL, 404 for everything else.
struct Talk {
  std::vector<std::string> asked;  // "GET /scan": below kModelUrl, where it is
  HubRecord record;
};

Talk Play(HubQuery query, const std::map<std::string, HttpReply>& answers,
          const HttpLimits& limits = {}) {
  RepoConversation conversation(std::move(query), kEndpoint, {}, limits);
  Talk talk;
  while (conversation.next() && talk.asked.size() < 1000) {
    const HttpRequest request = *conversation.next();
    const bool below = request.url.starts_with(kModelUrl);
    const std::string short_url = below ? request.url.substr(kModelUrl.size()) : request.url;
    talk.asked.push_back(request.method + " " + short_url);
    const auto found = answers.find(short_url);
    conversation.OnReply(found != answers.end() ? found->second : ReplyOf(404),
                         "2026-11-26T00:00:00Z");
  }
  talk.record = conversation.Take();
  return talk;
}

const std::string kInfo = "GET /revision/" + kCommit + "?securityStatus=true";

std::string Tree(const std::string& rest = "") {
  return "/tree/" + kCommit + "?recursive=true&expand=true" + rest;
}
const std::pair<const std::string, HttpReply> kInformation = {
    kInfo.substr(4), ReplyOf(200, R"({"id":"org/name","sha":")" + kCommit + "\"}")};
HttpReply Page(const std::string& link = "") {
  return ReplyOf(
      200, R"([{"type":"file","path":"a","oid":""}])",
      link.empty() ? std::map<std::string, std::string>{}
                   : std::map<std::string, std::string>{{"link", "<" + link + ">; rel=\"next\""}});
}
HubQuery Pinned(std::vector<std::string> paths = {}) {
  return {kModel, kCommit, HubScope::kFiles, std::move(paths)};
}

TEST(RepoConversation, AsksForTheStatusOfARepositoryOnce) {
  const Talk talk = Play({kModel, "", HubScope::kRepository},
                         {{"/scan", ReplyOf(200, std::string(kNothingFlagged))}});
  EXPECT_THAT(talk.asked, ElementsAre("GET /scan"));
  EXPECT_EQ(talk.record.exchanges.size(), 1u);
  EXPECT_EQ(talk.record.commit, "");
}

TEST(RepoConversation, AnOlderServerIsAskedForItsInformationInstead) {
  const std::string info =
      R"({"id":"org/name","sha":")" + kCommit + R"(","securityRepoStatus":{}})";
  const Talk talk = Play({kModel, "", HubScope::kRepository},
                         {{"/revision/main?securityStatus=true", ReplyOf(200, info)}});
  EXPECT_THAT(talk.asked, ElementsAre("GET /scan", "GET /revision/main?securityStatus=true"));
  EXPECT_EQ(talk.record.commit, kCommit);
}

TEST(RepoConversation, ARefusalIsTakenForAnAnswer) {
  for (const int status : {401, 403, 429, 503}) {
    const Talk talk = Play({kModel, "", HubScope::kRepository}, {{"/scan", ReplyOf(status)}});
    EXPECT_EQ(talk.asked.size(), 1u) << status;
  }
  const Talk unknown = Play({kModel, "", HubScope::kRepository},
                            {{"/scan", ReplyOf(404, "", {{"x-error-code", "RepoNotFound"}})}});
  EXPECT_EQ(unknown.asked.size(), 1u);
}

TEST(RepoConversation, AnotherRevisionIsAskedForInThePath) {
  const Talk talk = Play({kModel, "refs/pr/1", HubScope::kRepository}, {});
  EXPECT_THAT(talk.asked, ElementsAre("GET /revision/refs%2Fpr%2F1?securityStatus=true"));
}

TEST(RepoConversation, FilesAreListedAtTheCommitPageByPage) {
  const Talk talk =
      Play(Pinned(), {{"/scan", ReplyOf(200, std::string(kNothingFlagged))},
                      kInformation,
                      {Tree(), Page(kModelUrl + Tree("&cursor=2"))},
                      {Tree("&cursor=2"), Page("/api/models/org/name" + Tree("&cursor=3"))},
                      {Tree("&cursor=3"), Page()}});
  EXPECT_THAT(talk.asked, ElementsAre("GET /scan", kInfo, "GET " + Tree(),
                                      "GET " + Tree("&cursor=2"), "GET " + Tree("&cursor=3")));
  EXPECT_TRUE(ReadRecord(talk.record, kEndpoint, {}).listing_complete);
}

TEST(RepoConversation, ABranchIsTurnedIntoItsCommitFirst) {
  const std::string info = R"({"id":"org/name","sha":")" + kCommit + "\"}";
  const Talk talk =
      Play({kModel, "main", HubScope::kFiles},
           {{"/revision/main?securityStatus=true", ReplyOf(200, info)}, {Tree(), Page()}});
  EXPECT_THAT(talk.asked,
              ElementsAre("GET /scan", "GET /revision/main?securityStatus=true", "GET " + Tree()));
  EXPECT_EQ(talk.record.commit, kCommit);
}

TEST(RepoConversation, WithoutACommitNothingMoreIsAsked) {
  const Talk talk = Play({kModel, "gone", HubScope::kFiles}, {});
  EXPECT_THAT(talk.asked, ElementsAre("GET /scan", "GET /revision/gone?securityStatus=true"));
  EXPECT_EQ(ReadRecord(talk.record, kEndpoint, {}).failure, HubState::kNotFound);
}

// A repository may be withdrawn, whatever its files are.
TEST(RepoConversation, InformationIsAskedForWhereTheCommitIsKnownToo) {
  const Talk talk = Play(Pinned(), {{Tree(), ReplyOf(500)}});
  EXPECT_THAT(talk.asked, ElementsAre("GET /scan", kInfo, "GET " + Tree()));
  const std::string info = R"({"id":"org/name","disabled":true,"sha":")" + kCommit + "\"}";
  const Talk disabled = Play(Pinned(), {{kInfo.substr(4), ReplyOf(200, info)}, {Tree(), Page()}});
  EXPECT_TRUE(ReadRecord(disabled.record, kEndpoint, {}).disabled);
}

TEST(RepoConversation, AListingThatWasCutLacksFilesThatTheInformationNames) {
  const std::string info =
      R"({"id":"org/name","siblings":[{"rfilename":"a"},{"rfilename":"b"}],"sha":")" + kCommit +
      "\"}";
  const std::string file =
      R"([{"type":"file","path":"a","oid":"1111111111111111111111111111111111111111","securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}}])";
  const Talk talk =
      Play(Pinned(), {{kInfo.substr(4), ReplyOf(200, info)}, {Tree(), ReplyOf(200, file)}});
  const RepoAnswer answer = ReadRecord(talk.record, kEndpoint, {});
  ASSERT_EQ(answer.entries.size(), 3u);
  EXPECT_TRUE(answer.entries[1].pinned);
  EXPECT_EQ(answer.entries[1].path, "b");
  EXPECT_EQ(answer.entries[1].state, HubState::kMissing);
}

// A listing of so many pages and one more, which is not there.
std::map<std::string, HttpReply> Pages(std::size_t count) {
  std::map<std::string, HttpReply> answers = {kInformation};
  for (std::size_t i = 0; i < count; ++i) {
    answers[Tree(i == 0 ? "" : fmt::format("&cursor={}", i))] =
        Page(kModelUrl + Tree(fmt::format("&cursor={}", i + 1)));
  }
  return answers;
}

// A flag for the same bytes may stand on any page.
TEST(RepoConversation, AListingThatIsNotGiantIsReadToItsEndForOneFile) {
  auto answers = Pages(kPagesReadAnyway - 1);
  answers[Tree(fmt::format("&cursor={}", kPagesReadAnyway - 1))] = ReplyOf(200, "[]");
  const Talk talk = Play(Pinned({"a"}), answers);
  EXPECT_EQ(talk.asked.size(), 2 + kPagesReadAnyway);
  EXPECT_TRUE(ReadRecord(talk.record, kEndpoint, {}).listing_complete);
}

TEST(RepoConversation, AFewFilesOfAnEndlessRepositoryAreAskedForByName) {
  const std::string flagged =
      R"({"scansDone":true,"filesWithIssues":[{"path":"evil.pkl","level":"unsafe"}]})";
  const std::string reply =
      R"([{"type":"file","path":"a","oid":"1111111111111111111111111111111111111111","securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}}])";
  auto answers = Pages(2000);
  answers["/scan"] = ReplyOf(200, flagged);
  answers["/paths-info/" + kCommit] = ReplyOf(200, reply);
  const Talk talk = Play(Pinned({"b/c", "a"}), answers);
  EXPECT_EQ(talk.asked.size(), 2 + kPagesReadAnyway + 1);
  EXPECT_EQ(talk.asked.back(), "POST /paths-info/" + kCommit);
  EXPECT_EQ(talk.record.exchanges.back().request_body,
            R"({"expand":true,"paths":["a","b/c","evil.pkl"]})");
  const RepoAnswer answer = ReadRecord(talk.record, kEndpoint, {});
  EXPECT_THAT(answer.absent, ElementsAre("b/c", "evil.pkl"));
  EXPECT_FALSE(answer.listing_complete);
}

TEST(RepoConversation, ManyFilesOfAnEndlessRepositoryAreAskedForInParts) {
  std::vector<std::string> paths;
  for (int i = 0; i < 230; ++i) paths.push_back(fmt::format("file-{:03}", i));
  auto answers = Pages(2000);
  answers["/paths-info/" + kCommit] = ReplyOf(200, "[]");
  const Talk talk = Play(Pinned(paths), answers);
  EXPECT_EQ(std::count(talk.asked.begin(), talk.asked.end(), "POST /paths-info/" + kCommit), 5);
  EXPECT_EQ(talk.asked.size(), 2 + kPagesReadAnyway + 5);
  std::size_t named = 0;
  for (const HubExchange& exchange : talk.record.exchanges) {
    const auto asked_for = PathsAskedFor(exchange.request_body);
    EXPECT_LE(asked_for.size(), kPathsPerRequest);
    named += asked_for.size();
  }
  EXPECT_EQ(named, paths.size());
}

TEST(RepoConversation, PathsThatCouldNotBeSentAreLeftOut) {
  auto answers = Pages(2000);
  answers["/paths-info/" + kCommit] = ReplyOf(200, "[]");
  const Talk talk = Play(Pinned({"../a", "b\xFF", "ok", "/etc/passwd"}), answers);
  EXPECT_EQ(talk.record.exchanges.back().request_body, R"({"expand":true,"paths":["ok"]})");
}

TEST(RepoConversation, AListingThatRunsInACircleEnds) {
  const Talk talk = Play(Pinned(), {{Tree(), Page(kModelUrl + Tree("&cursor=2"))},
                                    {Tree("&cursor=2"), Page(kModelUrl + Tree())}});
  EXPECT_EQ(talk.asked.size(), 4u);
  EXPECT_FALSE(ReadRecord(talk.record, kEndpoint, {}).listing_complete);
}

TEST(RepoConversation, AListingWithoutAnEndEnds) {
  HttpLimits limits;
  limits.pages = 10;
  RepoConversation conversation(Pinned(), kEndpoint, {}, limits);
  conversation.OnReply(ReplyOf(404), "");  // /scan
  conversation.OnReply(ReplyOf(404), "");  // information
  std::size_t pages = 0;
  while (conversation.next() && pages < 1000) {
    ++pages;
    conversation.OnReply(Page(kModelUrl + Tree(fmt::format("&cursor={}", pages))), "");
  }
  EXPECT_EQ(pages, 10u);
}

TEST(RepoConversation, ANextPageOfSomethingElseIsNotAskedFor) {
  for (const std::string& next :
       {std::string("https://evil.test/api/models/org/name") + Tree("&cursor=2"),
        std::string("http://hub.test/api/models/org/name") + Tree("&cursor=2"),
        std::string("https://hub.test:8443/api/models/org/name") + Tree("&cursor=2"),
        std::string("https://hub.test/api/models/other/name") + Tree("&cursor=2"),
        std::string("https://hub.test/api/whoami-v2"), kModelUrl + "/tree/main?cursor=2",
        kModelUrl + "/settings", std::string("//evil.test/x")}) {
    const Talk talk = Play(Pinned(), {{Tree(), Page(next)}});
    EXPECT_THAT(talk.asked, ElementsAre("GET /scan", kInfo, "GET " + Tree())) << next;
    EXPECT_FALSE(ReadRecord(talk.record, kEndpoint, {}).listing_complete) << next;
  }
}

TEST(RepoConversation, ARenamedRepositoryIsFollowed) {
  const std::string other = "https://hub.test/api/models/new-org/new.name";
  const auto moved = [&](const std::string& rest) {
    return ReplyOf(307, "", {{"location", "/api/models/new-org/new.name" + rest}});
  };
  const std::string file =
      R"([{"type":"file","path":"a","oid":"1111111111111111111111111111111111111111","securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}}])";
  const std::string info = R"({"id":"new-org/new.name","sha":")" + kCommit + "\"}";
  const Talk talk = Play(Pinned(), {{"/scan", moved("/scan")},
                                    {other + "/scan", ReplyOf(200, std::string(kNothingFlagged))},
                                    {other + kInfo.substr(4), ReplyOf(200, info)},
                                    {other + Tree(), ReplyOf(200, file)}});
  EXPECT_THAT(talk.asked, ElementsAre("GET /scan", "GET " + other + "/scan",
                                      "GET " + other + kInfo.substr(4), "GET " + other + Tree()));
  const RepoAnswer answer = ReadRecord(talk.record, kEndpoint, {});
  EXPECT_EQ(answer.repo.id, "org/name");
  EXPECT_TRUE(answer.listing_complete);
  EXPECT_EQ(answer.entries.size(), 1u);
  EXPECT_EQ(answer.scans_done, true);
  EXPECT_THAT(answer.notes, Contains("the Hub has moved org/name to new-org/new.name"));
}

TEST(RepoConversation, ARedirectToAnythingElseIsNotFollowed) {
  for (const std::string& location :
       {std::string("https://evil.test/api/models/org/other/scan"),
        std::string("http://hub.test/api/models/org/other/scan"),
        std::string("https://hub.test:8443/api/models/org/other/scan"),
        std::string("//evil.test/api/models/org/other/scan"),
        std::string("/api/models/org/other/settings"), std::string("/login?next=/scan"),
        std::string("/api/models/../../scan"), std::string("/api/datasets/org/other/scan"),
        std::string("/api/models/org/o%2fther/scan"),
        std::string("/api/models/org/other\r\nX: y/scan")}) {
    const Talk talk = Play({kModel, "", HubScope::kRepository},
                           {{"/scan", ReplyOf(307, "", {{"location", location}})}});
    EXPECT_THAT(talk.asked, ElementsAre("GET /scan")) << location;
    const RepoAnswer answer = ReadRecord(talk.record, kEndpoint, {});
    EXPECT_EQ(answer.failure_cause, NoAnswer::kRedirectElsewhere) << location;
  }
}

TEST(RepoConversation, ARedirectToItselfOrNowhereIsToldApart) {
  const auto cause = [](const std::string& location) {
    const Talk talk = Play({kModel, "", HubScope::kRepository},
                           {{"/scan", ReplyOf(307, "", {{"location", location}})}});
    return ReadRecord(talk.record, kEndpoint, {}).failure_cause;
  };
  EXPECT_EQ(cause("/api/models/org/name/scan"), NoAnswer::kRedirectLoop);
  EXPECT_EQ(cause(""), NoAnswer::kUnexpectedStatus);
}

TEST(RepoConversation, RedirectsInACircleEnd) {
  const auto to = [&](const std::string& id) {
    return ReplyOf(307, "", {{"location", "/api/models/" + id + "/scan"}});
  };
  const Talk talk = Play({kModel, "", HubScope::kRepository},
                         {{"/scan", to("b/b")},
                          {"https://hub.test/api/models/b/b/scan", to("c/c")},
                          {"https://hub.test/api/models/c/c/scan", to("b/b")}});
  EXPECT_LE(talk.asked.size(), 5u);
  EXPECT_EQ(ReadRecord(talk.record, kEndpoint, {}).entries.size(), 0u);
  EXPECT_NE(ReadRecord(talk.record, kEndpoint, {}).failure_reason, "");
}

TEST(RepoConversation, AMalformedNameIsNotAskedFor) {
  for (const std::string& id :
       {std::string(".."), std::string("org/.."), std::string("org/na@me"),
        std::string("org/name\r\nX-Evil: 1"), std::string("org/na%2fme"), std::string("a/b/c"),
        std::string("org/name?x"), std::string("org/name#x"), std::string(""), std::string("a/")}) {
    const Talk talk = Play({{RepoType::kModel, id}, "", HubScope::kFiles}, {});
    EXPECT_THAT(talk.asked, IsEmpty()) << id;
    const RepoAnswer answer = ReadRecord(talk.record, kEndpoint, {});
    EXPECT_EQ(answer.failure_cause, NoAnswer::kRequestRefused) << id;
    EXPECT_EQ(answer.failure, HubState::kUnreachable) << id;
  }
  for (const std::string& revision :
       {std::string("a..b"), std::string("a\r\nb"), std::string("a%2fb"), std::string("a b")}) {
    EXPECT_THAT(Play({kModel, revision, HubScope::kFiles}, {}).asked, IsEmpty()) << revision;
  }
}

TEST(RepoConversation, WhereNobodyAnswersNothingMoreIsAsked) {
  for (const NoAnswer cause : {NoAnswer::kDns, NoAnswer::kCertificateExpired, NoAnswer::kDeadline,
                               NoAnswer::kInterrupted, NoAnswer::kBadSettings}) {
    const Talk talk = Play(Pinned(), {{"/scan", NoReplyOf(cause)}});
    EXPECT_EQ(talk.asked.size(), 1u);
    const RepoAnswer answer = ReadRecord(talk.record, kEndpoint, {});
    EXPECT_EQ(answer.failure_cause, cause);
    EXPECT_THAT(answer.failure_reason, HasSubstr(std::string(RowOf(cause).words)));
  }
}

TEST(RepoConversation, DatasetsAndSpacesHaveNoStatusInTheirInformation) {
  const HubQuery query{{RepoType::kDataset, "org/data"}, "main", HubScope::kFiles};
  const Talk talk = Play(query, {});
  EXPECT_THAT(talk.asked, ElementsAre("GET https://hub.test/api/datasets/org/data/scan",
                                      "GET https://hub.test/api/datasets/org/data/revision/main"));
}

// Of a gated repository without access; the hash is masked by as many asterisks as it has digits.
// Of a gated repository without access; the hash is masked by as many asterisks as it has digits.
TEST(RepoConversation, MaskedHashesMakeItAskForTheAccess) {
  const HttpReply masked = ReplyOf(200, R"([{"type":"file","path":"a","oid":"","lfs":{"oid":")" +
                                            std::string(64, '*') + R"("}}])");
  const std::string info = "/revision/" + kCommit + "?securityStatus=true";
  const Talk talk = Play(Pinned(), {{"/scan", ReplyOf(200, std::string(kNothingFlagged))},
                                    {Tree(), masked},
                                    {"/auth-check", ReplyOf(403)}});
  EXPECT_THAT(talk.asked,
              ElementsAre("GET /scan", "GET " + info, "GET " + Tree(), "GET /auth-check"));
  EXPECT_THAT(Play(Pinned(), {{Tree(), Page()}}).asked,
              ElementsAre("GET /scan", "GET " + info, "GET " + Tree()));
}

TEST(RepoConversation, GivenUpItKeepsWhatHasCome) {
  RepoConversation conversation(Pinned(), kEndpoint, {}, {});
  const std::string time = "2026-11-26T00:00:00Z";
  conversation.OnReply(ReplyOf(200, std::string(kNothingFlagged)), time);
  conversation.OnReply(ReplyOf(200, R"({"id":"org/name","sha":")" + kCommit + R"("})"), time);
  conversation.OnReply(ReplyOf(200, R"([{"path":"a","securityFileStatus":{"status":"unsafe"}}])",
                               {{"link", "<" + kModelUrl + Tree("&cursor=1") + ">; rel=\"next\""}}),
                       time);
  EXPECT_GT(conversation.kept_bytes(), 100u);
  ASSERT_TRUE(conversation.next());
  conversation.GiveUp(NoAnswer::kListTooLarge);
  EXPECT_FALSE(conversation.next());
  const RepoAnswer answer = ReadRecord(conversation.Take(), kEndpoint, {});
  EXPECT_EQ(answer.failure_cause, NoAnswer::kListTooLarge);
  EXPECT_FALSE(answer.listing_complete);
  ASSERT_EQ(answer.entries.size(), 1u);
  EXPECT_EQ(answer.entries[0].state, HubState::kUnsafe);
}

TEST(PathsRequest, TheBodyIsJsonWhateverThePathsHold) {
  const std::vector<std::string> paths = {"a/b", "say \"x\"", "tab\there", "\xC3\xA9", "\x7F"};
  const HttpRequest request = PathsRequest(kEndpoint, kModel, kCommit, paths);
  EXPECT_EQ(request.body,
            "{\"expand\":true,\"paths\":[\"a/b\",\"say "
            "\\\"x\\\"\",\"tab\\u0009here\",\"\xC3\xA9\",\"\x7F\"]}");
  EXPECT_EQ(PathsAskedFor(request.body), paths);
}

}  // namespace
}  // namespace counterscan

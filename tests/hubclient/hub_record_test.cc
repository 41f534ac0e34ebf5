#include "hubclient/hub_record.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/recorded_replies.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kCommit = "5bb9fc53add422c252f7351a8e28c438cb98ea21";
constexpr std::string_view kEndpoint = "https://huggingface.co";
constexpr std::string_view kSafeFile =
    R"({"path":"a","oid":"1a78b7e6c35fa843b214689706ce9398ac8fc761","securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}})";
constexpr std::string_view kUnsafeFile =
    R"({"path":"b","oid":"ad61e9690fadc7132837a8a037197af97061bd5f","securityFileStatus":{"status":"unsafe","avScan":{"status":"unsafe"}}})";

HubExchange Ok(std::string path, std::string body) {
  HubExchange exchange;
  exchange.url = std::string(kEndpoint) + "/api/models/org/name" + path;
  exchange.status = 200;
  exchange.time = "2026-11-21T10:00:00Z";
  exchange.body = std::move(body);
  return exchange;
}
std::string Tree(std::string_view query = "?recursive=true&expand=true") {
  return "/tree/" + kCommit + std::string(query);
}
RepoAnswer Read(std::vector<HubExchange> exchanges, const HubLimits& limits = {}) {
  return ReadRecord({{RepoType::kModel, "org/name"}, kCommit, std::move(exchanges)}, kEndpoint,
                    limits);
}
std::string List(std::initializer_list<std::string_view> items) {
  return fmt::format("[{}]", fmt::join(items, ","));
}

TEST(HubRecord, AnExpandedTreeAtTheCommitIsPinnedAndComplete) {
  const RepoAnswer answer = Read({Ok(Tree(), List({kSafeFile, kUnsafeFile}))});
  ASSERT_EQ(answer.entries.size(), 2u);
  EXPECT_TRUE(answer.entries[0].pinned);
  EXPECT_TRUE(answer.entries[0].status_asked);
  EXPECT_EQ(answer.entries[0].state, HubState::kSafe);
  EXPECT_EQ(answer.entries[0].asked_at, "2026-11-21T10:00:00Z");
  EXPECT_EQ(answer.entries[1].state, HubState::kUnsafe);
  EXPECT_TRUE(answer.listing_complete);
  EXPECT_EQ(answer.asked_at, "2026-11-21T10:00:00Z");
  EXPECT_TRUE(answer.notes.empty());
}

TEST(HubRecord, AnotherRevisionIsNotPinned) {
  const RepoAnswer answer = Read({Ok("/tree/main?recursive=true&expand=true", List({kSafeFile}))});
  EXPECT_FALSE(answer.entries.at(0).pinned);
  EXPECT_FALSE(answer.listing_complete);
}

TEST(HubRecord, ADamagedPageInTheMiddleLeavesTheListingIncomplete) {
  const std::string next = Tree("?recursive=true&expand=true&p=2");
  const std::string last = Tree("?recursive=true&expand=true&p=3");
  const auto link = [](const std::string& path) {
    return "<" + std::string(kEndpoint) + "/api/models/org/name" + path + ">; rel=\"next\"";
  };
  for (const char* middle : {"[", "<html>", R"({"error":"x"})", ""}) {
    std::vector<HubExchange> pages = {Ok(Tree(), List({kSafeFile})), Ok(next, middle),
                                      Ok(last, List({kSafeFile}))};
    pages[0].headers["link"] = link(next);
    pages[1].headers["link"] = link(last);
    EXPECT_FALSE(Read(pages).listing_complete) << middle;
  }
  // A page that says where it goes on from is no first one.
  EXPECT_FALSE(Read({Ok(last, List({kSafeFile}))}).listing_complete);
}

TEST(HubRecord, WhatIsNoFileInAListConfirmsNothingAndItsFlagCounts) {
  for (const char* stray : {"null", "\"x\"", "[]"}) {
    const RepoAnswer answer = Read({Ok(Tree(), List({kSafeFile, stray}))});
    EXPECT_FALSE(answer.listing_complete) << stray;
    EXPECT_EQ(answer.entries.at(0).state, HubState::kUnreachable) << stray;
  }
  const RepoAnswer answer = Read({Ok(Tree(), List({kSafeFile, fmt::format("[{}]", kUnsafeFile)}))});
  ASSERT_EQ(answer.issues.size(), 1u);
  EXPECT_EQ(answer.issues[0].state, HubState::kUnsafe);
}

TEST(HubRecord, FlagsForPathsThatAreNotListedAreSaid) {
  const RepoAnswer answer = Read(
      {Ok("/scan",
          R"({"scansDone":true,"filesWithIssues":[{"path":"./a","level":"unsafe"},{"path":"z","level":"caution"}]})"),
       Ok(Tree(), List({kSafeFile}))});
  EXPECT_EQ(answer.unplaced_flags,
            "the Hub says \"unsafe\" of ./a, which is not in its list of files, in this "
            "repository, and flags 1 more");
}

TEST(HubRecord, ADirectoryWithAStatusIsAFile) {
  const RepoAnswer answer = Read({Ok(
      Tree(),
      R"([{"type":"directory","path":"d","oid":"1a78b7e6c35fa843b214689706ce9398ac8fc761","size":0},
          {"type":"directory","path":"b","securityFileStatus":{"status":"unsafe"}},
          {"type":"directory","path":"c","size":9}])")});
  ASSERT_EQ(answer.entries.size(), 2u);
  EXPECT_EQ(answer.entries[0].state, HubState::kUnsafe);
}

TEST(HubRecord, ATreeThatIsNotRecursiveOrNotWholeIsNotComplete) {
  EXPECT_FALSE(Read({Ok(Tree("?expand=true"), "[]")}).listing_complete);
  EXPECT_FALSE(Read({Ok("/tree/" + kCommit + "/sub?recursive=true", "[]")}).listing_complete);
  EXPECT_FALSE(Read({Ok(Tree("?recursive=true&cursor=x"), "[]")}).listing_complete);
  EXPECT_FALSE(Read({}).listing_complete);
  EXPECT_TRUE(Read({Ok(Tree("?recursive=1"), "[]")}).listing_complete);
}

TEST(HubRecord, PagesMustFormOneChainToTheEnd) {
  const auto page = [](const std::string& query, const std::string& link) {
    HubExchange exchange = Ok(Tree(query), "[]");
    if (!link.empty()) exchange.headers["link"] = link;
    return exchange;
  };
  const std::string base = "</api/models/org/name/tree/" + kCommit;
  const auto first = page("?recursive=true", base + "?recursive=true&cursor=2>; rel=\"next\"");
  const auto second =
      page("?recursive=true&cursor=2", base + "?recursive=true&cursor=3>; rel=\"next\"");
  const auto third = page("?recursive=true&cursor=3", "");
  const auto loop =
      page("?recursive=true&cursor=3", base + "?recursive=true&cursor=2>; rel=\"next\"");
  const auto away = page("?recursive=true&cursor=2", "<https://evil.example/x>; rel=\"next\"");
  EXPECT_TRUE(Read({third, first, second}).listing_complete);
  EXPECT_FALSE(Read({first, second}).listing_complete);
  EXPECT_FALSE(Read({first, third}).listing_complete);
  EXPECT_FALSE(Read({first, second, loop}).listing_complete);
  EXPECT_FALSE(Read({first, away}).listing_complete);
}

TEST(HubRecord, WithoutExpandTheAbsenceOfAStatusIsNoStatement) {
  const RepoAnswer answer = Read({Ok(Tree("?recursive=true"), Recorded("tree-masked.json").body)});
  ASSERT_EQ(answer.entries.size(), 3u);
  EXPECT_FALSE(answer.entries[0].status_asked);
  EXPECT_EQ(answer.entries[0].state, HubState::kMissing);
}

TEST(HubRecord, ABodyThatBreaksOffConfirmsNothingAndKeepsItsFlags) {
  const std::string whole = List({kUnsafeFile, kSafeFile, kSafeFile});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const RepoAnswer answer = Read({Ok(Tree(), whole.substr(0, length))});
    EXPECT_FALSE(answer.listing_complete) << length;
    for (const HubEntry& entry : answer.entries) EXPECT_NE(entry.state, HubState::kSafe) << length;
    if (length > kUnsafeFile.size()) {
      ASSERT_FALSE(answer.entries.empty()) << length;
      EXPECT_EQ(answer.entries[0].state, HubState::kUnsafe) << length;
    }
  }
}

TEST(HubRecord, ABodyThatDoesNotFitItsEtagConfirmsNothing) {
  HubExchange exchange = Ok("/paths-info/" + kCommit, Recorded("paths-info-model.json").body);
  exchange.headers["etag"] = Recorded("paths-info-model.json").etag;
  EXPECT_EQ(Read({exchange}).entries.at(0).state, HubState::kSafe);
  exchange.headers["etag"] = Recorded("paths-info-dataset.json").etag;
  const RepoAnswer answer = Read({exchange});
  EXPECT_EQ(answer.entries.at(0).state, HubState::kUnreachable);
  EXPECT_THAT(answer.entries.at(0).reason, HasSubstr("ETag"));
}

TEST(HubRecord, ARepeatedKeyConfirmsNothing) {
  const RepoAnswer answer = Read({Ok(
      Tree(),
      R"([{"path":"a","path":"b","securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}}])")});
  EXPECT_EQ(answer.entries.at(0).state, HubState::kUnreachable);
}

TEST(HubRecord, RepliesOfTheWrongKindAreUnreachable) {
  for (const char* body : {"<html>login</html>", "{}", "\"safe\"", "null", "{\"error\":\"x\"}"}) {
    const RepoAnswer answer = Read({Ok(Tree(), body)});
    EXPECT_TRUE(answer.entries.empty()) << body;
    EXPECT_EQ(answer.failure, HubState::kUnreachable) << body;
    EXPECT_NE(answer.failure_reason, "") << body;
  }
  EXPECT_EQ(Read({Ok("", "[]")}).failure, HubState::kUnreachable);
}

TEST(HubRecord, RefusalsBecomeTheFailureOfTheRepository) {
  HubExchange denied = Ok(Tree(), R"({"error":"Invalid username or password."})");
  denied.status = 401;
  EXPECT_EQ(Read({denied}).failure, HubState::kDenied);
  HubExchange disabled = Ok(Tree(), "");
  disabled.status = 403;
  disabled.headers["x-error-message"] = "Access to this resource is disabled.";
  EXPECT_TRUE(Read({disabled}).disabled);
  HubExchange silent = Ok(Tree(), "");
  silent.status = 0;
  silent.error = "connection timed out";
  EXPECT_EQ(Read({silent}).failure_reason, "connection timed out");
}

TEST(HubRecord, AMissingFolderOrScanReplyDoesNotSpoilTheListing) {
  HubExchange folder = Ok("/tree/" + kCommit + "/sub", "");
  folder.status = 404;
  HubExchange scan = Ok("/scan", "");
  scan.status = 500;
  const RepoAnswer answer = Read({Ok(Tree(), "[]"), folder, scan});
  EXPECT_TRUE(answer.failure_reason.empty());
  EXPECT_EQ(answer.notes.size(), 2u);
}

TEST(HubRecord, InformationWithDisabledTrueIsAWithdrawal) {
  EXPECT_TRUE(Read({Ok("", R"({"id":"org/name","disabled":true})")}).disabled);
  EXPECT_FALSE(Read({Ok("", R"({"id":"org/name","disabled":false})")}).disabled);
}

// The outage of 2024: 200, and the field is not there.
TEST(HubRecord, InformationWithoutTheStatusItWasAskedForIsNoted) {
  const RepoAnswer answer = Read({Ok("?securityStatus=true", Recorded("info.json").body)});
  EXPECT_THAT(answer.notes,
              testing::Contains("the Hub's reply has no security status for the repository"));
  EXPECT_THAT(answer.notes,
              testing::Contains(HasSubstr("answers under the name OwnerOfTheGatedModel")));
  EXPECT_FALSE(answer.scans_done);
  for (const HubEntry& entry : answer.entries) EXPECT_EQ(entry.state, HubState::kMissing);
}

TEST(HubRecord, AnIssueOfTheRepositoryGoesToTheEntryAtItsPath) {
  const RepoAnswer answer = Read(
      {Ok(Tree(), List({kSafeFile})),
       Ok("/scan",
          R"({"scansDone":false,"filesWithIssues":[{"path":"a","level":"unsafe"},{"path":"gone","level":"caution"}]})")});
  EXPECT_EQ(answer.entries.at(0).state, HubState::kUnsafe);
  EXPECT_THAT(
      answer.entries.at(0).notes,
      ElementsAre(
          "the Hub lists this file as \"unsafe\" for the repository, but as \"safe\" itself"));
  ASSERT_EQ(answer.issues.size(), 2u);
  EXPECT_EQ(answer.issues[0].asked_at, "2026-11-21T10:00:00Z");
  EXPECT_EQ(answer.scans_done, false);
}

TEST(HubRecord, AFlagThatTheRepositorysListLeavesOutIsNoted) {
  const std::string none = R"({"scansDone":true,"filesWithIssues":[]})";
  const RepoAnswer denied = Read({Ok(Tree(), List({kSafeFile, kUnsafeFile})), Ok("/scan", none)});
  EXPECT_THAT(denied.entries.at(0).notes, testing::IsEmpty());
  EXPECT_THAT(denied.entries.at(1).notes,
              ElementsAre(HasSubstr("list of files with issues in this repository leaves this file "
                                    "out")));
  EXPECT_EQ(denied.entries.at(1).state, HubState::kUnsafe);
  // No list, or one that names no file, leaves nothing out.
  EXPECT_THAT(Read({Ok(Tree(), List({kUnsafeFile}))}).entries.at(0).notes, testing::IsEmpty());
  EXPECT_THAT(Read({Ok(Tree(), List({kUnsafeFile})),
                    Ok("/scan", R"({"scansDone":true,"filesWithIssues":[{"level":"unsafe"}]})")})
                  .entries.at(0)
                  .notes,
              testing::IsEmpty());
  // The same bytes under another path: the Hub shows a result at one place.
  constexpr std::string_view kCopy =
      R"({"path":"copy","oid":"ad61e9690fadc7132837a8a037197af97061bd5f","securityFileStatus":{"status":"unsafe","avScan":{"status":"unsafe"}}})";
  const RepoAnswer copy = Read(
      {Ok(Tree(), List({kUnsafeFile, kCopy})),
       Ok("/scan", R"({"scansDone":true,"filesWithIssues":[{"path":"b","level":"unsafe"}]})")});
  EXPECT_THAT(copy.entries.at(1).notes, testing::IsEmpty());
}

TEST(HubRecord, ScansThatAreDoneAndAFileThatIsNotIsNoted) {
  constexpr std::string_view kQueued =
      R"({"path":"a","securityFileStatus":{"status":"queued","avScan":{"status":"queued"}}})";
  for (const bool done : {true, false}) {
    const RepoAnswer answer =
        Read({Ok(Tree(), List({kQueued})),
              Ok("/scan", fmt::format(R"({{"scansDone":{},"filesWithIssues":[]}})", done))});
    EXPECT_EQ(answer.entries.at(0).state, HubState::kPending);
    EXPECT_EQ(answer.entries.at(0).notes.size(), done ? 1u : 0u);
  }
}

TEST(HubRecord, RepliesAboutAnotherRepositoryOrHostAreLeftOut) {
  HubExchange other = Ok(Tree(), List({kSafeFile}));
  other.url =
      "https://huggingface.co/api/models/org/other/tree/" + kCommit + "?recursive=true&expand=true";
  HubExchange host = Ok(Tree(), List({kSafeFile}));
  host.url = "https://evil.example/api/models/org/name/tree/" + kCommit;
  const RepoAnswer answer = Read({other, host});
  EXPECT_TRUE(answer.entries.empty());
  EXPECT_EQ(answer.notes.size(), 2u);
}

TEST(HubRecord, TheOldestTimeIsKeptAndNoTimeIsNoted) {
  HubExchange early = Ok(Tree(), "[]");
  early.time = "2026-11-20T10:00:00+05:00";
  HubExchange none = Ok("/scan", R"({"scansDone":true,"filesWithIssues":[]})");
  none.time = "yesterday";
  const RepoAnswer answer = Read({Ok(Tree(), "[]"), early, none});
  EXPECT_EQ(answer.asked_at, "2026-11-20T10:00:00+05:00");
  EXPECT_THAT(answer.notes, ElementsAre("a reply of the Hub does not say when it came"));
}

TEST(HubRecord, TooManyFilesLeaveTheListingIncomplete) {
  HubLimits limits;
  limits.entries = 1;
  const RepoAnswer answer =
      Read({Ok(Tree(), List({kSafeFile})), Ok("/paths-info/main", List({kUnsafeFile}))}, limits);
  EXPECT_EQ(answer.entries.size(), 1u);
  EXPECT_FALSE(answer.listing_complete);
}

}  // namespace
}  // namespace counterscan

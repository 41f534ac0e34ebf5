#include "hubclient/hub_record.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "hubclient/answer_budget.h"
#include "scanner/base/text.h"
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
    EXPECT_TRUE(Read(pages).listing_cut) << middle;
  }
  EXPECT_FALSE(Read({Ok(Tree(), List({kSafeFile}))}).listing_cut);
  // Nobody began to list.
  EXPECT_FALSE(Read({Ok("/scan", R"({"scansDone":true,"filesWithIssues":[]})")}).listing_cut);
  // A page that says where it goes on from is no first one.
  EXPECT_FALSE(Read({Ok(last, List({kSafeFile}))}).listing_complete);
}

TEST(HubRecord, AFlagInTheBodyOfARefusalCounts) {
  const auto refused = [](HubExchange exchange, int status) {
    exchange.status = status;
    return Read({std::move(exchange)});
  };
  for (const int status : {304, 403, 404, 500}) {
    const RepoAnswer scan = refused(
        Ok("/scan",
           R"({"scansDone":true,"filesWithIssues":[{"path":"b","level":"unsafe"},{"path":"c","level":"safe"}]})"),
        status);
    ASSERT_EQ(scan.issues.size(), 1u) << status;
    EXPECT_EQ(scan.issues[0].path, "b");
    EXPECT_EQ(scan.issues[0].state, HubState::kUnsafe);
    EXPECT_FALSE(scan.issues_listed);
    EXPECT_FALSE(scan.scans_done);
    const RepoAnswer info = refused(
        Ok("", R"({"securityRepoStatus":{"filesWithIssues":[{"path":"b","level":"caution"}]}})"),
        status);
    EXPECT_EQ(info.issues.size(), 1u) << status;
    const RepoAnswer tree = refused(Ok(Tree(), List({kSafeFile, kUnsafeFile})), status);
    ASSERT_EQ(tree.entries.size(), 1u) << status;
    EXPECT_EQ(tree.entries[0].path, "b");
    EXPECT_TRUE(tree.entries[0].pinned);
    EXPECT_FALSE(tree.listing_complete);
    EXPECT_TRUE(refused(Ok("/scan", R"({"error":"unsafe of what?"})"), status).issues.empty());
  }
}

TEST(HubRecord, AFlagInTheBodyOfARedirectCounts) {
  HubExchange moved = Ok("/scan", R"({"filesWithIssues":[{"path":"a","level":"unsafe"}]})");
  moved.status = 307;
  moved.headers["location"] = "/api/models/org/other/scan";
  HubExchange tree = Ok(Tree(), List({kSafeFile}));
  tree.url = std::string(kEndpoint) + "/api/models/org/other" + Tree();
  const RepoAnswer answer = Read({moved, tree});
  EXPECT_EQ(answer.entries.at(0).state, HubState::kUnsafe);
}

TEST(HubRecord, WhatIsNoFileInAListConfirmsNothingAndItsFlagCounts) {
  for (const char* stray : {"null", "\"x\"", "[]"}) {
    const RepoAnswer answer = Read({Ok(Tree(), List({kSafeFile, stray}))});
    EXPECT_FALSE(answer.listing_complete) << stray;
    EXPECT_EQ(answer.entries.at(0).state, HubState::kMissing) << stray;
  }
  const RepoAnswer answer = Read({Ok(Tree(), List({kSafeFile, fmt::format("[{}]", kUnsafeFile)}))});
  ASSERT_EQ(answer.issues.size(), 1u);
  EXPECT_EQ(answer.issues[0].state, HubState::kUnsafe);
}

TEST(HubRecord, FlagsForPathsThatAreNotListedAreSaid) {
  const RepoAnswer answer = Read(
      {Ok("/scan",
          R"({"scansDone":true,"filesWithIssues":[{"path":"y","level":"unsafe"},{"path":"z","level":"caution"}]})"),
       Ok(Tree(), List({kSafeFile}))});
  EXPECT_THAT(answer.caveats,
              ElementsAre("the Hub says \"unsafe\" of y, which is not in its list of files, in "
                          "this repository, and flags 1 more"));
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

// A server that does not know "recursive" lists the names of folders, and not what is in them.
TEST(HubRecord, AListWithAFolderAndNoFileInItIsNotComplete) {
  const auto folder = [](const std::string& path) {
    return R"({"type":"directory","path":")" + path +
           R"(","oid":"1a78b7e6c35fa843b214689706ce9398ac8fc761","size":0})";
  };
  const auto file = [](const std::string& path) {
    return R"({"type":"file","path":")" + path +
           R"(","oid":"1a78b7e6c35fa843b214689706ce9398ac8fc761","size":1})";
  };
  const auto complete = [](const std::string& list) {
    return Read({Ok(Tree(), list)}).listing_complete;
  };
  const RepoAnswer answer = Read({Ok(Tree(), List({file("m"), folder("weights")}))});
  EXPECT_FALSE(answer.listing_complete);
  EXPECT_TRUE(answer.listing_cut);
  EXPECT_THAT(answer.notes, ElementsAre(HasSubstr("the folder weights and no file in it")));

  EXPECT_TRUE(complete(List({folder("weights"), file("weights/m")})));
  EXPECT_TRUE(complete(List({folder("a"), folder("a/b"), file("a/b/m")})));
  EXPECT_FALSE(complete(List({folder("a"), folder("a/b"), file("a/m")})));
  EXPECT_FALSE(complete(List({folder("a"), folder("a/b")})));
  // Others that begin with the same letters, or sort before and after, are not in it.
  EXPECT_FALSE(complete(List({folder("a"), file("a-b"), file("a.bin"), file("a0"), file("ab/m")})));
  EXPECT_FALSE(complete(List({folder("m"), file("m")})));
  EXPECT_FALSE(complete(List({file("m"), folder("../w")})));
  EXPECT_FALSE(complete(List({file("m"), R"({"type":"directory"})"})));

  // What is in it may be on another page, and is not in the listing because others name it.
  const std::string next = Tree("?recursive=true&expand=true&cursor=2");
  std::vector<HubExchange> pages = {Ok(Tree(), List({file("m"), folder("weights")})),
                                    Ok(next, List({file("weights/m")}))};
  pages[0].headers["link"] =
      "<" + std::string(kEndpoint) + "/api/models/org/name" + next + ">; rel=\"next\"";
  EXPECT_TRUE(Read(pages).listing_complete);
  EXPECT_FALSE(Read({Ok("/revision/" + kCommit,
                        R"({"sha":")" + kCommit + R"(","siblings":[{"rfilename":"weights/m"}]})"),
                     Ok(Tree(), List({file("m"), folder("weights")}))})
                   .listing_complete);
  EXPECT_FALSE(Read({Ok("/paths-info/" + kCommit, List({file("weights/m")})),
                     Ok(Tree(), List({file("m"), folder("weights")}))})
                   .listing_complete);
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
  EXPECT_EQ(answer.entries.at(0).state, HubState::kMissing);
  EXPECT_THAT(answer.entries.at(0).reason, HasSubstr("ETag"));
}

TEST(HubRecord, ARepeatedKeyConfirmsNothing) {
  const RepoAnswer answer = Read({Ok(
      Tree(),
      R"([{"path":"a","path":"b","securityFileStatus":{"status":"safe","avScan":{"status":"safe"}}}])")});
  EXPECT_EQ(answer.entries.at(0).state, HubState::kMissing);
}

// A web page is none of the Hub's: it was not reached. It was where the reply is odd.
TEST(HubRecord, RepliesOfTheWrongKindAreNoAnswer) {
  for (const char* body : {"<html>login</html>", "{}", "\"safe\"", "null", "{\"error\":\"x\"}"}) {
    const RepoAnswer answer = Read({Ok(Tree(), body)});
    EXPECT_TRUE(answer.entries.empty()) << body;
    EXPECT_EQ(answer.failure, *body == '<' ? HubState::kUnreachable : HubState::kMissing) << body;
    EXPECT_NE(answer.failure_reason, "") << body;
  }
  EXPECT_EQ(Read({Ok("", "[]")}).failure, HubState::kMissing);
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

// Information is the only reply that tells of a withdrawal.
TEST(HubRecord, AListingBesideInformationThatDoesNotComeConfirmsNothing) {
  const auto read = [](int status, std::string body,
                       std::map<std::string, std::string> headers = {}) {
    HubExchange info = Ok("/revision/" + kCommit, std::move(body));
    info.status = status;
    info.headers = std::move(headers);
    return Read({info, Ok(Tree(), List({kSafeFile}))});
  };
  const auto confirms = [](const RepoAnswer& answer) {
    return answer.listing_complete && answer.entries.at(0).state == HubState::kSafe &&
           answer.failure_reason.empty();
  };
  EXPECT_TRUE(confirms(read(200, R"({"sha":")" + kCommit + R"(","disabled":false})")));
  const RepoAnswer gone =
      read(404, R"({"error":"Repository not found"})", {{"x-error-code", "RepoNotFound"}});
  EXPECT_FALSE(confirms(gone));
  EXPECT_EQ(gone.failure_cause, NoAnswer::kInconsistent);
  EXPECT_THAT(gone.failure_reason, HasSubstr("nothing tells whether the repository is withdrawn"));
  // Refused for reasons that do not contradict the listing: the reason is the cause.
  const std::pair<int, NoAnswer> refusals[] = {
      {401, NoAnswer::kLoginNeeded}, {403, NoAnswer::kForbidden},   {404, NoAnswer::kNotFound},
      {429, NoAnswer::kRateLimit},   {500, NoAnswer::kServerError}, {503, NoAnswer::kOverloaded}};
  for (const auto& [status, cause] : refusals) {
    const RepoAnswer refused = read(status, R"({"error":"x"})");
    EXPECT_FALSE(confirms(refused)) << status;
    EXPECT_EQ(refused.failure_cause, cause) << status;
    EXPECT_EQ(refused.entries.at(0).state, RowOf(cause).state) << status;
  }
  for (const int status : {405, 410, 451, 501}) {
    EXPECT_FALSE(confirms(read(status, R"({"error":"x"})"))) << status;
  }
  for (const char* body : {"", "<html>", "[]", "null", "{}", R"({"error":"x"})"}) {
    EXPECT_FALSE(confirms(read(200, body))) << body;
  }
  for (const char* mark : {"removed", "quarantined", "blocked", "deleted"}) {
    EXPECT_FALSE(confirms(
        read(200, R"({"sha":")" + kCommit + R"(","disabled":false,")" + mark + R"(":true})")))
        << mark;
  }
  for (const char* body : {R"({"error":"Access to this resource is disabled. "})",
                           R"({"message":"Access to this resource is disabled."})",
                           R"({"error":"Access to this repository is disabled by its owner"})",
                           R"({"error":"access to this Model has been Disabled"})"}) {
    EXPECT_TRUE(read(403, body).disabled) << body;
  }
  EXPECT_FALSE(read(403, R"({"error":"Basic authentication is disabled"})").disabled);
}

// What was not read may hold a flag.
TEST(HubRecord, RepliesThatWereNotReadToTheirEndConfirmNothing) {
  for (const std::size_t read : {0u, 1u, 2u, 3u}) {
    HubRecord record{{RepoType::kModel, "org/name"},
                     kCommit,
                     {Ok("/scan", R"({"scansDone":true,"filesWithIssues":[]})"),
                      Ok("/revision/" + kCommit, R"({"id":"org/name"})"),
                      Ok(Tree(), List({kSafeFile, kUnsafeFile}))}};
    std::size_t asked = 0;
    const RepoAnswer answer =
        ReadRecord(std::move(record), kEndpoint, {}, [&]() -> std::optional<NoAnswer> {
          return asked++ < read ? std::nullopt : std::optional(NoAnswer::kDeadline);
        });
    EXPECT_EQ(answer.listing_complete, read == 3) << read;
    EXPECT_EQ(answer.entries.empty(), read < 3) << read;
    if (read < 3) {
      EXPECT_EQ(answer.failure_cause, NoAnswer::kDeadline) << read;
    } else {
      EXPECT_EQ(answer.entries.at(0).state, HubState::kSafe);
    }
  }
}

// The listing has the word of each file: that /scan is missing beside it must be said, no more.
TEST(HubRecord, AListOfIssuesThatDidNotComeIsSaid) {
  for (const int status : {401, 403, 404, 500}) {
    HubExchange scan = Ok("/scan", R"({"error":"x"})");
    scan.status = status;
    const RepoAnswer answer = Read({scan, Ok(Tree(), List({kSafeFile}))});
    EXPECT_EQ(answer.entries.at(0).state, HubState::kSafe) << status;
    EXPECT_FALSE(answer.issues_unreadable) << status;
    EXPECT_THAT(answer.caveats,
                ElementsAre(HasSubstr("the Hub's list of files with issues did not come: ")))
        << status;
  }
}

// A list of issues that did not come as one may have named any file.
TEST(HubRecord, AListOfIssuesThatIsNotWholeIsUnreadable) {
  const auto unreadable = [](std::string body, std::map<std::string, std::string> headers = {},
                             int status = 200) {
    HubExchange scan = Ok("/scan", std::move(body));
    scan.headers = std::move(headers);
    scan.status = status;
    return Read({scan, Ok(Tree(), List({kSafeFile}))}).issues_unreadable;
  };
  const std::string good = R"({"scansDone":true,"filesWithIssues":[]})";
  EXPECT_FALSE(unreadable(good));
  EXPECT_FALSE(
      unreadable(R"({"scansDone":true,"filesWithIssues":[],"errors":[],"status":"done"})"));
  for (const char* body : {"", "  ", "<html>", "false", "[]", ")]}',\n{}"}) {
    EXPECT_TRUE(unreadable(body)) << body;
  }
  EXPECT_TRUE(unreadable("", {}, 204));
  EXPECT_TRUE(unreadable(good, {{"link", "</api/models/org/name/scan?cursor=2>; rel=\"next\""}}));
  for (const char* member : {R"("truncated":true)", R"("hasMore":true)", R"("nextCursor":"x")",
                             R"("errors":["scan failed"])", R"("status":"error")"}) {
    EXPECT_TRUE(
        unreadable(std::string(R"({"scansDone":true,"filesWithIssues":[],)") + member + "}"))
        << member;
  }
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

// Each of many entries was held against each of many issues, under one path or ways to write it.
TEST(HubRecord, OfManyIssuesOfOnePathTheWorstIsTaken) {
  std::string issues, entries;
  constexpr std::size_t kCount = 30'000;
  for (std::size_t i = 0; i < kCount; ++i) {
    const char* level = i == 0 ? "caution" : i == kCount / 2 ? "unsafe" : "suspicious";
    issues += fmt::format(R"({}{{"path":"{}a","level":"{}"}})", i == 0 ? "" : ",",
                          std::string(i % 3, ' '), level);
    entries += (i == 0 ? "" : ",") + std::string(kSafeFile);
  }
  const RepoAnswer answer =
      Read({Ok("/scan", R"({"scansDone":true,"filesWithIssues":[)" + issues + "]}"),
            Ok(Tree(), "[" + entries + "]")});
  ASSERT_EQ(answer.entries.size(), kCount);
  EXPECT_EQ(answer.issues.size(), kCount);
  std::size_t flagged = 0, notes = 0;
  for (const HubEntry& entry : answer.entries) {
    flagged += entry.state == HubState::kUnsafe ? 1 : 0;
    notes += entry.notes.size();
  }
  EXPECT_EQ(flagged, kCount);
  // One for each way in which the path is found, not one for each step from bad to worse.
  EXPECT_LE(notes, 2 * kCount);
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

TEST(HubRecord, TheOldestTimeIsKeptAndNoTimeIsOlderThanAny) {
  HubExchange early = Ok(Tree(), "[]");
  early.time = "2026-11-20T10:00:00+05:00";
  EXPECT_EQ(Read({Ok(Tree(), "[]"), early}).asked_at, "2026-11-20T10:00:00+05:00");
  HubExchange none = Ok("/scan", R"({"scansDone":true,"filesWithIssues":[]})");
  none.time = "yesterday";
  const RepoAnswer answer = Read({Ok(Tree(), "[]"), early, none});
  EXPECT_EQ(answer.asked_at, "");
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

constexpr std::string_view kNoIssues = R"({"scansDone":true,"filesWithIssues":[]})";
std::string Info(std::string_view more = "", std::string_view id = "org/name") {
  return fmt::format(R"({{"id":"{}","sha":"{}"{}}})", id, kCommit, more);
}
// A whole answer whose every reply is good, until `spoil` has changed the one it is for.
enum Reply { kScanReply, kInfoReply, kTreeReply };
RepoAnswer Spoilt(Reply which, const std::function<void(HubExchange&)>& spoil) {
  std::vector<HubExchange> exchanges = {Ok("/scan", std::string(kNoIssues)),
                                        Ok("/revision/main", Info()),
                                        Ok(Tree(), List({kSafeFile}))};
  spoil(exchanges.at(which));
  return Read(std::move(exchanges));
}
void ExpectNothingConfirmed(const RepoAnswer& answer, const std::string& what) {
  EXPECT_TRUE(!answer.listing_complete || answer.issues_unreadable) << what;
  if (!answer.issues_unreadable) {
    for (const HubEntry& entry : answer.entries) EXPECT_NE(entry.state, HubState::kSafe) << what;
  }
}

TEST(HubRecord, OnlyTheHubsOwnWholeAnswerConfirms) {
  const RepoAnswer good = Spoilt(kTreeReply, [](HubExchange&) {});
  EXPECT_TRUE(good.listing_complete);
  EXPECT_EQ(good.entries.at(0).state, HubState::kSafe);
  for (const Reply which : {kScanReply, kInfoReply, kTreeReply}) {
    for (const int status : {201, 203, 204, 206, 226}) {
      ExpectNothingConfirmed(Spoilt(which, [&](HubExchange& e) { e.status = status; }),
                             fmt::format("{} {}", static_cast<int>(which), status));
    }
    const std::pair<const char*, const char*> headers[] = {
        {"content-type", "text/html; charset=utf-8"},
        {"x-error-code", "GatedRepo"},
        {"x-error-message", "no"},
        {"etag", "W/\"2-AAAAAAAAAAAAAAAAAAAAAAAAAAA\""}};
    for (const auto& header : headers) {
      ExpectNothingConfirmed(
          Spoilt(which, [&](HubExchange& e) { e.headers[header.first] = header.second; }),
          fmt::format("{} {}", static_cast<int>(which), header.first));
    }
    for (const char* type :
         {"text/plain", "application/octet-stream", "application/problem+json", "", "json"}) {
      ExpectNothingConfirmed(
          Spoilt(which, [&](HubExchange& e) { e.headers["content-type"] = type; }),
          fmt::format("{} {}", static_cast<int>(which), type));
    }
    for (const char* type : {"application/json", "Application/JSON ; charset=utf-8"}) {
      const RepoAnswer answer =
          Spoilt(which, [&](HubExchange& e) { e.headers["content-type"] = type; });
      EXPECT_TRUE(answer.listing_complete) << type;
      EXPECT_EQ(answer.entries.at(0).state, HubState::kSafe) << type;
    }
  }
  // Flags in them count.
  HubExchange part = Ok(Tree(), List({kUnsafeFile}));
  part.status = 206;
  EXPECT_EQ(Read({part}).entries.at(0).state, HubState::kUnsafe);
}

TEST(HubRecord, WhatIsSaidOfAnotherCommitConfirmsNothing) {
  const std::string other(40, 'd');
  for (const Reply which : {kInfoReply, kTreeReply}) {
    for (const std::string& said :
         {other, std::string("main"), std::string(), kCommit + ", " + other}) {
      ExpectNothingConfirmed(
          Spoilt(which, [&](HubExchange& e) { e.headers["x-repo-commit"] = said; }), said);
    }
    const RepoAnswer same =
        Spoilt(which, [&](HubExchange& e) { e.headers["x-repo-commit"] = AsciiLower(kCommit); });
    EXPECT_TRUE(same.listing_complete);
  }
  ExpectNothingConfirmed(Spoilt(kInfoReply,
                                [&](HubExchange& e) {
                                  e.url.replace(e.url.find("main"), 4, kCommit);
                                  e.body = fmt::format(R"({{"id":"org/name","sha":"{}"}})", other);
                                }),
                         "info of another commit");
}

TEST(HubRecord, WhatIsSaidOfAnotherRepositoryConfirmsNothing) {
  for (const char* id : {"other/repo", "name", "", "org/name2"}) {
    ExpectNothingConfirmed(Spoilt(kInfoReply, [&](HubExchange& e) { e.body = Info("", id); }), id);
  }
  ExpectNothingConfirmed(
      Spoilt(kInfoReply, [&](HubExchange& e) { e.body = Info(R"(,"modelId":"other/repo")"); }),
      "modelId");
  // To the Hub, Org/Name is the same.
  EXPECT_TRUE(
      Spoilt(kInfoReply, [&](HubExchange& e) { e.body = Info("", "Org/Name"); }).listing_complete);
}

TEST(HubRecord, ARepositoryThatIsMovedForTheListingAloneConfirmsNothing) {
  const auto moved = [](const std::string& path) {
    HubExchange exchange = Ok(path, "");
    exchange.status = 307;
    exchange.headers["location"] = "/api/models/evil/clean" + path;
    return exchange;
  };
  const auto of_other = [](HubExchange exchange) {
    exchange.url.replace(exchange.url.find("org/name"), 8, "evil/clean");
    return exchange;
  };
  const HubExchange scan = Ok("/scan", std::string(kNoIssues));
  const HubExchange tree = Ok(Tree(), List({kSafeFile}));
  ExpectNothingConfirmed(Read({scan, moved(Tree()), of_other(tree)}), "tree alone");
  // A renamed repository moves whole.
  const RepoAnswer whole = Read({moved("/scan"), of_other(scan), moved(Tree()), of_other(tree)});
  EXPECT_TRUE(whole.listing_complete);
  EXPECT_EQ(whole.entries.at(0).state, HubState::kSafe);
}

TEST(HubRecord, OnlyFalseIsNotDisabled) {
  for (const char* yes : {"true", "\"true\"", "1", "-1", "1.5", "\"yes\"", "[false]", R"({"a":0})",
                          "false,\"disabled\":true"}) {
    EXPECT_TRUE(
        Spoilt(kInfoReply,
               [&](HubExchange& e) { e.body = Info(fmt::format(R"(,"disabled":{})", yes)); })
            .disabled)
        << yes;
  }
  for (const char* unclear : {"null", "0", "\"\"", "\"false\"", "[]", "{}"}) {
    const RepoAnswer answer = Spoilt(kInfoReply, [&](HubExchange& e) {
      e.body = Info(fmt::format(R"(,"disabled":{})", unclear));
    });
    EXPECT_FALSE(answer.disabled) << unclear;
    ExpectNothingConfirmed(answer, unclear);
  }
  EXPECT_TRUE(Spoilt(kInfoReply, [&](HubExchange& e) {
                e.body = Info(",\"disabled\":false");
              }).listing_complete);
}

TEST(HubRecord, AFileWithoutAPathLeavesTheListingIncomplete) {
  for (const char* path : {"", R"("path":"..",)", R"("path":"",)", R"("path":null,)"}) {
    const RepoAnswer answer = Read({Ok(
        Tree(),
        List(
            {kSafeFile,
             fmt::format(
                 R"({{{}"oid":"ad61e9690fadc7132837a8a037197af97061bd5f","securityFileStatus":{{"status":"safe","avScan":{{"status":"safe"}}}}}})",
                 path)}))});
    EXPECT_FALSE(answer.listing_complete) << path;
    EXPECT_THAT(answer.failure_reason, HasSubstr("without a path")) << path;
  }
}

// What a path is that git cannot hold, nobody knows; that it is not one of the others, everybody.
TEST(HubRecord, AnOddPathSaysNothingOfTheOtherFiles) {
  const auto read = [](std::string_view word) {
    return Read({Ok(
        Tree(),
        List(
            {kSafeFile,
             fmt::format(
                 R"({{"path":"./x","oid":"ad61e9690fadc7132837a8a037197af97061bd5f","securityFileStatus":{{"status":"{}","avScan":{{"status":"{}"}}}}}})",
                 word, word)}))});
  };
  const RepoAnswer safe = read("safe");
  EXPECT_TRUE(safe.listing_complete);
  EXPECT_EQ(safe.entries.at(0).state, HubState::kSafe);
  EXPECT_EQ(safe.entries.at(1).state, HubState::kMissing);
  EXPECT_TRUE(safe.issues.empty());
  const RepoAnswer unsafe = read("unsafe");
  ASSERT_EQ(unsafe.issues.size(), 1u);
  EXPECT_EQ(unsafe.issues[0].path, "./x");
  EXPECT_FALSE(unsafe.caveats.empty());
}

TEST(HubRecord, APathWithTwoContentsConfirmsNeitherAndAFlagOfOneIsOneOfBoth) {
  const auto file = [](std::string_view oid_digit, std::string_view word,
                       std::string_view more = "") {
    return fmt::format(
        R"({{"path":"a","oid":"{}","securityFileStatus":{{"status":"{}","avScan":{{"status":"{}"}}}}{}}})",
        fmt::join(std::vector<std::string_view>(40, oid_digit), ""), word, word, more);
  };
  for (const bool swapped : {false, true}) {
    std::string first = file("1", "safe"), second = file("2", "unsafe");
    if (swapped) std::swap(first, second);
    const RepoAnswer flagged = Read({Ok(Tree(), List({first, second}))});
    for (const HubEntry& entry : flagged.entries) EXPECT_EQ(entry.state, HubState::kUnsafe);
  }
  for (const std::string& second : {file("2", "safe"), file("1", "safe", R"(,"size":7)")}) {
    const RepoAnswer safe = Read({Ok(Tree(), List({file("1", "safe", R"(,"size":6)"), second}))});
    for (const HubEntry& entry : safe.entries) EXPECT_EQ(entry.state, HubState::kMissing);
  }
  // Twice the same, as the listing and paths-info may have it.
  const RepoAnswer same = Read({Ok(Tree(), List({file("1", "safe"), file("1", "safe")}))});
  for (const HubEntry& entry : same.entries) EXPECT_EQ(entry.state, HubState::kSafe);
}

TEST(HubRecord, TheCommitInCapitalsIsTheSameCommit) {
  std::string url = Tree();
  for (char& c : url) {
    if (c >= 'a' && c <= 'f' && &c > url.data() + 6 && &c < url.data() + 46) {
      c = static_cast<char>(c - 'a' + 'A');
    }
  }
  EXPECT_TRUE(Read({Ok(url, List({kSafeFile}))}).entries.at(0).pinned);
}

TEST(HubRecord, WhatACacheHandsOutIsAsOldAsTheHubsDate) {
  const auto asked_at = [](const char* date) {
    HubExchange exchange = Ok(Tree(), List({kSafeFile}));
    exchange.headers["date"] = date;
    const RepoAnswer answer = Read({exchange});
    EXPECT_EQ(answer.entries.at(0).asked_at, answer.asked_at);
    return answer.asked_at;
  };
  EXPECT_EQ(asked_at("Mon, 26 Oct 2026 08:00:00 GMT"), "2026-10-26T08:00:00Z");
  // Clocks differ, and the future proves nothing.
  for (const char* date : {"Sat, 21 Nov 2026 09:55:00 GMT", "Sat, 21 Nov 2026 10:00:00 GMT",
                           "Sun, 21 Nov 2027 10:00:00 GMT"}) {
    EXPECT_EQ(asked_at(date), "2026-11-21T10:00:00Z") << date;
  }
  // Two of them, or none that can be read: of any time.
  for (const char* date :
       {"yesterday", "", "Mon, 26 Oct 2026 08:00:00 GMT, Sat, 21 Nov 2026 10:00:00 GMT"}) {
    EXPECT_EQ(asked_at(date), "") << date;
  }
}

TEST(HubRecord, WhatHasLainInACacheIsAsOldAsItsAge) {
  const auto asked_at = [](const char* age) {
    HubExchange exchange = Ok(Tree(), List({kSafeFile}));
    exchange.headers["age"] = age;
    return Read({exchange}).asked_at;
  };
  EXPECT_EQ(asked_at("60"), "2026-11-21T10:00:00Z");
  EXPECT_EQ(asked_at("86400"), "2026-11-20T10:00:00Z");
  EXPECT_EQ(asked_at("9999999999999999999999"), "");
  EXPECT_EQ(asked_at("-1"), "");
}

TEST(HubRecord, TheSamePageWithTwoEndsIsNoEnd) {
  HubExchange open = Ok(Tree(), List({kSafeFile}));
  open.headers["link"] = "<" + open.url + "&cursor=2>; rel=\"next\"";
  const HubExchange closed = Ok(Tree(), List({kSafeFile}));
  EXPECT_FALSE(Read({open, closed}).listing_complete);
  EXPECT_FALSE(Read({closed, open}).listing_complete);
  EXPECT_TRUE(Read({closed, closed}).listing_complete);
  // Nor does a second listing end the first.
  EXPECT_FALSE(Read({open, Ok(Tree("?recursive=true&expand=true&limit=1"), List({kSafeFile}))})
                   .listing_complete);
}

TEST(HubRecord, AWarningOfTheHubIsKept) {
  HubExchange exchange = Ok(Tree(), List({kSafeFile}));
  exchange.headers["x-hf-warning"] = "security; do not use";
  EXPECT_THAT(Read({exchange, exchange}).notes, ElementsAre("the Hub warns: security; do not use"));
}

TEST(HubRecord, AListOfFilesWithoutATimeIsOfNoTime) {
  HubExchange timeless = Ok(Tree(), List({kSafeFile}));
  timeless.time = "";
  EXPECT_EQ(Read({Ok("/scan", std::string(kNoIssues)), timeless}).asked_at, "");
}

TEST(HubRecord, AReplyWithMoreFilesThanAreReadIsNotComplete) {
  HubLimits limits;
  limits.entries = 2;
  EXPECT_FALSE(
      Read({Ok(Tree(), List({kSafeFile, kUnsafeFile, kSafeFile}))}, limits).listing_complete);
}

TEST(HubRecord, AReadThatConsumesTheRecordSaysTheSame) {
  HubRecord record = {
      {RepoType::kModel, "org/name"}, kCommit, {Ok(Tree(), List({kSafeFile, kUnsafeFile}))}};
  const RepoAnswer kept = ReadRecord(record, kEndpoint, {});
  const RepoAnswer consumed = ReadRecord(std::move(record), kEndpoint, {});
  ASSERT_EQ(consumed.entries.size(), kept.entries.size());
  EXPECT_EQ(consumed.entries[1].state, HubState::kUnsafe);
  EXPECT_EQ(consumed.listing_complete, kept.listing_complete);
}

TEST(HubRecord, WhyThereIsNoAccessIsKeptApartFromWhatIsSaidOfFiles) {
  HubExchange pending = Ok("/auth-check", "");
  pending.status = 403;
  pending.headers = {{"x-error-code", "GatedRepo"},
                     {"x-error-message", "Your request is awaiting a review from its authors."}};
  const RepoAnswer answer = Read({Ok(Tree(), List({kSafeFile})), pending});
  EXPECT_EQ(answer.access_cause, NoAnswer::kGatedPending);
  EXPECT_THAT(answer.access_reason, HasSubstr("waits for its authors"));
  EXPECT_TRUE(answer.failure_reason.empty());
  EXPECT_TRUE(answer.listing_complete);
  const RepoAnswer granted = Read({Ok(Tree(), List({kSafeFile})), Ok("/auth-check", "OK")});
  EXPECT_EQ(granted.access_cause, std::nullopt);
  EXPECT_TRUE(granted.failure_reason.empty());
  EXPECT_TRUE(granted.notes.empty());
}

TEST(HubRecord, TheWordsOfScannersAreBoundedAndFlagsBehindThemCount) {
  HubLimits limits;
  limits.answer_bytes = MemoryOf(HubEntry{}) * 2;
  const RepoAnswer answer = Read({Ok(Tree(), List({kSafeFile, kSafeFile, kUnsafeFile}))}, limits);
  EXPECT_EQ(answer.entries.size(), 1u);
  EXPECT_FALSE(answer.listing_complete);
  ASSERT_EQ(answer.issues.size(), 1u);
  EXPECT_EQ(answer.issues[0].path, "b");
  EXPECT_EQ(answer.issues[0].state, HubState::kUnsafe);
}

}  // namespace
}  // namespace counterscan

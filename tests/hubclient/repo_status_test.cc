#include "hubclient/repo_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace counterscan {
namespace {

RepoStatus Info(std::string_view json) {
  const HubLimits limits;
  return ReadRepoInfo(ParseHubJson(json, limits.body_bytes, limits)->root, limits);
}
RepoStatus Scan(std::string_view json) {
  const HubLimits limits;
  return ReadScanReply(ParseHubJson(json, limits.body_bytes, limits)->root, limits);
}

TEST(RepoStatus, DialectAOf2022) {
  EXPECT_TRUE(
      Info(R"({"securityStatus":{"containsInfected":false,"infectionTypes":[]}})").issues.empty());
  const RepoStatus infected = Info(R"({"securityStatus":{"containsInfected":true}})");
  ASSERT_EQ(infected.issues.size(), 1u);
  EXPECT_EQ(infected.issues[0].path, "");
  EXPECT_EQ(infected.issues[0].state, HubState::kUnsafe);
}

TEST(RepoStatus, DialectBNamesItsFiles) {
  const RepoStatus status = Info(
      R"({"securityStatus":{"repositoryId":"models/mcpotato/42-eicar-street","revision":"9cb322a7c2b4ec7c9f18045f0fa05015b831f256","hasUnsafeFile":true,"clamAVInfectedFiles":["eicar_test_file"],"dangerousPickles":["danger.dat"],"scansDone":true}})");
  ASSERT_EQ(status.issues.size(), 2u);
  EXPECT_EQ(status.issues[0].path, "eicar_test_file");
  EXPECT_EQ(status.issues[1].path, "danger.dat");
  EXPECT_EQ(status.issues[1].state, HubState::kUnsafe);
  EXPECT_EQ(status.scans_done, true);
  EXPECT_TRUE(status.notes.empty());
}

TEST(RepoStatus, DialectBNeverScannedIsUnknown) {
  const RepoStatus status = Info(
      R"({"securityStatus":{"scansDone":null,"dangerousPickles":null,"hasUnsafeFile":false,"repositoryId":"models/EleutherAI/gpt-j-6b","revision":"f98c709453c9402b1309b032f40df1c10ad481a2","clamAVInfectedFiles":null}})");
  EXPECT_TRUE(status.issues.empty());
  EXPECT_FALSE(status.scans_done);
}

TEST(RepoStatus, DialectBMayKnowAnUnsafeFileWithoutNamingIt) {
  const RepoStatus status = Info(
      R"({"securityStatus":{"hasUnsafeFile":true,"clamAVInfectedFiles":null,"scansDone":true}})");
  ASSERT_EQ(status.issues.size(), 1u);
  EXPECT_EQ(status.issues[0].path, "");
}

TEST(RepoStatus, DialectC) {
  const RepoStatus waiting =
      Info(R"({"securityRepoStatus":{"scansDone":false,"filesWithIssues":[]}})");
  EXPECT_EQ(waiting.scans_done, false);
  EXPECT_TRUE(waiting.issues.empty());
  const RepoStatus canary = Info(
      R"({"securityRepoStatus":{"scansDone":true,"filesWithIssues":[{"path":"model_broken_X.pkl","level":"unsafe"},{"path":"danger.dat","level":"unsafe"},{"path":"build_pickles.py","level":"caution"},{"path":"eicar_test_file","level":"unsafe"}]}})");
  ASSERT_EQ(canary.issues.size(), 4u);
  EXPECT_EQ(canary.issues[2].state, HubState::kCaution);
  EXPECT_EQ(canary.issues[2].word, "caution");
}

TEST(RepoStatus, DialectDIsTheObjectAlone) {
  const RepoStatus status =
      Scan(R"({"scansDone":true,"filesWithIssues":[{"path":"x","level":"suspicious"}]})");
  ASSERT_EQ(status.issues.size(), 1u);
  EXPECT_EQ(status.issues[0].state, HubState::kSuspicious);
  EXPECT_EQ(status.scans_done, true);
}

TEST(RepoStatus, EveryLevelOfTheSpecificationHasItsState) {
  const std::pair<const char*, HubState> levels[] = {
      {"unscanned", HubState::kPending},     {"queued", HubState::kPending},
      {"error", HubState::kError},           {"caution", HubState::kCaution},
      {"suspicious", HubState::kSuspicious}, {"unsafe", HubState::kUnsafe}};
  for (const auto& [level, state] : levels) {
    const RepoStatus status =
        Scan(std::string(R"({"scansDone":true,"filesWithIssues":[{"path":"x","level":")") + level +
             "\"}]}");
    ASSERT_EQ(status.issues.size(), 1u) << level;
    EXPECT_EQ(status.issues[0].state, state) << level;
  }
  EXPECT_TRUE(
      Scan(R"({"scansDone":true,"filesWithIssues":[{"path":"x","level":"safe"}]})").issues.empty());
}

TEST(RepoStatus, AnIssueWithAnUnknownOrNoLevelIsStillAnIssue) {
  for (const char* item : {R"({"path":"x","level":"malicious"})", R"({"path":"x"})",
                           R"({"path":"x","level":null})", R"({"path":"x","level":3})"}) {
    const RepoStatus status =
        Scan(std::string(R"({"scansDone":true,"filesWithIssues":[)") + item + "]}");
    ASSERT_EQ(status.issues.size(), 1u) << item;
    EXPECT_EQ(status.issues[0].state, HubState::kSuspicious) << item;
  }
}

// Facts 1.4: what may be absent has been.
TEST(RepoStatus, AbsentFieldsAreUnknownAndSaid) {
  EXPECT_FALSE(Info(R"({"id":"org/name"})").present);
  for (const char* json :
       {R"({"securityRepoStatus":null})", R"({"securityRepoStatus":"safe"})",
        R"({"securityRepoStatus":{}})", R"({"securityRepoStatus":{"scansDone":true}})",
        R"({"securityRepoStatus":{"filesWithIssues":[]}})",
        R"({"securityRepoStatus":{"scansDone":true,"filesWithIssues":null}})",
        R"({"securityRepoStatus":{"scansDone":true,"filesWithIssues":{}}})",
        R"({"securityRepoStatus":{"scansDone":"true","filesWithIssues":[]}})"}) {
    const RepoStatus status = Info(json);
    EXPECT_TRUE(status.present) << json;
    EXPECT_TRUE(status.issues.empty()) << json;
    EXPECT_FALSE(status.notes.empty()) << json;
  }
}

TEST(RepoStatus, AnIssueInAShapeThatIsNotKnownIsStillAnIssueOfItsPath) {
  const std::pair<const char*, HubState> lists[] = {
      {R"(["f.bin"])", HubState::kSuspicious},
      {R"({"f.bin":"unsafe"})", HubState::kUnsafe},
      {R"({"f.bin":{"level":"caution"}})", HubState::kCaution},
      {R"({"f.bin":["queued","unsafe"]})", HubState::kUnsafe},
      {R"({"f.bin":null})", HubState::kSuspicious},
      {R"([{"path":"f.bin","level":["unsafe"]}])", HubState::kUnsafe}};
  for (const auto& [list, state] : lists) {
    const RepoStatus status =
        Scan(std::string(R"({"scansDone":true,"filesWithIssues":)") + list + "}");
    ASSERT_EQ(status.issues.size(), 1u) << list;
    EXPECT_EQ(status.issues[0].path, "f.bin") << list;
    EXPECT_EQ(status.issues[0].state, state) << list;
  }
  for (const char* list : {R"([{"path":"f.bin"}])", R"({"f.bin":true})"}) {
    const RepoStatus status = Info(
        std::string(R"({"securityStatus":{"scansDone":true,"dangerousPickles":)") + list + "}}");
    ASSERT_EQ(status.issues.size(), 1u) << list;
    EXPECT_EQ(status.issues[0].path, "f.bin") << list;
  }
}

TEST(RepoStatus, WhatCannotBeReadIsSaidAndAFlagInItCounts) {
  for (const char* json : {R"({"securityRepoStatus":{"scansDone":true,"filesWithIssues":"f.bin"}})",
                           R"({"securityRepoStatus":{"scansDone":true,"filesWithIssues":1}})",
                           R"({"securityStatus":{"scansDone":true,"hasUnsafeFile":"true"}})",
                           R"({"securityRepoStatus":"done"})", R"({"securityRepoStatus":[1]})"}) {
    EXPECT_TRUE(Info(json).unreadable) << json;
    EXPECT_TRUE(Info(json).issues.empty()) << json;
  }
  for (const char* json : {R"({"securityRepoStatus":"unsafe"})",
                           R"({"securityRepoStatus":{"filesWithIssues":"unsafe"}})",
                           R"({"securityStatus":{"hasUnsafeFile":["unsafe"]}})"}) {
    const RepoStatus status = Info(json);
    ASSERT_EQ(status.issues.size(), 1u) << json;
    EXPECT_EQ(status.issues[0].path, "") << json;
    EXPECT_EQ(status.issues[0].state, HubState::kUnsafe) << json;
  }
  EXPECT_FALSE(Info(R"({"securityRepoStatus":{"filesWithIssues":[]}})").unreadable);
  EXPECT_FALSE(Info(R"({"securityRepoStatus":null})").unreadable);
}

TEST(RepoStatus, OfTwoAnswersNotDoneCounts) {
  EXPECT_EQ(
      Info(
          R"({"securityStatus":{"scansDone":true,"hasUnsafeFile":false},"securityRepoStatus":{"scansDone":false,"filesWithIssues":[]}})")
          .scans_done,
      false);
}

TEST(RepoStatus, AFlagUnderAnotherNameCounts) {
  for (const char* item :
       {R"({"path":"a","level":"safe","status":"unsafe"})", R"({"path":"a","status":"unsafe"})",
        R"({"path":"a","level":"UNSAFE"})"}) {
    const RepoStatus status =
        Scan(std::string(R"({"scansDone":true,"filesWithIssues":[)") + item + "]}");
    ASSERT_EQ(status.issues.size(), 1u) << item;
    EXPECT_EQ(status.issues[0].path, "a") << item;
    EXPECT_EQ(status.issues[0].state, HubState::kUnsafe) << item;
  }
  const RepoStatus beside = Scan(
      R"({"scansDone":true,"filesWithIssues":[],"unsafeFiles":[{"path":"a","level":"unsafe"}]})");
  ASSERT_EQ(beside.issues.size(), 1u);
  EXPECT_EQ(beside.issues[0].path, "a");
  EXPECT_EQ(
      Info(
          R"({"securityV3":{"level":"caution"},"securityRepoStatus":{"scansDone":true,"filesWithIssues":[]}})")
          .issues.size(),
      1u);
  // A file may be called anything, and so may a model.
  EXPECT_TRUE(Scan(R"({"scansDone":true,"filesWithIssues":[{"path":"unsafe","level":"safe"}]})")
                  .issues.empty());
  EXPECT_TRUE(Info(R"({"pipeline_tag":"unsafe"})").issues.empty());
}

TEST(RepoStatus, IssuesPastTheLimitAreNotForgotten) {
  HubLimits limits;
  limits.entries = 1;
  const auto document = ParseHubJson(
      R"({"scansDone":true,"filesWithIssues":[{"path":"a","level":"caution"},{"path":"b","level":"unsafe"}]})",
      limits.body_bytes, limits);
  EXPECT_TRUE(ReadScanReply(document->root, limits).unreadable);
}

}  // namespace
}  // namespace counterscan

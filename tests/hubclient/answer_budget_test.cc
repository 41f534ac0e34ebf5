#include "hubclient/answer_budget.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace counterscan {
namespace {

HubEntry Entry(std::string path, HubState state) {
  HubEntry entry;
  entry.path = std::move(path);
  entry.oid = std::string(40, 'a');
  entry.state = state;
  HubScanner scanner;
  scanner.name = "avScan";
  scanner.message = std::string(1'000, 'm');
  entry.scanners = {std::move(scanner)};
  return entry;
}

RepoAnswer Answer() {
  RepoAnswer answer;
  answer.repo = {RepoType::kModel, "org/name"};
  answer.entries = {Entry("own", HubState::kSafe), Entry("bad", HubState::kUnsafe),
                    Entry("worse", HubState::kCaution), Entry("other", HubState::kSafe)};
  answer.issues = {{"elsewhere", HubState::kSuspicious, "suspicious", ""}};
  answer.listing_complete = true;
  return answer;
}

const std::vector<std::string> kOwn = {"own"};

TEST(AnswerBudget, WhatFitsIsKept) {
  RepoAnswer answer = Answer();
  AnswerBudget budget(MemoryOf(answer));
  budget.Fit(answer, kOwn);
  EXPECT_EQ(answer.entries.size(), 4u);
  EXPECT_EQ(answer.entries[3].scanners.size(), 1u);
  EXPECT_TRUE(answer.listing_complete);
}

TEST(AnswerBudget, OtherFilesGoFirstAndFlagsStay) {
  RepoAnswer answer = Answer();
  AnswerBudget budget(MemoryOf(answer) - 1);
  budget.Fit(answer, kOwn);
  ASSERT_EQ(answer.entries.size(), 3u);
  EXPECT_EQ(answer.entries[0].scanners.size(), 1u);
  EXPECT_EQ(answer.entries[1].state, HubState::kUnsafe);
  EXPECT_EQ(answer.entries[1].oid, std::string(40, 'a'));
  EXPECT_TRUE(answer.entries[1].scanners.empty());
  // Every flag of it is still known.
  EXPECT_TRUE(answer.listing_complete);
  EXPECT_FALSE(answer.flags_lost);
}

TEST(AnswerBudget, WhereAllFilesMatterWhatIsLeftOutIsSaid) {
  RepoAnswer answer = Answer();
  AnswerBudget budget(MemoryOf(answer) - 1);
  budget.Fit(answer, {});
  EXPECT_EQ(answer.entries.size(), 2u);
  EXPECT_FALSE(answer.listing_complete);
  EXPECT_EQ(answer.failure_cause, NoAnswer::kListTooLarge);
}

TEST(AnswerBudget, FlagsThatDoNotFitBecomeOneWithoutAName) {
  AnswerBudget budget(1'000);
  for (int i = 0; i < 3; ++i) {
    RepoAnswer answer = Answer();
    budget.Fit(answer, kOwn);
    EXPECT_TRUE(answer.entries.empty());
    ASSERT_EQ(answer.issues.size(), 1u);
    EXPECT_EQ(answer.issues[0].path, "");
    EXPECT_EQ(answer.issues[0].state, HubState::kUnsafe);
    EXPECT_TRUE(answer.flags_lost);
    EXPECT_TRUE(answer.listing_cut);
    EXPECT_EQ(answer.failure_cause, NoAnswer::kListTooLarge);
  }
}

TEST(AnswerBudget, WithoutFlagsNoneAreLost) {
  RepoAnswer answer = Answer();
  answer.entries = {Entry("own", HubState::kSafe)};
  answer.issues.clear();
  answer.failure_reason = "another reason";
  AnswerBudget budget(1'000);
  budget.Fit(answer, kOwn);
  EXPECT_FALSE(answer.flags_lost);
  EXPECT_TRUE(answer.issues.empty());
  EXPECT_EQ(answer.failure_reason, "another reason");
}

}  // namespace
}  // namespace counterscan

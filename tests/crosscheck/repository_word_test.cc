#include "scanner/crosscheck/repository_word.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hubclient/no_answer.h"
#include "tests/crosscheck/sample_answers.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RepoAnswer ScanAlone(std::optional<bool> scans_done, std::vector<HubIssue> issues = {}) {
  RepoAnswer answer = Answer({});
  answer.listing_complete = false;
  answer.scans_done = scans_done;
  answer.issues_listed = true;
  answer.issues = std::move(issues);
  return answer;
}

HubState StateOf(const RepoAnswer& answer, HubScope scope = HubScope::kFiles) {
  return Word(answer, scope).state;
}

TEST(RepositoryWord, SafeNeedsAWholeListAndTheWordOnEachFile) {
  const HubEntry safe = Entry("a", HubState::kSafe);
  EXPECT_EQ(StateOf(Answer({safe, Entry("b", HubState::kSafe)})), HubState::kSafe);
  RepoAnswer cut = Answer({safe});
  cut.listing_complete = false;
  EXPECT_EQ(StateOf(cut), HubState::kMissing);
  EXPECT_EQ(StateOf(Answer({})), HubState::kMissing);
  HubEntry unasked = Entry("b", HubState::kSafe);
  unasked.status_asked = false;
  EXPECT_EQ(StateOf(Answer({safe, unasked})), HubState::kMissing);
  RepoAnswer unreadable = Answer({safe});
  unreadable.issues_unreadable = true;
  EXPECT_EQ(StateOf(unreadable), HubState::kMissing);
}

// Every state that an entry can have, alone and beside a safe one.
TEST(RepositoryWord, NothingButSafeIsSafe) {
  for (int i = 0; i < kHubStateCount; ++i) {
    const auto state = static_cast<HubState>(i);
    for (const bool beside : {false, true}) {
      std::vector<HubEntry> entries = {Entry("x", state)};
      if (beside) entries.push_back(Entry("a", HubState::kSafe));
      const RepositoryWord word = Word(Answer(entries));
      EXPECT_EQ(word.state == HubState::kSafe, state == HubState::kSafe) << Name(state);
      if (FlagLevel(state)) {
        EXPECT_EQ(word.state, state);
        EXPECT_EQ(word.flags.size(), 1u);
      }
    }
  }
}

// Entries of one path that each name other scanners, and paths and names without end.
TEST(RepositoryWord, WhatIsKeptOfAFlagIsBounded) {
  std::vector<HubEntry> entries;
  const auto scanner = [](std::string name) {
    return HubScanner{.name = std::move(name),
                      .status = "unsafe",
                      .message = "",
                      .version = "",
                      .report_link = "",
                      .imports = {}};
  };
  for (int i = 0; i < 3'000; ++i) {
    HubEntry entry = Entry("m", HubState::kUnsafe);
    for (int s = 0; s < 50; ++s) {
      entry.scanners.push_back(scanner(std::to_string(50 * i + s) + std::string(200, 'x')));
    }
    entries.push_back(std::move(entry));
  }
  const WordOptions options;
  const RepositoryWord one = Word(Answer(entries));
  ASSERT_EQ(one.flags.size(), 1u);
  EXPECT_EQ(one.flags[0].scanners.size(), options.scanners);
  for (const std::string& name : one.flags[0].scanners) {
    EXPECT_EQ(name.size(), options.name_bytes);
  }

  entries.clear();
  for (int i = 0; i < 500; ++i) {
    entries.push_back(Entry(std::string(9'000, static_cast<char>('a' + i % 20)) + std::to_string(i),
                            HubState::kSuspicious));
    entries.push_back(Entry(std::to_string(i) + std::string(3'000, 'p'), HubState::kSuspicious));
  }
  entries.push_back(Entry("worst", HubState::kUnsafe));
  const RepositoryWord many = Word(Answer(entries));
  EXPECT_EQ(many.state, HubState::kUnsafe);
  EXPECT_EQ(many.flags.at(0).path, "worst");
  std::size_t bytes = 0;
  for (const RepositoryWord::Flag& flag : many.flags) {
    EXPECT_LE(flag.path.size(), options.path_bytes);
    bytes += flag.path.size();
  }
  EXPECT_LE(bytes, options.flag_bytes);
  // Paths that begin alike for longer than any file's are one.
  EXPECT_EQ(many.flags.size() + many.more_flags, 500u + 20u + 1u);
}

TEST(RepositoryWord, AFlagOutweighsEverythingButAWithdrawal) {
  RepoAnswer answer = Answer({Entry("a", HubState::kCaution), Entry("b", HubState::kUnsafe),
                              Entry("c", HubState::kPending)});
  answer.entries[1].scanners = {{.name = "avScan",
                                 .status = "unsafe",
                                 .message = "",
                                 .version = "",
                                 .report_link = "",
                                 .imports = {}},
                                {.name = "jFrogScan",
                                 .status = "safe",
                                 .message = "",
                                 .version = "",
                                 .report_link = "",
                                 .imports = {}}};
  answer.listing_complete = false;
  answer.failure = HubState::kUnreachable;
  answer.failure_reason = "the rest did not come";
  const RepositoryWord word = Word(answer);
  EXPECT_EQ(word.state, HubState::kUnsafe);
  ASSERT_EQ(word.flags.size(), 2u);
  EXPECT_EQ(word.flags[0].path, "b");
  EXPECT_THAT(word.flags[0].scanners, ElementsAre("avScan"));
  EXPECT_EQ(word.flags[1].state, HubState::kCaution);
  answer.disabled = true;
  EXPECT_EQ(StateOf(answer), HubState::kDisabled);
}

TEST(RepositoryWord, AFlagOfTheRepositorysListCountsWithoutItsFile) {
  RepoAnswer answer = Answer({Entry("a", HubState::kSafe)});
  answer.issues = {{"gone.pkl", HubState::kUnsafe, "unsafe", kAskedAt}};
  EXPECT_EQ(StateOf(answer), HubState::kUnsafe);
  answer.issues = {{"", HubState::kSuspicious, "unsafe", kAskedAt}};
  EXPECT_EQ(StateOf(answer), HubState::kSuspicious);
  // The list may name files that are not flagged: they are not safe either.
  answer.issues = {{"b", HubState::kPending, "queued", kAskedAt}};
  EXPECT_EQ(StateOf(answer), HubState::kPending);
}

// Facts: false is normal where every file has its status, and true proves nothing of the files.
TEST(RepositoryWord, ScansDoneCountsOnlyWhereFilesHaveNoStatus) {
  RepoAnswer answer = Answer({Entry("a", HubState::kSafe)});
  answer.scans_done = false;
  EXPECT_EQ(StateOf(answer), HubState::kSafe);
  answer.entries[0].state = HubState::kMissing;
  EXPECT_EQ(StateOf(answer), HubState::kPending);
  answer.scans_done = true;
  EXPECT_EQ(StateOf(answer), HubState::kMissing);
}

TEST(RepositoryWord, TheRepositorysStatusAloneIsNeverSafe) {
  const RepositoryWord clear = Word(ScanAlone(true), HubScope::kRepository);
  EXPECT_EQ(StateName(clear), "no-issues");
  EXPECT_EQ(clear.state, HubState::kMissing);
  EXPECT_THAT(clear.next, HasSubstr("without --quick"));
  EXPECT_FALSE(clear.counts);
  EXPECT_EQ(StateName(Word(ScanAlone(false), HubScope::kRepository)), "pending");
  EXPECT_EQ(StateName(Word(ScanAlone(std::nullopt), HubScope::kRepository)), "missing");
  EXPECT_EQ(StateName(Word(ScanAlone(true))), "missing");  // the files were asked for
  RepoAnswer unlisted = ScanAlone(true);
  unlisted.issues_listed = false;
  EXPECT_EQ(StateName(Word(unlisted, HubScope::kRepository)), "missing");
  const RepositoryWord flagged =
      Word(ScanAlone(false, {{"x", HubState::kUnsafe, "unsafe", kAskedAt}}), HubScope::kRepository);
  EXPECT_EQ(flagged.state, HubState::kUnsafe);
}

TEST(RepositoryWord, AFailureIsToldWithItsCauseAndNextStep) {
  RepoAnswer answer = ScanAlone(std::nullopt);
  answer.failure = HubState::kDenied;
  answer.failure_reason = "the repository is gated";
  answer.failure_cause = NoAnswer::kGatedPending;
  const RepositoryWord word = Word(answer);
  EXPECT_EQ(word.state, HubState::kDenied);
  EXPECT_EQ(word.reason, "the repository is gated");
  EXPECT_EQ(word.cause, "gated-pending");
  EXPECT_FALSE(word.next.empty());
}

TEST(RepositoryWord, ASafeThatIsOldOrUndatedIsStale) {
  RepoAnswer answer = Answer({Entry("a", HubState::kSafe)});
  for (const char* time : {"", "2026-01-01T00:00:00Z", "2027-11-21T10:00:00Z"}) {
    answer.asked_at = time;
    EXPECT_EQ(StateOf(answer), HubState::kStale) << time;
    RepoAnswer alone = ScanAlone(true);
    alone.asked_at = time;
    EXPECT_EQ(StateName(Word(alone, HubScope::kRepository)), "stale") << time;
  }
  answer.entries[0].state = HubState::kUnsafe;
  EXPECT_EQ(StateOf(answer), HubState::kUnsafe);
}

TEST(RepositoryWord, CountsAreByTheWorstWordOfEachPath) {
  const RepositoryWord word =
      Word(Answer({Entry("a", HubState::kSafe), Entry("a", HubState::kPending),
                   Entry("b", HubState::kSafe), Entry("c", HubState::kError),
                   Entry("d", HubState::kMissing), Entry("e", HubState::kUnsafe)}));
  ASSERT_TRUE(word.counts);
  EXPECT_EQ(word.counts->files, 5u);
  EXPECT_EQ(word.counts->safe, 1u);
  EXPECT_EQ(word.counts->pending, 1u);
  EXPECT_EQ(word.counts->failed, 1u);
  EXPECT_EQ(word.counts->silent, 1u);
  EXPECT_EQ(word.counts->flagged, 1u);
}

TEST(RepositoryWord, FlagsAndNotesAreBounded) {
  std::vector<HubEntry> entries;
  for (int i = 0; i < 20; ++i) {
    entries.push_back(Entry(std::to_string(i), HubState::kUnsafe));
    entries.back().notes = {"odd"};
  }
  const RepoAnswer answer = Answer(std::move(entries));
  WordOptions options;
  options.now = *ParseRfc3339("2026-11-22T10:00:00Z");
  options.flags = 5;
  options.notes = 3;
  const RepositoryWord word = WordOn(answer, {answer.repo, "main"}, options);
  EXPECT_EQ(word.flags.size(), 5u);
  EXPECT_EQ(word.more_flags, 15u);
  EXPECT_EQ(word.notes.size(), 3u);
}

TEST(RepositoryWord, WithoutAnAnswerThereIsAReason) {
  const RepositoryWord word =
      NoWordOn({{RepoType::kDataset, "a/b"}, "v1"}, HubState::kMissing, "nobody knows");
  EXPECT_EQ(word.repo_type, "dataset");
  EXPECT_EQ(word.revision, "v1");
  EXPECT_EQ(word.reason, "nobody knows");
  EXPECT_THAT(word.flags, IsEmpty());
}

}  // namespace
}  // namespace counterscan

#include "scanner/crosscheck/kept_word.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "scanner/crosscheck/repository_word.h"
#include "tests/crosscheck/sample_answers.h"

namespace counterscan {
namespace {

// Every state of two entries, and of an issue, and each way in which an answer can fall short.
TEST(KeptWord, WhateverWordOnSaysHoldsTogether) {
  for (int a = 0; a < kHubStateCount; ++a) {
    for (int b = 0; b < kHubStateCount; ++b) {
      const auto first = static_cast<HubState>(a), second = static_cast<HubState>(b);
      // A repository is withdrawn, not a file.
      if (first == HubState::kDisabled || second == HubState::kDisabled) continue;
      std::vector<RepoAnswer> answers = {Answer({Entry("a", first), Entry("b", second)})};
      answers.push_back(answers[0]);
      answers.back().listing_complete = false;
      answers.push_back(answers[0]);
      answers.back().disabled = true;
      answers.push_back(answers[0]);
      answers.back().issues.push_back({"c", second, "word", kAskedAt});
      answers.push_back(answers[0]);
      answers.back().issues_unreadable = true;
      answers.push_back(Answer({}));
      answers.push_back(Answer({}));
      answers.back().listing_complete = false;
      answers.back().issues_listed = true;
      answers.back().scans_done = a % 2 == 0;
      answers.push_back(Answer({}));
      answers.back().listing_complete = false;
      answers.back().failure = HubState::kDenied;
      answers.back().failure_reason = "because";
      answers.back().failure_cause = NoAnswer::kGatedPending;
      for (const RepoAnswer& answer : answers) {
        for (const HubScope scope : {HubScope::kFiles, HubScope::kRepository}) {
          const RepositoryWord word = Word(answer, scope, 1);
          // "safe" of every file is more than the smaller question can bring.
          if (word.state == HubState::kSafe && scope == HubScope::kRepository) continue;
          if (word.state == HubState::kNotAsked || word.state == HubState::kMismatch) continue;
          EXPECT_TRUE(HoldsTogether(word, scope)) << Name(word.state) << " " << Name(first) << " "
                                                  << Name(second) << " " << word.reason;
        }
      }
    }
  }
}

RepositoryWord Safe() {
  return Word(Answer({Entry("a", HubState::kSafe), Entry("b", HubState::kSafe)}), HubScope::kFiles);
}
RepositoryWord Flagged() {
  return Word(Answer({Entry("a", HubState::kCaution), Entry("b", HubState::kUnsafe),
                      Entry("c", HubState::kUnsafe)}),
              HubScope::kFiles);
}

TEST(KeptWord, ASafeThatContradictsItselfDoesNotHold) {
  ASSERT_TRUE(HoldsTogether(Safe(), HubScope::kFiles));
  const std::vector<std::function<void(RepositoryWord&)>> kChanges = {
      [](auto& w) { w.more_flags = 1; },
      [](auto& w) {
        w.flags.push_back({"a", HubState::kCaution, {}});
      },
      [](auto& w) { w.counts.reset(); },
      [](auto& w) { w.counts->files = w.counts->safe = 0; },
      [](auto& w) { w.counts->files = 3; },
      [](auto& w) { w.counts->pending = 1; },
      [](auto& w) { w.counts->silent = ~std::uint64_t{0}; },
      [](auto& w) { --w.counts->safe, ++w.counts->flagged; },
      [](auto& w) { --w.counts->safe, ++w.counts->failed; },
      [](auto& w) { w.reason = "but"; },
      [](auto& w) { w.cause = "dns"; },
      [](auto& w) { w.next = "load it"; },
      [](auto& w) { w.commit = ""; },
      [](auto& w) { w.commit = "main"; },
      [](auto& w) { w.commit = std::string(40, 'C'); },
      [](auto& w) { w.repo = "../x"; },
      [](auto& w) { w.repo_type = "pickle"; },
      [](auto& w) { w.revision = ""; },
      [](auto& w) { w.asked_at = ""; },
      [](auto& w) { w.asked_at = "2026-11-21T10:00:00+00:00"; },
      [](auto& w) { w.no_issues = true; },
      [](auto& w) { w.notes.resize(11); },
      [](auto& w) { w.state = HubState::kUnsafe; },
      [](auto& w) { w.state = HubState::kPending; },
      [](auto& w) { w.state = HubState::kNotAsked; },
      [](auto& w) { w.state = HubState::kMismatch; },
  };
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    RepositoryWord word = Safe();
    kChanges[i](word);
    EXPECT_FALSE(HoldsTogether(word, HubScope::kFiles)) << i;
  }
  EXPECT_FALSE(HoldsTogether(Safe(), HubScope::kRepository));
}

TEST(KeptWord, AFlagThatIsPlayedDownDoesNotHold) {
  ASSERT_TRUE(HoldsTogether(Flagged(), HubScope::kFiles));
  for (int i = 0; i < kHubStateCount; ++i) {
    RepositoryWord word = Flagged();
    word.state = static_cast<HubState>(i);
    const bool is_own = word.state == HubState::kUnsafe;
    EXPECT_EQ(HoldsTogether(word, HubScope::kFiles), is_own) << Name(word.state);
    word.reason = "because";
    EXPECT_FALSE(HoldsTogether(word, HubScope::kFiles)) << Name(word.state);
  }
  const std::vector<std::function<void(RepositoryWord&)>> kChanges = {
      [](auto& w) { w.flags.clear(); },
      [](auto& w) { w.flags.pop_back(), w.flags.pop_back(); },
      [](auto& w) { std::swap(w.flags[0], w.flags[2]); },
      [](auto& w) { std::swap(w.flags[0], w.flags[1]); },
      [](auto& w) { w.flags[1] = w.flags[0]; },
      [](auto& w) { w.flags[2].state = HubState::kSafe; },
      [](auto& w) { w.flags.erase(w.flags.begin(), w.flags.begin() + 2); },
  };
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    RepositoryWord word = Flagged();
    kChanges[i](word);
    EXPECT_FALSE(HoldsTogether(word, HubScope::kFiles)) << i;
  }
}

}  // namespace
}  // namespace counterscan

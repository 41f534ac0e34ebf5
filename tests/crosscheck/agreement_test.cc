#include "scanner/crosscheck/agreement.h"

#include <gtest/gtest.h>

#include <set>

#include "hubclient/status_words.h"

namespace counterscan {
namespace {

constexpr Verdict kVerdicts[] = {Verdict::kClean, Verdict::kIncomplete, Verdict::kCaution,
                                 Verdict::kSuspicious, Verdict::kUnsafe};

// The matrix of the design, written out a second time and the other way round: by name.
struct Cell {
  const char* states;
  const char *clean, *flagged, *incomplete;
};
constexpr Cell kDesign[] = {
    {"safe", "agree-clear", "local-only", "local-gap"},
    {"caution suspicious unsafe", "hub-only", "agree-flagged", "hub-only-gap"},
    {"pending error missing unreachable denied not-found stale", "unconfirmed", "local-unconfirmed",
     "unknown-both"},
    {"disabled", "withdrawn", "withdrawn-flagged", "withdrawn"},
    {"mismatch", "mismatch", "mismatch-flagged", "mismatch-gap"},
    {"not-asked", "not-compared", "not-compared-flagged", "not-compared-gap"},
};

TEST(Agreement, EveryCellIsTheDesigns) {
  int states = 0;
  for (const Cell& cell : kDesign) {
    std::string_view names = cell.states;
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find(' '));
      names.remove_prefix(std::min(names.size(), name.size() + 1));
      const auto state = HubStateFromName(name);
      ASSERT_TRUE(state) << name;
      ++states;
      EXPECT_EQ(Name(AgreementOf(Verdict::kClean, *state)), cell.clean) << name;
      EXPECT_EQ(Name(AgreementOf(Verdict::kIncomplete, *state)), cell.incomplete) << name;
      for (const Verdict verdict : {Verdict::kCaution, Verdict::kSuspicious, Verdict::kUnsafe}) {
        EXPECT_EQ(Name(AgreementOf(verdict, *state)), cell.flagged) << name;
      }
    }
  }
  EXPECT_EQ(states, kHubStateCount);
}

TEST(Agreement, RowsStandInTheOrderOfTheStates) {
  for (int i = 0; i < kHubStateCount; ++i) {
    EXPECT_EQ(kMatrix[static_cast<std::size_t>(i)].state, static_cast<HubState>(i));
  }
}

TEST(Agreement, OnlySafeConfirms) {
  for (const MatrixRow& row : kMatrix) {
    EXPECT_EQ(row.knowledge == Knowledge::kConfirmed, row.state == HubState::kSafe);
    EXPECT_EQ(row.knowledge == Knowledge::kNotWanted, row.state == HubState::kNotAsked);
    EXPECT_EQ(row.knowledge == Knowledge::kDiffers, row.state == HubState::kMismatch);
    EXPECT_EQ(row.knowledge == Knowledge::kWithdrawn, row.state == HubState::kDisabled);
  }
}

TEST(Agreement, AgreeClearNeedsACleanVerdictAndTheExactWordSafe) {
  for (const Verdict verdict : kVerdicts) {
    for (const char* word : {"safe", "Safe", "", "queued", "unscanned", "unsafe", "harmless"}) {
      const bool clear = AgreementOf(verdict, StateOfWord(word)) == Agreement::kAgreeClear;
      EXPECT_EQ(clear, verdict == Verdict::kClean && std::string_view(word) == "safe") << word;
    }
  }
}

TEST(Agreement, EveryClassIsReached) {
  std::set<Agreement> seen;
  for (const MatrixRow& row : kMatrix) {
    for (const Verdict verdict : kVerdicts) seen.insert(AgreementOf(verdict, row.state));
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kAgreementCount));
}

}  // namespace
}  // namespace counterscan

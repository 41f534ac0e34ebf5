#include "hubclient/no_answer.h"

#include <gtest/gtest.h>

#include <set>

namespace counterscan {
namespace {

TEST(NoAnswer, EveryCauseHasWordsANameAndANextStepOfItsOwn) {
  std::set<std::string_view> names, words;
  for (std::size_t i = 0; i < kNoAnswerCount; ++i) {
    const NoAnswerRow& row = RowOf(static_cast<NoAnswer>(i));
    EXPECT_EQ(static_cast<std::size_t>(row.cause), i);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(words.insert(row.words).second) << row.name;
    EXPECT_FALSE(row.next_step.empty()) << row.name;
    EXPECT_EQ(NoAnswerFromName(row.name), row.cause);
  }
  EXPECT_FALSE(NoAnswerFromName("safe"));
  EXPECT_FALSE(NoAnswerFromName(""));
}

TEST(NoAnswer, NoneIsAWordOfTheHub) {
  for (std::size_t i = 0; i < kNoAnswerCount; ++i) {
    const HubState state = RowOf(static_cast<NoAnswer>(i)).state;
    EXPECT_TRUE(state == HubState::kUnreachable || state == HubState::kDenied ||
                state == HubState::kNotFound || state == HubState::kMissing ||
                state == HubState::kDisabled);
  }
}

TEST(NoAnswer, EveryStateThatConfirmsNothingHasANextStep) {
  for (int i = 0; i < kHubStateCount; ++i) {
    const auto state = static_cast<HubState>(i);
    const bool says_something = state == HubState::kSafe || FlagLevel(state).has_value();
    EXPECT_EQ(NextStepFor(state).empty(), says_something || state == HubState::kNotAsked)
        << Name(state);
  }
}

}  // namespace
}  // namespace counterscan

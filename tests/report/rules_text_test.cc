#include "scanner/report/rules_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "scanner/model/rules.h"

namespace counterscan {
namespace {

using ::testing::HasSubstr;

constexpr std::array<Rule, 2> kRules = {{
    {"PKL-102", Level::kSuspicious, "calls what no list knows", "Look at it."},
    {"CLAM-1", Level::kUnsafe, "a signature matched",
     "The bytes match a signature, and this sentence is long enough to go on in a second line."},
}};

TEST(RulesText, ListsOneRuleALineSortedById) {
  EXPECT_EQ(RulesText(kRules),
            "CLAM-1    unsafe      a signature matched\n"
            "PKL-102   suspicious  calls what no list knows\n");
  EXPECT_EQ(RulesText({}), "");
}

TEST(RulesText, TellsOneRuleInFull) {
  EXPECT_EQ(RuleText(kRules[1], {.columns = 60, .color = false, .verbose = false}),
            "CLAM-1   a signature matched\n"
            "  level  unsafe\n"
            "  why    The bytes match a signature, and this sentence is\n"
            "         long enough to go on in a second line.\n");
}

TEST(RulesText, AFullTextHasAnExampleAndWhatToDo) {
  constexpr Rule kFull = {"PKL-101", Level::kUnsafe,         "runs programs",
                          "It can.", "posix.system('true')", "Do not load it."};
  EXPECT_EQ(RuleText(kFull),
            "PKL-101  runs programs\n"
            "  level  unsafe\n"
            "  why    It can.\n"
            "  as in  posix.system('true')\n"
            "  do     Do not load it.\n");
}

TEST(RulesText, EveryRuleOfOursCanBeShown) {
  const std::string all = RulesText(FileRules());
  for (const Rule& rule : FileRules()) {
    EXPECT_THAT(all, HasSubstr(std::string(rule.id)));
    EXPECT_THAT(RuleText(rule), HasSubstr(std::string(Name(rule.level))));
  }
}

}  // namespace
}  // namespace counterscan

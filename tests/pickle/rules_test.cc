// The rules: ids that never change meaning, and a full text for each.
#include "pickle/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "pickle/rule_guides.h"

namespace counterscan::pickle {
namespace {

// What each id means, once and for all: reports, ignore lists and other programs rely on it. A new
// rule gets a new row with a new number; no row is ever changed, and a number that was given up is
// never given again.
constexpr auto kMeanings = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"PKL-101", "runs programs"},
    {"PKL-102", "runs text as code"},
    {"PKL-103", "imports or installs further code"},
    {"PKL-104", "reaches or calls something chosen at run time"},
    {"PKL-105", "unpickles something else"},
    {"PKL-106", "reaches the network"},
    {"PKL-107", "reads or writes files"},
    {"PKL-108", "reaches into the interpreter or the operating system"},
    {"PKL-109", "tampers with a scanner"},
    {"PKL-110", "carries code"},
    {"PKL-111", "changes how other pickles are read"},
    {"PKL-112", "a dotted name leads elsewhere"},
    {"PKL-113", "unpacks or decodes hidden content"},
    {"PKL-114", "names something dangerous by way of another module"},
    {"PKL-201", "a name is built at run time"},
    {"PKL-202", "an instruction crosses the end of its frame"},
    {"PKL-203", "a frame begins inside another"},
    {"PKL-204", "an object's state replaces its special methods"},
    {"PKL-205", "changes an imported object"},
    {"PKL-206", "calls something that is not a plain import"},
    {"PKL-207", "an extension code nobody registered"},
    {"PKL-208", "a name that no program has"},
    {"PKL-209", "instructions the declared protocol does not have"},
    {"PKL-210", "numbers written as no pickler writes them"},
    {"PKL-211", "a pickle after junk"},
    {"PKL-212", "array bytes are a program for another loader"},
    {"PKL-213", "an object's state has keys computed while loading"},
    {"PKL-214", "calls what was found at run time"},
    {"PKL-215", "an instruction that only some readers carry out"},
    {"PKL-216", "several pickles mean something else with one memo"},
    {"PKL-218", "puts items into an object as no pickler does"},
    {"PKL-219", "asks the loader for an object by a key of its own"},
    {"PKL-220", "a tensor reaches beyond its storage"},
    {"PKL-221", "an array of a size that cannot be known"},
    {"PKL-222", "sets the state of an object twice"},
    {"PKL-223", "sets an attribute that runs code"},
    {"PKL-224", "a NumPy type that denies its objects"},
    {"PKL-301", "creates an object of a class on no list"},
    {"PKL-302", "uses a name on no list"},
    {"PKL-303", "uses a name that its package's list does not have"},
    {"PKL-304", "uses a listed name in an unlisted way"},
    {"PKL-305", "a name that your policy denies"},
    {"PKL-306", "mentions a name on no list"},
});

TEST(Rules, IdsNeverChangeMeaning) {
  for (const auto& [id, title] : kMeanings) {
    const Rule* rule = FindRule(id);
    ASSERT_NE(rule, nullptr) << id << " is gone";
    EXPECT_EQ(rule->title, title) << id;
  }
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(std::any_of(kMeanings.begin(), kMeanings.end(),
                            [&](const auto& row) { return row.first == rule.id; }))
        << rule.id << " is new: add its meaning to the list above";
  }
}

TEST(Rules, EachHasAFullText) {
  std::set<std::string_view> ids;
  for (const RuleGuide& guide : RuleGuides()) {
    EXPECT_TRUE(ids.insert(guide.id).second) << guide.id;
    EXPECT_NE(FindRule(guide.id), nullptr) << guide.id;
    EXPECT_FALSE(guide.example.empty()) << guide.id;
    EXPECT_TRUE(guide.advice.ends_with('.') || guide.advice.ends_with("help policy.")) << guide.id;
  }
  for (const Rule& rule : Rules()) {
    EXPECT_NE(FindRuleGuide(rule.id), nullptr)
        << rule.id << " has no example and no advice: see pickle/rule_guides.cc";
    EXPECT_TRUE(rule.why.ends_with('.')) << rule.id;
    EXPECT_FALSE(rule.title.ends_with('.')) << rule.id;
  }
  EXPECT_EQ(FindRuleGuide("PKL-000"), nullptr);
}

}  // namespace
}  // namespace counterscan::pickle

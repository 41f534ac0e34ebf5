#include "scanner/engine/yara_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string RuleOf(const std::string& strings, const std::string& condition) {
  return "rule r { strings: " + strings + " condition: " + condition + " }";
}

constexpr const char* kTwo = "$a = \"first-string\" $b = \"other-marker\"";

// The bytes of the anchors of a file's only rule; "not taken apart" when it is not.
std::vector<std::string> AnchorBytes(const std::string& file) {
  const auto rules = ParseYaraRules(file);
  if (!rules || rules->size() != 1) return {"not taken apart"};
  std::vector<std::string> bytes;
  for (const Anchor& anchor : rules->front().anchors) bytes.push_back(anchor.bytes);
  return bytes;
}

std::size_t CountFor(const std::string& condition) {
  const auto rules = ParseYaraRules(RuleOf(kTwo, condition));
  return rules ? rules->front().anchors.size() : 99;
}

TEST(YaraRules, NeedWhatTheirConditionNeeds) {
  const std::pair<const char*, std::size_t> rows[] = {
      {"$a", 1},
      {"$a at 0", 1},
      {"$a in (0..filesize - 5)", 1},
      {"$a and $b", 1},
      {"$a or $b", 2},
      {"any of them", 2},
      {"1 of them", 2},
      {"all of them", 1},
      {"any of ($a, $b)", 2},
      {"any of ($*)", 2},
      {"any of ($a*)", 1},
      {"$a and filesize < 1KB", 1},
      {"($a or $b) and not $a", 2},
      {"((($a)))", 1},
      {"$a and ($b or uint16(0) == 0x5a4d)", 1},
      {"($a) or ($b)", 2},
  };
  for (const auto& [condition, count] : rows) EXPECT_EQ(CountFor(condition), count) << condition;
}

TEST(YaraRules, ThatMayHoldWithoutAStringNeedNone) {
  for (const char* condition :
       {"true", "not $a", "not ($a and $b)", "$a or filesize < 10", "$a or not $b", "#a == 0",
        "#a > 2", "0 of them", "00 of them", "none of them or $a", "for any of them : ($ at 0)",
        "for all of them : (not $)", "filesize > 10 of them", "any of them or true", "$a == 1",
        "@a[1] < 10", "1 + 1 of them"}) {
    const auto rules = ParseYaraRules(RuleOf(kTwo, condition));
    if (rules) {
      EXPECT_THAT(rules->front().anchors, IsEmpty()) << condition;
    }
  }
}

TEST(YaraRules, AreLeftTogetherWhereTheyMayNeedEachOther) {
  const std::string plain = RuleOf(kTwo, "$a");
  EXPECT_TRUE(ParseYaraRules(plain));
  const std::string files[] = {
      "import \"pe\"\n" + plain,
      "include \"other.yar\"\n" + plain,
      "global " + plain,
      "private " + plain,
      RuleOf(kTwo, "$a and other_rule"),
      RuleOf(kTwo, "$a and pe.is_dll()"),
      RuleOf(kTwo, "for all i in (1..#a) : (@a[i] < 10)"),
      RuleOf(kTwo, "$a and"),
      RuleOf(kTwo, "($a"),
      RuleOf(kTwo, "$a)"),
      RuleOf(kTwo, ""),
      // A number ends where a word begins.
      RuleOf(kTwo, "$a and filesize > 1or $b"),
      RuleOf(kTwo, "$a and 0x1Aor $b"),
      RuleOf(kTwo, "$a and 1KBor $b"),
      RuleOf(kTwo, "2of them"),
      RuleOf("$a = \"first" + std::string(1, '\0') + "string\"", "$a"),
      plain + " /* open",
      "rule r { condition: \"text\" contains \"t\" }",
      plain + "x",
      std::string("\0", 1),
      RuleOf("$a = \"x\\q\"", "$a"),
      RuleOf("$a = \"xor me please\" xor", "$a"),
      RuleOf("$a = { 61 62 // }\n 63 }", "$a"),
      RuleOf("$a = \"two\nlines\"", "$a"),
      RuleOf("$a = /open", "$a"),
      RuleOf("a = \"no dollar\"", "any of them"),
      RuleOf(kTwo, std::string(500, '(') + "$a" + std::string(500, ')')),
  };
  for (const std::string& file : files) EXPECT_FALSE(ParseYaraRules(file)) << file;
}

TEST(YaraRules, OfEveryFormOfStringHaveItsBytes) {
  EXPECT_THAT(AnchorBytes(RuleOf("$a = \"A\\\"b\\\\\\x41\\t\\n\"", "$a")),
              ElementsAre("A\"b\\A\t\n"));
  EXPECT_THAT(AnchorBytes(RuleOf("$a = { 61 62 63 64 65 66 ?? [2-4] ( 67 | 68 69 ) }", "$a")),
              ElementsAre("abcdef"));
  EXPECT_THAT(AnchorBytes(RuleOf("$a = { 61 62 6? 64 65 66 }", "$a")), IsEmpty());
  EXPECT_THAT(AnchorBytes(RuleOf("$a = { ~61 62 63 64 65 66 67 68 }", "$a")), IsEmpty());
  EXPECT_THAT(AnchorBytes(RuleOf("$a = /abcdefgh\\/\"[}]+/is nocase", "$a")), IsEmpty());
  EXPECT_THAT(AnchorBytes(RuleOf("$a = \"short\"", "$a")), IsEmpty());
  EXPECT_THAT(AnchorBytes(RuleOf("$a = \"AbCdEf\" nocase fullword", "$a")), ElementsAre("abcdef"));
  using namespace std::string_literals;
  EXPECT_THAT(AnchorBytes(RuleOf("$a = \"AbCdEf\" wide", "$a")),
              ElementsAre("A\0b\0C\0d\0E\0f\0"s));
  EXPECT_THAT(AnchorBytes(RuleOf("$a = \"AbCdEf\" wide ascii", "$a")), SizeIs(2));
  // One string with anchors is no help where another will do.
  EXPECT_THAT(AnchorBytes(RuleOf("$a = \"AbCdEf\" $b = \"short\"", "any of them")), IsEmpty());
  EXPECT_THAT(AnchorBytes(RuleOf("$a = \"AbCdEf\" $b = \"short\"", "all of them")),
              ElementsAre("AbCdEf"));
}

TEST(YaraRules, AreCutOutWithTheNumbersOfTheirLines) {
  const std::string first =
      "rule first : tag other {\n meta:\n  author = \"} rule x {\" n = -1 yes = true\n"
      " condition: false // }\n}";
  const std::string second = "rule second { strings: $ = \"a } brace\" condition: any of them }";
  const std::string file = "// rule none {\n\n" + first + "\n/* {\n */ " + second + "\n";
  const auto rules = ParseYaraRules(file);
  ASSERT_TRUE(rules);
  ASSERT_THAT(*rules, SizeIs(2));
  EXPECT_EQ(rules->at(0).text, first);
  EXPECT_EQ(rules->at(0).line, 2U);
  EXPECT_EQ(rules->at(1).text, second);
  EXPECT_EQ(rules->at(1).line, 8U);
  EXPECT_THAT(rules->at(0).anchors, IsEmpty());
  EXPECT_THAT(rules->at(1).anchors, SizeIs(1));
}

TEST(YaraRules, ThatBreakOffAreNotTakenApart) {
  const std::string whole = RuleOf("$a = \"first-string\" nocase $b = { 61 62 }", "$a and $b");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseYaraRules(whole.substr(0, size))) << size;
  }
  EXPECT_THAT(*ParseYaraRules(""), IsEmpty());
}

}  // namespace
}  // namespace counterscan

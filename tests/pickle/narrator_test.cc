// The pseudo-code: what a reviewer reads of a pickle.
#include "pickle/judge/narrator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pickle/rules.h"
#include "tests/pickle/pickle_test_util.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

Analysis Explained(const std::string& bytes) {
  Options options;
  options.explain = true;
  return AnalyzeBytes(bytes, options);
}

std::string TextOf(const Pickle& pickle) {
  std::string text;
  for (const Line& line : pickle.lines) text += line.text + "\n";
  return text;
}

// The lines of the first pickle.
std::string Told(const std::string& bytes) { return TextOf(Explained(bytes).pickles.at(0)); }

TEST(Narrator, ReadsAsPython) {
  EXPECT_EQ(Told(PickleBuilder()
                     .Proto(2)
                     .Global("posix", "system")
                     .BinUnicode("true")
                     .Tuple1()
                     .Reduce()
                     .Stop()),
            "from posix import system\n"
            "system_1 = system('true')\n"
            "return system_1\n");
}

TEST(Narrator, AResultThatNobodyUsesHasNoVariable) {
  EXPECT_EQ(Told("cposix\nsystem\n(S'true'\ntR0N."),
            "from posix import system\nsystem('true')\nreturn None\n");
}

TEST(Narrator, EachLineSaysWhatItIsAboutAndHowItWasJudged) {
  const Analysis analysis = Explained("cposix\nsystem\n(S'true'\ntR.");
  const std::vector<Line>& lines = analysis.pickles[0].lines;
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].kind, LineKind::kImport);
  EXPECT_EQ(lines[1].kind, LineKind::kCall);
  EXPECT_EQ(lines[2].kind, LineKind::kReturn);
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_EQ(lines[i].subject, "posix.system");
    EXPECT_EQ(lines[i].rule, "PKL-101");
    EXPECT_EQ(lines[i].level, Level::kUnsafe);
  }
  EXPECT_EQ(lines[1].offset, 24u);
  EXPECT_EQ(lines[2].rule, "");
}

TEST(Narrator, AnObjectIsCreatedAndGivenItsState) {
  const std::string bytes = PickleBuilder()
                                .Proto(2)
                                .Global("sklearn.svm._classes", "SVC")
                                .EmptyTuple()
                                .Op('\x81')
                                .EmptyDict()
                                .Mark()
                                .BinUnicode("C")
                                .Raw("G\x3f\xf0\0\0\0\0\0\0"s)
                                .Op('u')
                                .Build()
                                .Stop();
  EXPECT_EQ(Told(bytes),
            "from sklearn.svm._classes import SVC\n"
            "svc_1 = SVC.__new__(SVC)\n"
            "svc_1.__setstate__({'C': 1.0})\n"
            "return svc_1\n");
}

TEST(Narrator, ContainersThatAreUsedTwiceAreVariables) {
  // x = [1]; return (x, x)
  EXPECT_EQ(Told("\x80\x02]q\0K\x01"s + "ah\0\x86."s), "list_1 = [1]\nreturn (list_1, list_1)\n");
  // A list that holds itself.
  EXPECT_EQ(Told("\x80\x02]q\0h\0"s + "a."s), "list_1 = [list_1]\nreturn list_1\n");
}

TEST(Narrator, LongValuesStandInLinesOfTheirOwn) {
  std::string bytes = "\x80\x02}(X\x01\0\0\0k]("s;
  for (int i = 0; i < 12; ++i)
    bytes += "X\x14\0\0\0"s + std::string(20, static_cast<char>('a' + i));
  bytes += "eu.";
  const std::string told = Told(bytes);
  EXPECT_THAT(told, HasSubstr("list_1 = ['aaaaaaaaaaaaaaaaaaaa', "));
  EXPECT_THAT(told, HasSubstr("return {'k': list_1}\n"));
}

TEST(Narrator, WhatIsLeftOutIsCounted) {
  std::string bytes = "\x80\x02](";
  for (int i = 0; i < 1246; ++i) bytes += "K\x07";
  EXPECT_THAT(Told(bytes + "e."), HasSubstr("7, ... 1,234 more]\n"));
  EXPECT_THAT(Told("\x80\x02X\x39\x30\0\0"s + std::string(12345, 'a') + "."),
              HasSubstr("aaa'...<12,345 bytes>\n"));
}

TEST(Narrator, DeepValuesAreCutWhateverTheirDepth) {
  const std::string deep =
      std::string("\x80\x02") + std::string(5000, ']') + std::string(4999, 'a') + ".";
  EXPECT_LT(Told(deep).size(), 1000u);
}

TEST(Narrator, ManyReferencesDoNotMultiply) {
  // Each list holds the one before it twice.
  std::string bytes = "\x80\x02]q\0"s;
  for (int i = 1; i < 200; ++i) {
    bytes += "](h"s + static_cast<char>(i - 1) + "h" + static_cast<char>(i - 1) + "eq" +
             static_cast<char>(i);
  }
  EXPECT_LT(Told(bytes + ".").size(), 10'000u);
}

TEST(Narrator, NamesThatMisleadAreQuotedAndRenamed) {
  const std::string told = Told("cos\nsystem('true')  # \n0c\xd0\xbes\nsystem\n.");
  EXPECT_THAT(told, HasSubstr("from os import 'system(\\'true\\')  # ' as imported_1\n"));
  EXPECT_THAT(told, HasSubstr("from '\xd0\xbes' import system\n"));
}

TEST(Narrator, OneNameOfTwoModulesIsTwoNames) {
  const std::string told =
      Told("ccollections\nOrderedDict\n)R0cevil\nOrderedDict\n)R0cevil\nOrderedDict_2\n.");
  EXPECT_THAT(told, HasSubstr("from evil import OrderedDict as OrderedDict_2\n"));
  EXPECT_THAT(told, HasSubstr("\nOrderedDict_2()\n"));
  EXPECT_THAT(told, HasSubstr("from evil import OrderedDict_2 as OrderedDict_2_2\n"));
}

TEST(Narrator, VariablesNeverHaveTheNameOfAnImport) {
  const std::string told = Told("cm\nlist_1\n0]2\x86.");
  EXPECT_THAT(told, HasSubstr("return (list_2, list_2)\n"));
}

TEST(Narrator, Python2NamesSayWhatTheyAre) {
  EXPECT_THAT(Told("c__builtin__\neval\n."),
              HasSubstr("from __builtin__ import eval  # builtins.eval in Python 3\n"));
}

TEST(Narrator, ANameMadeAtRunTimeIsShownAsItIsMade) {
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .StackGlobal("base64", "b64decode")
                                .Unicode("cG9zaXg=")
                                .Tuple1()
                                .Reduce()
                                .Unicode("system")
                                .Op('\x93')
                                .Stop();
  const Analysis analysis = Explained(bytes);
  EXPECT_THAT(TextOf(analysis.pickles[0]),
              HasSubstr("imported_1 = find_class(b64decode_1, 'system')\nreturn imported_1\n"));
  EXPECT_EQ(analysis.pickles[0].lines[2].level, Level::kUnsafe);
}

TEST(Narrator, ItemsPutIntoSomethingElseAreLines) {
  EXPECT_EQ(Told("cm\nC\n)R(K\x01K\x02K\x03K\x04u."),
            "from m import C\nc_1 = C()\nc_1[1] = 2\nc_1[3] = 4\nreturn c_1\n");
  EXPECT_THAT(Told("cm\nC\n)RK\x01"s + "a."s), HasSubstr("c_1.append(1)\n"));
  EXPECT_THAT(Told("cm\nC\n)R(K\x01K\x02"s + "e."s), HasSubstr("c_1.extend([1, 2])\n"));
}

TEST(Narrator, ExtensionCodesAndPersistentObjectsAreShown) {
  EXPECT_THAT(Told("\x80\x02\x82\x07."), HasSubstr("imported_1 = get_extension(7)\n"));
  EXPECT_EQ(Told("Pweights 1\n."),
            "persistent_1 = persistent_load('weights 1')\nreturn persistent_1\n");
}

TEST(Narrator, BrokenPicklesTellWhatCameBefore) {
  const Analysis analysis = Explained("cposix\nsystem\n(S'true'\ntR(");
  EXPECT_THAT(TextOf(analysis.pickles[0]), HasSubstr("system('true')\n"));
  EXPECT_EQ(analysis.pickles[0].error, "ends before STOP");
}

TEST(Narrator, APickleInsideAConstantIsToldToo) {
  const std::string inner = "cposix\nsystem\n(S'true'\ntR.";
  const std::string bytes = PickleBuilder()
                                .Proto(3)
                                .Global("_pickle", "loads")
                                .Raw("C" + std::string(1, static_cast<char>(inner.size())))
                                .Raw(inner)
                                .Tuple1()
                                .Reduce()
                                .Stop();
  const Analysis analysis = Explained(bytes);
  ASSERT_EQ(analysis.pickles.size(), 2u) << Summary(analysis);
  EXPECT_EQ(analysis.pickles[0].within, "");
  EXPECT_EQ(analysis.pickles[1].within, "a constant at +0x13");
  EXPECT_EQ(analysis.pickles[1].offset, 19u);
  EXPECT_THAT(TextOf(analysis.pickles[1]), HasSubstr("system('true')\n"));
}

TEST(Narrator, AnotherReadingIsToldWhenItNamesSomethingElse) {
  const Analysis analysis =
      Explained(PickleBuilder().Proto(4).Frame(9).Raw("charmlessos\nsystem\n.").bytes());
  ASSERT_EQ(analysis.pickles.size(), 1u) << Summary(analysis);
  ASSERT_EQ(analysis.other_readings.size(), 1u) << Summary(analysis);
  EXPECT_THAT(analysis.other_readings[0].reading, HasSubstr("from a stream"));
  EXPECT_EQ(analysis.other_readings[0].offset, 0u);
  EXPECT_EQ(analysis.other_readings[0].size, analysis.pickles[0].size);
  EXPECT_THAT(TextOf(analysis.other_readings[0]), HasSubstr("from os import system"));
  // What both see is told once.
  EXPECT_TRUE(Explained(PickleBuilder().Proto(4).Frame(3).Raw("cos\nsystem\n.").bytes())
                  .other_readings.size() <= 1);
  EXPECT_TRUE(Explained(PickleBuilder().Proto(4).Frame(30).Raw("cos\nsystem\n.").bytes())
                  .other_readings.empty());
}

TEST(Narrator, WhatIsOnNoListIsToldHoweverMuchStandsBeforeIt) {
  std::string bytes = "\x80\x02";
  for (int i = 0; i < 120'000; ++i) bytes += "K\x01Q0";
  const Analysis analysis = Explained(bytes + "cposix\nsystem\nX\x04\0\0\0true\x85R."s);
  EXPECT_EQ(analysis.pickles[0].lines_left_out, 20'000u);
  EXPECT_THAT(analysis.pickles[0].lines.back().text, HasSubstr("return system_1"));
  EXPECT_EQ(analysis.pickles[0].lines[analysis.pickles[0].lines.size() - 2].rule, "PKL-101");
}

TEST(Narrator, TextFromTheFileIsEscapedAndCannotForgeReferences) {
  const std::string told = Told("\x80\x02X\x0c\0\0\0\x01r1\x01\n\x1b[2J\xe2\x80\xae."s);
  EXPECT_EQ(told, "return '\\x01r1\\x01\\n\\x1b[2J\\u{202e}'\n");
}

// An explanation that listened less well than a scan would explain the danger away.
TEST(Narrator, FindsWhatAScanFinds) {
  const std::string inner = "\x80\x03" + std::string("cposix\nsystem\n(S'true'\ntR.");
  const std::string frame = "\x80\x04\x95\x05\0\0\0\0\0\0\0cposix\nsystem\n0N."s;
  for (const std::string& bytes :
       {frame, "C" + std::string(1, static_cast<char>(inner.size())) + inner + ".",
        "B\xff\xff\0\0"s + inner + std::string(0xffff - inner.size(), ' ') + ".",
        "cm\nC\n)R}(X\x08\0\0\0__call__cposix\nsystem\nub."s, "\x80\x02\x82\x07."s, "g1\n."s,
        "I1\np 1\n."s, "cm\nC\ncm\nD\n2Q."s, inner + inner, inner + "junk" + inner}) {
    const Analysis scanned = AnalyzeBytes(bytes);
    const Analysis explained = Explained(bytes);
    const auto found = [](const Analysis& analysis) {
      std::string text;
      for (const Finding& finding : analysis.findings) text += finding.message + "\n";
      for (const Import& import : analysis.imports) text += import.name.value_or("?") + "\n";
      return text;
    };
    EXPECT_EQ(found(explained), found(scanned));
  }
}

TEST(Narrator, EveryByteFirstIsTold) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const char* rest : {"", "\n\n\n.", "K\x01K\x02.", "cm\nC\n)R)R)b."}) {
      Explained("cm\nC\n)R" + std::string(1, static_cast<char>(byte)) + rest);
    }
  }
}

}  // namespace
}  // namespace counterscan::pickle

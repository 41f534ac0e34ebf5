// The abstract machine, seen through what an analysis says.
#include <gtest/gtest.h>

#include <string>

#include "tests/pickle/pickle_test_util.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

std::string ErrorOf(std::string_view bytes) {
  const Analysis analysis = AnalyzeBytes(bytes);
  return analysis.pickles.empty() ? "no pickle" : analysis.pickles.front().error;
}

TEST(Machine, PlainDataOfEveryKindIsClean) {
  const std::string bytes =
      "\x80\x04(NI1\nL2L\nK\x01M\x01\x02J\x01\x02\x03\x04\x8a\x01\x05"
      "F1.5\nG\x3f\xf8\0\0\0\0\0\0\x88\x89S'a'\nVb\nX\x01\0\0\0cU\x01"
      "dT\x01\0\0\0e"
      "B\x01\0\0\0fC\x01g]})\x8f(K\x01\x91(l(t(K\x01K\x02"
      "du."s;
  // The last values pair up: SETITEMS wants an even number below its mark.
  const std::string list =
      "\x80\x04](NK\x01"
      "Vb\n)\x8f(K\x01\x91(l(te.";
  EXPECT_TRUE(IsClean(AnalyzeBytes(list), list)) << Summary(AnalyzeBytes(list));
  EXPECT_FALSE(AnalyzeBytes(bytes).gaps.empty());
}

TEST(Machine, NothingBelowTheTopmostMarkCanBePopped) {
  EXPECT_EQ(ErrorOf("K\x01(0."), "");  // POP takes the mark itself
  EXPECT_EQ(ErrorOf("K\x01(2."), "stack underflow");
  EXPECT_EQ(ErrorOf("K\x01(\x85."), "stack underflow");
  EXPECT_EQ(ErrorOf("K\x01(q\x00."s), "stack underflow");
  EXPECT_EQ(ErrorOf("]K\x01(a."), "stack underflow");
  EXPECT_EQ(ErrorOf("K\x01(."), "stack underflow");
  EXPECT_EQ(ErrorOf("cos\nsystem\n)(R."), "stack underflow");
}

TEST(Machine, PopsPastTheBottomAreErrors) {
  for (const char* bytes : {"0", "2", ".", "\x85", "\x86", "\x87", "R", "b", "\x81", "\x92", "Q",
                            "a", "s", "\x94", "\x93", "\x98"}) {
    EXPECT_EQ(ErrorOf(bytes), "stack underflow") << bytes;
  }
  for (const char* bytes : {"t", "l", "d", "u", "e", "1", "\x90", "\x91", "o"}) {
    EXPECT_EQ(ErrorOf(bytes), "no mark on the stack") << bytes;
  }
}

TEST(Machine, MarksNest) {
  const std::string bytes = "((K\x01(K\x02ttt.";
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes));
  EXPECT_EQ(ErrorOf("(((11t."), "");
}

TEST(Machine, ANameComesFromTheMemoByEveryKindOfGet) {
  const auto with = [](std::string_view module_get, std::string_view name_get) {
    return PickleBuilder()
        .Proto(4)
        .Unicode("posix")
        .Memoize()
        .Unicode("system")
        .Memoize()
        .Raw("00")
        .Raw(module_get)
        .Raw(name_get)
        .Raw("\x93")
        .Stop()
        .bytes();
  };
  EXPECT_TRUE(Imports(AnalyzeBytes(with("g0\n", "g1\n")), "posix", "system"));
  EXPECT_TRUE(Imports(AnalyzeBytes(with("h\x00"s, "h\x01")), "posix", "system"));
  EXPECT_TRUE(Imports(AnalyzeBytes(with("j\0\0\0\0"s, "j\1\0\0\0"s)), "posix", "system"));
}

TEST(Machine, MemoizeAfterPutCountsEntries) {
  // PUT 7 makes one entry, so MEMOIZE writes slot 1.
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Unicode("posix")
                                .Put(7)
                                .Unicode("system")
                                .Memoize()
                                .Raw("00")
                                .Get(7)
                                .Get(1)
                                .Raw("\x93")
                                .Stop();
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "posix", "system"));
}

TEST(Machine, AMemoSlotIsWhatWasWrittenLast) {
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Unicode("collections")
                                .Put(0)
                                .Unicode("posix")
                                .Put(0)
                                .Get(0)
                                .Unicode("system")
                                .Raw("\x93")
                                .Stop();
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "posix", "system"));
}

TEST(Machine, ASlotNeverWrittenIsAnError) {
  EXPECT_EQ(ErrorOf("h\x05."), "memo slot was never written");
  EXPECT_EQ(ErrorOf("j\xff\xff\xff\xff."), "memo slot was never written");
}

TEST(Machine, TheMemoOfThePickleBeforeIsLookedUpToo) {
  const std::string first = PickleBuilder().Proto(4).Unicode("posix").Memoize().Stop();
  const std::string second = PickleBuilder().Proto(4).Get(0).Unicode("system").Raw("\x93").Stop();
  EXPECT_TRUE(Imports(AnalyzeBytes(first + second), "posix", "system"));
}

TEST(Machine, DupCopiesAName) {
  const std::string bytes =
      PickleBuilder().Proto(2).BinUnicode("posix").Raw("2").Raw("\x93").Stop();
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "posix", "posix"));
}

TEST(Machine, ProtocolsAboveFiveAreRefused) {
  EXPECT_EQ(ErrorOf("\x80\x06N."), "unsupported pickle protocol");
}

TEST(Machine, DictsOfAnOddNumberOfItemsAreErrors) {
  EXPECT_EQ(ErrorOf("(K\x01"
                    "d."),
            "odd number of items for a dict");
  EXPECT_EQ(ErrorOf("}(K\x01u."), "odd number of items for a dict");
}

// --- bounded work and memory

TEST(Machine, DuplicatedTuplesDoNotExplode) {
  std::string bytes = "\x80\x02N";
  for (int i = 0; i < 10'000; ++i) bytes += "2\x86";  // 2^10000 leaves
  bytes += "cposix\nsystem\n2\x85R.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(HasRule(analysis, "PKL-101"));
  for (const Finding& finding : analysis.findings) EXPECT_LT(finding.message.size(), 2000u);
}

TEST(Machine, AMillionMarksAreCarriedOut) {
  const std::string bytes = "N" + std::string(1'000'000, '(') + std::string(1'000'000, '1') + ".";
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes));
}

TEST(Machine, TooDeepAStackIsAGapAndKeepsFindings) {
  Options options;
  options.limits.pickle_stack_items = 1000;
  const std::string bytes = "cposix\nsystem\n" + std::string(2000, 'N') + ".";
  const Analysis analysis = AnalyzeBytes(bytes, options);
  EXPECT_TRUE(HasRule(analysis, "PKL-101"));
  ASSERT_FALSE(analysis.gaps.empty());
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kLimit);
}

TEST(Machine, TooManyOpcodesAreAGap) {
  Options options;
  options.limits.pickle_opcodes = 100;
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "N0";
  const Analysis analysis = AnalyzeBytes(bytes + "N.", options);
  ASSERT_FALSE(analysis.gaps.empty());
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kLimit);
  EXPECT_EQ(analysis.gaps[0].first, 100u);
}

TEST(Machine, AFullMemoIsAGapAndNoAccusation) {
  Options options;
  options.limits.pickle_memo_entries = 2;
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Unicode("a")
                                .Memoize()
                                .Unicode("b")
                                .Memoize()
                                .Unicode("collections")
                                .Put(2)
                                .Unicode("OrderedDict")
                                .Put(3)
                                .Get(2)
                                .Get(3)
                                .Raw("\x93")
                                .Stop();
  const Analysis analysis = AnalyzeBytes(bytes, options);
  ASSERT_FALSE(analysis.gaps.empty());
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kLimit);
}

TEST(Machine, AFloodOfNamesLeavesRoomForTheWorst) {
  Options options;
  options.limits.pickle_imports = 10;
  std::string bytes = "\x80\x02";
  for (int i = 0; i < 50; ++i) bytes += "cpkg\nname" + std::to_string(i) + "\n0";
  bytes += "cposix\nsystem\n.";
  const Analysis analysis = AnalyzeBytes(bytes, options);
  EXPECT_TRUE(HasRule(analysis, "PKL-101")) << Summary(analysis);
  EXPECT_EQ(analysis.imports.size(), 11u);
  EXPECT_TRUE(Imports(analysis, "posix", "system"));
  ASSERT_FALSE(analysis.gaps.empty());
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kLimit);
}

TEST(Machine, FiftyThousandPicklesAreWalked) {
  std::string bytes;
  for (int i = 0; i < 50'000; ++i) bytes += "\x80\x04N.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_EQ(analysis.pickles.size(), 50'000u);
  EXPECT_TRUE(IsClean(analysis, bytes));
}

}  // namespace
}  // namespace counterscan::pickle

// The same bytes, read in other ways: frames that end too early, one memo for several pickles.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>

#include "pickle/stream/frame_readings.h"
#include "pickle/stream/instruction_reader.h"
#include "tests/pickle/pickle_test_util.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

bool ImportsSomethingUnknown(const Analysis& analysis) {
  return std::any_of(analysis.imports.begin(), analysis.imports.end(),
                     [](const Import& import) { return !import.module && !import.name; });
}

bool ImportsSomethingOf(const Analysis& analysis, std::string_view module) {
  return std::any_of(analysis.imports.begin(), analysis.imports.end(),
                     [&](const Import& import) { return import.module == module && !import.name; });
}

// --- frames: each was tried on CPython 3.6 to 3.13

TEST(Readings, AGlobalAcrossTheEndOfItsFrameIsTwoNames) {
  const Analysis analysis = AnalyzeBytes(PickleBuilder()
                                             .Proto(4)
                                             .Frame(9)
                                             .Raw("charmless"
                                                  "os\nsystem\n.")
                                             .bytes());
  EXPECT_TRUE(Imports(analysis, "harmlessos", "system"));  // from memory
  EXPECT_TRUE(Imports(analysis, "os", "system"));          // from a stream
}

TEST(Readings, AMemoIndexAcrossTheEndOfItsFrameIsTwoIndices) {
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Unicode("os")
                                .Put(2)
                                .Unicode("string")
                                .Put(12)
                                .Frame(2)
                                .Raw(
                                    "g1"
                                    "2\n")
                                .Unicode("capwords")
                                .Raw("\x93.");
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "string", "capwords"));
  EXPECT_TRUE(Imports(analysis, "os", "capwords"));
}

TEST(Readings, AFrameThatReachesPastTheOneAroundItHidesWhatIsLeftOfThat) {
  // From memory the last five bytes of the outer frame are the head of a string.
  const std::string payload = "cposix\nsystem\nX\4\0\0\0true\x85R."s;
  const std::string bytes =
      PickleBuilder().Proto(4).Frame(9 + 5).Frame(payload.size()).BinUnicode(payload).Stop();
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "posix", "system"));
  EXPECT_TRUE(HasMessage(analysis, "calls posix.system('true')"));
}

TEST(Readings, WhatStandsBehindTheFrameOfAStopIsTheNextPickle) {
  const std::string payload = "cposix\nsystem\n)R."s;
  const std::string bytes =
      PickleBuilder().Proto(4).Frame(2 + 5).Raw("N.").BinUnicode(payload).Stop();
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "posix", "system"));
}

TEST(Readings, EveryWayThroughTwoFramesIsTaken) {
  // A file that shows some bytes in advance forgets the rest of one frame and keeps the other.
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Frame(2)
                                .Raw(
                                    "Va"
                                    "os\n")
                                .Frame(2)
                                .Raw(
                                    "Vb"
                                    "system\n")
                                .Raw("\x93.");
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "aos", "bsystem"));
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  EXPECT_TRUE(Imports(analysis, "os", "bsystem"));
  EXPECT_TRUE(Imports(analysis, "aos", "system"));
}

TEST(Readings, WhatIsBrokenFromMemoryMayGoOnFromAStream) {
  // LONG4 of a negative length, or of 128 bytes.
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Frame(4)
                                .Raw(
                                    "\x8b\0\0\0"
                                    "\x80\0\0\0"s)
                                .Raw(std::string(128, '\1'))
                                .Global("posix", "system")
                                .Stop();
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "posix", "system"));
  EXPECT_TRUE(HasRule(analysis, "PKL-202"));
}

TEST(Readings, BytesAcrossTheEndOfAFrameAreForgottenByOldReadersOnly) {
  // Python 3.7 skips two bytes more than 3.8.
  const std::string bytes = PickleBuilder().Proto(4).Frame(7).Raw(
      "B\4\0\0\0ab"
      "cdN0cos\nsystem\n."s);
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  // One byte more and the older one meets another name.
  const std::string longer = PickleBuilder().Proto(4).Frame(8).Raw(
      "B\4\0\0\0abc"
      "dNcos\nsystem\n."s);
  const Analysis other = AnalyzeBytes(longer);
  EXPECT_TRUE(Imports(other, "os", "system"));
}

TEST(Readings, AFrameInsideWhatWasTakenInChangesNothing) {
  const std::string bytes = PickleBuilder().Proto(4).Frame(9 + 9).Frame(2).Raw(
      "charmless"
      "os\nsystem\n.");
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "harmlessos", "system"));
  EXPECT_TRUE(Imports(analysis, "os", "system"));
}

TEST(Readings, FindingsStandWhereTheBytesAreInTheFile) {
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Frame(9)
                                .Raw(
                                    "charmless"
                                    "os\nsystem\n")
                                .EmptyTuple()
                                .Reduce()
                                .Stop();
  const Analysis analysis = AnalyzeBytes(bytes);
  const auto found = std::find_if(analysis.findings.begin(), analysis.findings.end(),
                                  [](auto& f) { return f.message == "calls os.system()"; });
  ASSERT_NE(found, analysis.findings.end());
  EXPECT_EQ(bytes[found->offset], 'R');
}

TEST(Readings, AThousandForksAreALimitWithAName) {
  PickleBuilder builder;
  builder.Proto(4);
  for (int i = 0; i < 1000; ++i)
    builder.Frame(2)
        .Raw(
            "Va"
            "os\n")
        .Pop();
  const Analysis analysis = AnalyzeBytes(builder.Raw("N.").bytes());
  ASSERT_FALSE(analysis.gaps.empty());
  EXPECT_EQ(analysis.gaps.back().kind, GapKind::kLimit);
  EXPECT_EQ(analysis.gaps.back().detail, "more ways to read it than are followed");
}

// --- one memo for all pickles

TEST(Readings, AnUnpicklerThatLoadsSeveralPicklesKeepsItsMemo) {
  const std::string first =
      PickleBuilder().Proto(4).Unicode("os").Memoize().Unicode("system").Memoize().Stop();
  const std::string second = PickleBuilder()
                                 .Proto(4)
                                 .Unicode("string")
                                 .Memoize()
                                 .Unicode("capwords")
                                 .Memoize()
                                 .Get(0)
                                 .Get(1)
                                 .Raw("\x93.");
  const Analysis analysis = AnalyzeBytes(first + second);
  EXPECT_TRUE(Imports(analysis, "string", "capwords"));  // a memo for each
  EXPECT_TRUE(Imports(analysis, "os", "system"));        // one for both
  EXPECT_EQ(WorstOf(analysis), Level::kUnsafe);
  EXPECT_TRUE(Imports(AnalyzeBytes(first + "\x80\4N." + second), "os", "system"));
}

TEST(Readings, HonestPicklesBehindEachOtherAreNoMoreThanOdd) {
  // Two state dicts, written one by one: with one memo the second would import "weight.Tensor".
  const auto written = [](std::string_view key, std::string_view name) {
    return PickleBuilder()
        .Proto(4)
        .Unicode(key)
        .Memoize()
        .StackGlobal("collections", "OrderedDict")
        .Get(0)
        .Unicode(name)
        .Raw("\x93.")
        .bytes();
  };
  const Analysis analysis = AnalyzeBytes(written("weight", "a") + written("collections", "deque"));
  EXPECT_TRUE(Imports(analysis, "collections", "deque"));
  EXPECT_TRUE(Imports(analysis, "weight", "deque"));
  EXPECT_TRUE(HasRule(analysis, "PKL-216"));
}

// Python 2's cPickle makes a tuple of what lies below a mark, and goes on.
TEST(Readings, WhereCodesMayBeRegisteredABrokenPickleMayNameAnything) {
  const std::string bytes =
      "\x80\1ccopy_reg\nadd_extension\nT\2"s + std::string(3, '\0') + "osU\6systemK\1(\x87R\x82\1.";
  EXPECT_TRUE(ImportsSomethingUnknown(AnalyzeBytes(bytes)));
}

TEST(Readings, WithOneMemoTheTextOfBytesMayBeAName) {
  const std::string first = "\x80\5cbuiltins\nstr\nC\3abc\x85R\x94.";
  const Analysis analysis = AnalyzeBytes(first + "\x80\5\x8c\2os\x94\x8c\4evalh" + '\0' + "\x93.");
  EXPECT_TRUE(Imports(analysis, "eval", "os"));
  EXPECT_TRUE(ImportsSomethingOf(analysis, "eval")) << Summary(analysis);
}

TEST(Readings, AHarmlessNameIsNotUnsafeForTheModuleThatOneMemoGivesIt) {
  // {"test": ...}, and behind it collections.OrderedDict.
  const std::string first =
      PickleBuilder().Proto(4).EmptyDict().Memoize().Unicode("test").Memoize().Raw("Ns.").bytes();
  const std::string second = PickleBuilder()
                                 .Proto(4)
                                 .Unicode("x")
                                 .Memoize()
                                 .Unicode("collections")
                                 .Memoize()
                                 .Get(1)
                                 .Unicode("OrderedDict")
                                 .Raw("\x93.");
  const Analysis analysis = AnalyzeBytes(first + second);
  EXPECT_TRUE(Imports(analysis, "collections", "OrderedDict"));
  EXPECT_TRUE(Imports(analysis, "test", "OrderedDict"));
  EXPECT_EQ(WorstOf(analysis), Level::kCaution);
}

TEST(Readings, APickleBehindAnotherMayBeginWithItsMemo) {
  const std::string bytes =
      "Np1\n."
      "g1\ncos\nsystem\n.";
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "os", "system"));
}

// --- several objects that one Pickler wrote

// What CPython's Pickler writes for two dumps of OrderedDict() by protocol 4.
std::string DumpsOfOnePickler() {
  const std::string first = PickleBuilder()
                                .Proto(4)
                                .Unicode("collections")
                                .Memoize()
                                .Unicode("OrderedDict")
                                .Memoize()
                                .Raw("\x93")
                                .Memoize()
                                .EmptyTuple()
                                .Raw("R")
                                .Memoize()
                                .Stop();
  return first + PickleBuilder()
                     .Proto(4)
                     .Get(2)
                     .EmptyTuple()
                     .Raw("R")
                     .Memoize()
                     .Get(3)
                     .Raw("\x86.")
                     .bytes();
}

TEST(Readings, SeveralDumpsOfOnePicklerAreReadWithItsMemo) {
  const Analysis analysis = AnalyzeBytes(DumpsOfOnePickler());
  EXPECT_EQ(WorstOf(analysis), Level::kClean) << Summary(analysis);
  EXPECT_TRUE(analysis.gaps.empty()) << Summary(analysis);
}

// `second` makes sense behind a pickle of four strings, and means something else alone.
Analysis BehindFourStrings(const std::string& second) {
  const std::string first = PickleBuilder()
                                .Proto(4)
                                .Unicode("collections")
                                .Memoize()
                                .Unicode("OrderedDict")
                                .Memoize()
                                .Unicode("deque")
                                .Memoize()
                                .Unicode("Counter")
                                .Memoize()
                                .Stop();
  // The last is what alone has no slot for.
  return AnalyzeBytes(first + second + PickleBuilder().Proto(4).Get(3).Raw(".").bytes());
}

TEST(Readings, WhatOnlyAnUnpicklerOfItsOwnDoesIsSeenBesideOnePickler) {
  const auto two = [](std::string_view a, std::string_view b) {
    return PickleBuilder().Proto(4).Unicode(a).Memoize().Unicode(b).Memoize().bytes();
  };
  const std::string named = PickleBuilder().Get(0).Get(1).Raw("\x93").bytes();
  const Analysis system = BehindFourStrings(two("posix", "system") + named + ".");
  EXPECT_TRUE(Imports(system, "posix", "system")) << Summary(system);
  EXPECT_EQ(WorstOf(system), Level::kUnsafe) << Summary(system);
  // A name that is computed, for one of the two only.
  const std::string text =
      PickleBuilder().Global("builtins", "str").bytes() + "C\5posix\x8c\5ascii\x86R\x94";
  const Analysis computed = BehindFourStrings(
      "\x80\4" + text + PickleBuilder().Unicode("system").Memoize().bytes() + named + ".");
  EXPECT_EQ(WorstOf(computed), Level::kUnsafe) << Summary(computed);
  // A class whose attributes are set, where the other sets those of an object.
  const std::string changed = PickleBuilder()
                                  .Proto(4)
                                  .Global("collections", "UserDict")
                                  .Memoize()
                                  .Raw("0")
                                  .Get(0)
                                  .Raw("}")
                                  .Unicode("a")
                                  .Raw("K\1sb.")
                                  .bytes();
  EXPECT_EQ(WorstOf(BehindFourStrings(changed)), Level::kUnsafe);
  // A function on no list, called by one of the two.
  const Analysis odd = BehindFourStrings(two("acme", "run") + named + ")R.");
  EXPECT_TRUE(Imports(odd, "acme", "run")) << Summary(odd);
  EXPECT_GE(WorstOf(odd), Level::kCaution) << Summary(odd);
}

// --- what only pickle.py or only C accepts

TEST(Readings, AMemoIndexOfTwentyDigitsIsASlotForPythonsOwnUnpickler) {
  const std::string bytes = PickleBuilder()
                                .Unicode("os")
                                .Raw("p99999999999999999999\n0")
                                .Unicode("string")
                                .Raw("p99999999999999999998\n0")
                                .Raw("g+00099999999999999999999\n")
                                .Unicode("system")
                                .Raw("\x93.");
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  EXPECT_TRUE(HasRule(analysis, "PKL-210"));
}

TEST(Readings, AComputedNameIsKnownAndYetUnknown) {
  // With encoding="bytes" the constant is bytes, and str() makes "b'os'" of it.
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Global("builtins", "str")
                                .Raw("S'os'\n")
                                .Tuple1()
                                .Reduce()
                                .Unicode("system")
                                .Raw("\x93.");
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  EXPECT_TRUE(std::any_of(analysis.imports.begin(), analysis.imports.end(),
                          [](const Import& i) { return !i.module && i.name == "system"; }));
}

TEST(Readings, WhatOnlyPythonsOwnUnpicklerCarriesOutIsTold) {
  for (const std::string& bytes :
       {PickleBuilder().Proto(2).Unicode("x").EmptyDict().Build().Stop().bytes(),
        PickleBuilder().Global("collections", "OrderedDict").EmptyList().Reduce().Stop().bytes(),
        "F 1_0 \n."s, "N(e."s, "Nr\3\0\0\x85."s, "cbuiltins\nlist\n(e."s}) {
    EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-215")) << bytes;
  }
}

TEST(Readings, AnExtensionCodeMeansWhatItsNameMeansThen) {
  // Registered under protocol 4, resolved under protocol 2, where the name is another.
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Global("copyreg", "add_extension")
                                .Unicode("commands")
                                .Unicode("getoutput")
                                .Int(7)
                                .Tuple3()
                                .Reduce()
                                .Proto(2)
                                .Raw("\x82\7.");
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "subprocess", "getoutput"));
}

TEST(Readings, AnExtensionCodeIsUnknownOnceTheRegistryWasReached) {
  const std::string bytes = PickleBuilder()
                                .Proto(4)
                                .Global("copyreg", "add_extension")
                                .Unicode("string")
                                .Unicode("capwords")
                                .Int(7)
                                .Tuple3()
                                .Reduce()
                                .Global("copyreg", "_inverted_registry")
                                .Int(7)
                                .Unicode("os")
                                .Unicode("system")
                                .Tuple2()
                                .Raw("s")
                                .Raw("\x82\7.");
  EXPECT_TRUE(ImportsSomethingUnknown(AnalyzeBytes(bytes)));
}

TEST(Readings, AnExtensionCodeInAnOddFormIsUnknown) {
  // 010 is eight, ten, or an error.
  const std::string bytes = PickleBuilder()
                                .Global("copyreg", "add_extension")
                                .Unicode("os")
                                .Unicode("system")
                                .Raw("I010\n")
                                .Tuple3()
                                .Reduce()
                                .Raw("\x82\x08.");
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  EXPECT_TRUE(ImportsSomethingUnknown(analysis));
}

TEST(Readings, WhatAStreamMakesOfAFrameBehindAPickleIsRead) {
  // The number begins in the frame and ends behind it: a stream drops the frame's last byte.
  const std::string bytes =
      "}q\000X\020\000\000\000"
      "ptocol_versionq\001M\351\003X\015\000\000\000ltle_endianq\002.\225"
      "\035\000\000\000\000\000\000\000\200\004j\000\000\000\000\214\012UserString"
      "\213\006\000\000\000\000\000\000X\042\000\000\000\200\000(cs\012r\012"s;
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "s", "r")) << Summary(AnalyzeBytes(bytes));
}

TEST(Readings, AnEmptyStateForWhatHasNoneIsTold) {
  for (const std::string state : {"}", ")", "]"}) {
    const std::string bytes =
        PickleBuilder().Proto(4).Global("builtins", "bytearray").Raw(")\x81" + state + "b.");
    EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-215")) << state;
  }
}

TEST(Readings, CPicklesIdeaOfBlanksIsKnown) {
  const std::string bytes = "ccopy_reg\nadd_extension\n(S'os'\nS'system'\xff\xfe\nI7\ntR\x82\7."s;
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "os", "system"));
}

TEST(Readings, AnyLineIsAMemoSlotToPython2) {
  // pickle.py keeps "os" under the text "one", and reads on.
  const std::string bytes =
      "ccopy_reg\nadd_extension\n(S'os'\npone\n0gone\nS'system'\nI7\ntR\x82\7."s;
  EXPECT_TRUE(Imports(AnalyzeBytes(bytes), "os", "system"));
}

TEST(Readings, MemoSlotsAreTextsToPython2) {
  // "01" is no other name for slot 1.
  const std::string bytes =
      "ccopy_reg\nadd_extension\n(S'os'\np1\n0S'string'\np01\n0g1\nS'system'\nI7\ntR\x82\7."s;
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  EXPECT_TRUE(Imports(analysis, "string", "system"));
}

TEST(Readings, LinesAndBytesNameDifferentMemoSlotsToPython2sCPickle) {
  const std::string bytes =
      "ccopy_reg\nadd_extension\n(S'os'\np1\n0S'string'\nq\1"
      "0g1\nS'system'\nI7\ntR\x82\7."s;
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  EXPECT_TRUE(Imports(analysis, "string", "system"));
}

// --- what a disassembler sees

TEST(Readings, NamesBehindWhereEveryUnpicklerFailsAreListed) {
  // No slot 5 was ever written.
  const std::string bytes = PickleBuilder()
                                .Proto(2)
                                .Unicode("os")
                                .Put(0)
                                .Get(5)
                                .Global("collections", "OrderedDict")
                                .Get(0)
                                .Unicode("system")
                                .Raw("\x93.");
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(Imports(analysis, "collections", "OrderedDict"));
  EXPECT_TRUE(Imports(analysis, "os", "system"));
  EXPECT_TRUE(HasMessage(analysis, "names os.system, where no unpickler gets"));
}

TEST(Readings, AnyLineNamesAMemoSlotForPython2) {
  for (const char* broken : {"p\ncposix\nsystem\n.", "Np x\ng x\ncposix\nsystem\n.", "p\ncos_"}) {
    const Analysis analysis = AnalyzeBytes(broken);
    ASSERT_FALSE(analysis.imports.empty()) << broken;
    EXPECT_GE(WorstOf(analysis), Level::kSuspicious) << broken;
  }
}

TEST(Readings, EscapesInTheLinesOfAGlobalMeanSomethingToPickletools) {
  const Analysis analysis = AnalyzeBytes("c\\x6fs\nsystem\n.");
  EXPECT_TRUE(Imports(analysis, "\\x6fs", "system"));
  EXPECT_TRUE(Imports(analysis, "os", "system"));
}

// --- the parts

TEST(SplicedSource, ReadsAcrossItsSeams) {
  const std::string bytes = "abcdefghij";
  const MemorySource whole(AsBytes(bytes));
  SplicedSource spliced(whole);
  ASSERT_TRUE(spliced.Cut(2, 4));  // ab|efghij
  ASSERT_TRUE(spliced.Cut(2, 3));  // ab|fghij
  ASSERT_TRUE(spliced.Cut(4, 7));  // ab|fg|
  EXPECT_EQ(spliced.size(), 4u);
  std::string read(8, '\0');
  EXPECT_EQ(spliced.ReadAt(1, std::as_writable_bytes(std::span(read))).value(), 3u);
  EXPECT_EQ(read.substr(0, 3), "bfg");
  EXPECT_EQ(spliced.InWhole(1), 1u);
  EXPECT_EQ(spliced.InWhole(2), 5u);
  EXPECT_EQ(spliced.InWhole(4), 10u);
}

TEST(SplicedSource, RefusesCutsThatAreNone) {
  const std::string bytes = "abcdefghij";
  const MemorySource whole(AsBytes(bytes));
  SplicedSource spliced(whole);
  EXPECT_FALSE(spliced.Cut(2, 2));
  EXPECT_FALSE(spliced.Cut(2, 11));
  EXPECT_TRUE(spliced.Cut(5, 6));
  EXPECT_FALSE(spliced.Cut(4, 5));
  EXPECT_EQ(spliced.size(), 9u);
}

TEST(FindOverrun, SaysWhichReadDoesNotFit) {
  const auto first = [](std::string_view bytes, std::uint64_t frame_end) {
    const MemorySource source(AsBytes(bytes));
    const InstructionReader reader(source);
    const auto overrun = FindOverrun(reader, 0, frame_end);
    return overrun ? static_cast<int>(overrun->first) : -1;
  };
  EXPECT_EQ(first("J\1\2\3\4"sv, 1), -1);  // begins behind the frame: nothing is forgotten
  EXPECT_EQ(first("J\1\2\3\4"sv, 2), 1);
  EXPECT_EQ(first("J\1\2\3\4"sv, 5), -1);
  EXPECT_EQ(first("K\1"sv, 1), -1);
  EXPECT_EQ(first("X\2\0\0\0ab"sv, 3), 1);
  EXPECT_EQ(first("X\2\0\0\0ab"sv, 5), -1);
  EXPECT_EQ(first("X\2\0\0\0ab"sv, 6), 5);
  EXPECT_EQ(first("cab\ncd\n"sv, 3), 1);
  EXPECT_EQ(first("cab\ncd\n"sv, 4), -1);
  EXPECT_EQ(first("cab\ncd\n"sv, 6), 4);
  EXPECT_EQ(first("cab\ncd\n"sv, 7), -1);
  EXPECT_EQ(first("Iab"sv, 2), 1);
}

}  // namespace
}  // namespace counterscan::pickle

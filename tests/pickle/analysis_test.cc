// Streams: several pickles, broken ones, frames, arrays between the opcodes, read windows.
#include "pickle/analysis.h"

#include <gtest/gtest.h>

#include <string>

#include "pickle/analyze_internal.h"
#include "pickle/stream/instruction_reader.h"
#include "tests/pickle/pickle_test_util.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

std::string Payload() {
  return PickleBuilder()
      .Proto(2)
      .Global("posix", "system")
      .BinUnicode("true")
      .Tuple1()
      .Reduce()
      .Stop();
}

// A state dict as torch.save writes it: persistent storage, rebuild call, OrderedDict.
std::string TorchStateDict() {
  return PickleBuilder()
      .Proto(2)
      .Global("collections", "OrderedDict")
      .Put(0)
      .EmptyTuple()
      .Reduce()
      .Put(1)
      .Mark()
      .BinUnicode("weight")
      .Global("torch._utils", "_rebuild_tensor_v2")
      .Mark()
      .Mark()
      .BinUnicode("storage")
      .Global("torch", "FloatStorage")
      .BinUnicode("0")
      .BinUnicode("cpu")
      .Int(4)
      .Tuple()
      .BinPersId()
      .Int(0)
      .Int(4)
      .Tuple1()
      .Int(1)
      .Tuple1()
      .Raw("\x89")
      .Get(0)
      .EmptyTuple()
      .Reduce()
      .Tuple()
      .Reduce()
      .Raw("u")
      .Stop();
}

// A joblib pickle: wrapper of an array of `shape` and dtype `code`, then `array`, then the rest.
std::string Joblib(std::string_view code, int shape, std::string_view array, bool aligned = true) {
  PickleBuilder builder;
  builder.Proto(3)
      .Global("joblib.numpy_pickle", "NumpyArrayWrapper")
      .EmptyTuple()
      .Raw("\x81")
      .EmptyDict()
      .Mark()
      .BinUnicode("subclass")
      .Global("numpy", "ndarray")
      .BinUnicode("shape")
      .Int(shape)
      .Tuple1()
      .BinUnicode("order")
      .BinUnicode("C")
      .BinUnicode("dtype")
      .Global("numpy", "dtype")
      .BinUnicode(code)
      .Raw("\x89\x88\x87R")
      .Raw("(K\x03X\x01\0\0\0<NNN"s)
      // Text has its size and alignment there.
      .Raw(code == "U2" ? "K\x08K\4K\0tb"s : "J\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"s)
      .BinUnicode("allow_mmap")
      .Raw("\x88");
  if (aligned) builder.BinUnicode("numpy_array_alignment_bytes").Int(16);
  return builder.Raw("ub").Raw(array).Stop().bytes();
}

TEST(Analysis, AnHonestStateDictIsClean) {
  const std::string bytes = TorchStateDict();
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes)) << Summary(AnalyzeBytes(bytes));
}

TEST(Analysis, NothingIsNotClean) {
  const Analysis analysis = AnalyzeBytes("");
  EXPECT_EQ(analysis.gaps.size(), 1u);
  EXPECT_TRUE(analysis.pickles.empty());
}

TEST(Analysis, EveryTruncationOfAGoodPickleLeavesAGap) {
  for (const std::string& bytes :
       {TorchStateDict(), Payload(), Joblib("f8", 2, "\x02\xff\xff" + std::string(16, 'x')),
        "(lp0\nI1\naS'x'\nap1\n."s, PickleBuilder().Proto(4).Frame(3).Raw("]\x94.").bytes()}) {
    ASSERT_TRUE(AnalyzeBytes(bytes).gaps.empty()) << Summary(AnalyzeBytes(bytes));
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const Analysis analysis = AnalyzeBytes(bytes.substr(0, cut));
      EXPECT_FALSE(analysis.gaps.empty()) << "cut at " << cut << "\n" << Summary(analysis);
    }
  }
}

TEST(Analysis, AnErrorKeepsWhatWasSeenAndLeavesAGap) {
  std::string bytes = Payload();
  bytes.back() = '\xff';  // instead of STOP
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(HasRule(analysis, "PKL-101"));
  ASSERT_EQ(analysis.gaps.size(), 1u);
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kBroken);
  EXPECT_EQ(analysis.gaps[0].first, bytes.size() - 1);
  EXPECT_EQ(analysis.gaps[0].last, bytes.size());
  EXPECT_EQ(analysis.pickles[0].error, "invalid opcode");
}

TEST(Analysis, PicklesOneAfterAnotherAreWalked) {
  const std::string bytes = "\x80\x02K\x01." + TorchStateDict() + Payload() + "I5\n.";
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_EQ(analysis.pickles.size(), 4u) << Summary(analysis);
  EXPECT_EQ(analysis.end, bytes.size());
  EXPECT_TRUE(HasRule(analysis, "PKL-101"));
  EXPECT_EQ(analysis.pickles[2].offset, 5 + TorchStateDict().size());
}

TEST(Analysis, BytesAfterTheLastPickleAreTheCallersToAccountFor) {
  const std::string pickle = "\x80\x02K\x01.";
  for (const std::string& tail :
       {"\x04\0\0\0\0\0\0\0raw floats"s, "\x80\x02\0\0\0\0\0\0"s, "\x80\x02(\0\0\0\0\0"s,
        "c\0\0\0\0\0\0\0abc\ndef\n."s, std::string(1000, '\0')}) {
    const Analysis analysis = AnalyzeBytes(pickle + tail);
    EXPECT_EQ(analysis.end, pickle.size()) << Summary(analysis);
    EXPECT_TRUE(analysis.gaps.empty());
    EXPECT_TRUE(analysis.findings.empty()) << Summary(analysis);
  }
}

TEST(Analysis, ALaterPickleOfOnePicklerIsReadWithItsMemo) {
  // What it writes again it recalls, and no header says that it is a pickle.
  const std::string bytes = "(lp0\nVword\np1\na.(lp2\ng1\nag0\na.";
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes)) << Summary(AnalyzeBytes(bytes));
}

TEST(Analysis, TextPicklesAfterAHarmlessOneAreFollowed) {
  // Three loads from one file: the second is too plain to be recognised by its looks.
  const std::string bytes = "\x80\x02N.Nsomething\n.cposix\nsystem\n.";
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x02N."
                                   "cposix\nsystem\n(K\x01h\x09."),
                      "PKL-101"));
  EXPECT_TRUE(HasRule(AnalyzeBytes("\x80\x02N.K\x01.cposix\nsystem\nh\x09."), "PKL-101"));
  EXPECT_EQ(AnalyzeBytes(bytes).end, 4u);
}

TEST(Analysis, AnUnfinishedNameIsOneForPicklePy) {
  // pickle.py drops the last byte of a line whether it is a newline or not.
  EXPECT_TRUE(Imports(AnalyzeBytes("cposix\nsystem."), "posix", "system"));
  EXPECT_TRUE(Imports(AnalyzeBytes("(iposix\nsystemX"), "posix", "system"));
  EXPECT_TRUE(Imports(AnalyzeBytes("cposix"), "posi", ""));
  EXPECT_FALSE(AnalyzeBytes("cposix\nsystem.").gaps.empty());
  EXPECT_FALSE(AnalyzeBytes("c").gaps.empty());
}

TEST(Analysis, GapsThatHaveNoRoomAreCoveredByTheLast) {
  Options options;
  options.limits.gaps_per_file = 2;
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes +=
        "\x80\x02"
        "cpkg\nname\n\xff";
  const Analysis analysis = AnalyzeBytes(bytes, options);
  ASSERT_EQ(analysis.gaps.size(), 2u);
  EXPECT_EQ(analysis.gaps.back().last, bytes.size());
}

TEST(Analysis, APickleAfterABrokenOneIsFound) {
  const std::string broken = "\x80\x04]\xffjunk";
  const std::string bytes = broken + Payload();
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(HasRule(analysis, "PKL-101")) << Summary(analysis);
  EXPECT_TRUE(HasRule(analysis, "PKL-211"));
  ASSERT_EQ(analysis.gaps.size(), 1u);
  EXPECT_EQ(analysis.gaps[0].first, 3u);
  EXPECT_EQ(analysis.gaps[0].last, broken.size());
}

TEST(Analysis, ManyBrokenStartsAreNotSearchedAgainAndAgain) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += "\x80\x02Pxxxx";  // lines without an end
  EXPECT_FALSE(AnalyzeBytes(bytes).gaps.empty());
}

// --- frames

TEST(Analysis, FramesAsPicklersWriteThemAreClean) {
  const std::string bytes =
      PickleBuilder().Proto(4).Frame(4).Raw("K\x01K\x02").Frame(3).Raw("\x86\x94.").bytes();
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes)) << Summary(AnalyzeBytes(bytes));
}

TEST(Analysis, AnInstructionAcrossTheEndOfItsFrameIsUnsafe) {
  for (const std::string& bytes :
       {PickleBuilder().Proto(4).Frame(1).Raw("K\x01.").bytes(),
        PickleBuilder().Proto(4).Frame(3).Raw("X\x04\0\0\0true."s).bytes(),
        PickleBuilder().Proto(4).Frame(8).Raw("\x8e\x02\0\0\0\0\0\0\0ab."s).bytes(),
        PickleBuilder().Proto(4).Frame(4).Raw("cos\nsystem\n.").bytes()}) {
    EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-202"));
  }
}

TEST(Analysis, ACrossedFrameBehindAnotherPickleIsUnsafe) {
  const std::string bytes = "\x80\x02N." + PickleBuilder().Frame(1).Raw("K\x01h\x05.").bytes();
  EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-202")) << Summary(AnalyzeBytes(bytes));
}

TEST(Analysis, AFrameInsideAFrameIsUnsafe) {
  const std::string bytes = PickleBuilder().Proto(4).Frame(11).Frame(2).Raw("N.").bytes();
  EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-203"));
}

TEST(Analysis, StopBeforeTheEndOfTheFrameIsUnsafe) {
  const std::string bytes = PickleBuilder().Proto(4).Frame(30).Raw("N.").bytes() + Payload();
  EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-202"));
}

TEST(Analysis, AFrameOfAllTheBytesThereAreDoesNotOverflow) {
  const std::string bytes = PickleBuilder().Proto(4).Frame(~std::uint64_t{0}).Raw("N.").bytes();
  EXPECT_FALSE(IsClean(AnalyzeBytes(bytes), bytes));
}

// --- arrays of joblib

TEST(Analysis, JoblibArraysAreSkipped) {
  const std::string aligned = Joblib("f8", 3, "\x03\xff\xff\xff" + std::string(24, 'c'));
  EXPECT_TRUE(IsClean(AnalyzeBytes(aligned), aligned)) << Summary(AnalyzeBytes(aligned));
  const std::string old = Joblib("f4", 3, std::string(12, '\x01'), false);
  EXPECT_TRUE(IsClean(AnalyzeBytes(old), old)) << Summary(AnalyzeBytes(old));
  const std::string text = Joblib("U2", 2, "\x01\xff" + std::string(16, 'a'));
  EXPECT_TRUE(IsClean(AnalyzeBytes(text), text)) << Summary(AnalyzeBytes(text));
  const std::string empty = Joblib("i8", 0, "\x01\xff");
  EXPECT_TRUE(IsClean(AnalyzeBytes(empty), empty)) << Summary(AnalyzeBytes(empty));
}

TEST(Analysis, APayloadBehindAJoblibArrayIsFound) {
  std::string bytes = Joblib("f8", 1, "\x01\xff" + std::string(8, 'x'));
  bytes.pop_back();
  bytes += "cposix\nsystem\n)R.";
  EXPECT_TRUE(HasRule(AnalyzeBytes(bytes), "PKL-101"));
}

TEST(Analysis, APayloadInTheBytesOfAJoblibArrayIsFoundForPlainReaders) {
  std::string array = "cposix\nsystem\n(Vtrue\ntR.";
  const std::string bytes = Joblib("i1", static_cast<int>(array.size()), array, false);
  const Analysis analysis = AnalyzeBytes(bytes);
  EXPECT_TRUE(HasRule(analysis, "PKL-212")) << Summary(analysis);
}

TEST(Analysis, AJoblibArrayOfObjectsIsAPickle) {
  // numpy writes the state of 'O' with its flags; the builder's state has none, so say it here.
  std::string bytes = Joblib("O8", 1, "\x80\x03N.");
  const std::size_t flags = bytes.find("K\0tb"s);
  ASSERT_NE(flags, std::string::npos);
  bytes[flags + 1] = 63;
  EXPECT_TRUE(IsClean(AnalyzeBytes(bytes), bytes)) << Summary(AnalyzeBytes(bytes));
  const std::size_t inner = bytes.find("\x80\x03N.", 4);
  const std::string hostile = bytes.substr(0, inner) + Payload() + bytes.substr(inner + 4);
  EXPECT_TRUE(HasRule(AnalyzeBytes(hostile), "PKL-101"));
}

TEST(Analysis, AJoblibArrayOfUnknownSizeIsAGap) {
  for (const char* code : {"x8", "f", "f99999999999", ""}) {
    const Analysis analysis = AnalyzeBytes(Joblib(code, 1, "\x01\xff" + std::string(8, 'x')));
    EXPECT_FALSE(analysis.gaps.empty()) << code;
  }
}

TEST(Analysis, AJoblibArrayLargerThanTheFileIsAGap) {
  const Analysis analysis = AnalyzeBytes(Joblib("f8", 0x7fffffff, "\x01\xff"));
  EXPECT_FALSE(analysis.gaps.empty());
}

// --- the same answer however it is read

TEST(Analysis, TheReadWindowDoesNotMatter) {
  Options options;
  options.explain = true;
  options.explain_opcodes = true;
  for (const std::string& bytes :
       {TorchStateDict(), Payload() + "junk" + Payload(),
        Joblib("f8", 3, "\x03\xff\xff\xff" + std::string(24, 'c')),
        "V" + std::string(200, 'x') + "\n(lp0\nI1\naS'" + std::string(100, 'y') + "'\na.",
        std::string("\x80\x04\x95\xff") + std::string(300, 'N')}) {
    const MemorySource source(AsBytes(bytes));
    const std::string expected = Summary(Analyze(source, options));
    for (const std::size_t window : {64u, 65u, 71u, 128u, 1000u}) {
      EXPECT_EQ(Summary(AnalyzeWithWindow(source, options, window)), expected) << window;
    }
  }
}

class FailingSource final : public ByteSource {
 public:
  std::uint64_t size() const override { return 1000; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= 100) return Fail(ErrorCode::kIo, "device is gone");
    const std::size_t count =
        std::min<std::size_t>(out.size(), 100 - static_cast<std::size_t>(offset));
    std::fill_n(out.begin(), count, std::byte{'N'});
    return count;
  }
};

TEST(Analysis, AReadErrorIsAGapOfItsOwn) {
  const FailingSource source;
  const Analysis analysis = Analyze(source, {});
  ASSERT_FALSE(analysis.gaps.empty());
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kRead);
}

// --- listings

TEST(Analysis, ExplainsInReadableLines) {
  Options options;
  options.explain = true;
  const Analysis analysis = AnalyzeBytes(Payload(), options);
  ASSERT_EQ(analysis.pickles.size(), 1u);
  const std::vector<Line>& lines = analysis.pickles[0].lines;
  ASSERT_EQ(lines.size(), 3u) << Summary(analysis);
  EXPECT_EQ(lines[0].text, "from posix import system");
  EXPECT_EQ(lines[0].level, Level::kUnsafe);
  EXPECT_EQ(lines[0].rule, "PKL-101");
  EXPECT_EQ(lines[1].text, "system_1 = system('true')");
  EXPECT_EQ(lines[2].text, "return system_1");
  EXPECT_EQ(lines[2].level, Level::kClean);
  EXPECT_TRUE(analysis.pickles[0].opcodes.empty());
}

TEST(Analysis, ExplainsAStateDict) {
  Options options;
  options.explain = true;
  const Analysis analysis = AnalyzeBytes(TorchStateDict(), options);
  std::string text;
  for (const Line& line : analysis.pickles[0].lines) text += line.text + "\n";
  EXPECT_EQ(text,
            "from collections import OrderedDict\n"
            "ordered_dict_1 = OrderedDict()\n"
            "from torch._utils import _rebuild_tensor_v2\n"
            "from torch import FloatStorage\n"
            "ordered_dict_1['weight'] = _rebuild_tensor_v2(persistent_load(('storage', "
            "FloatStorage, '0', 'cpu', 4)), 0, (4,), (1,), False, OrderedDict())\n"
            "return ordered_dict_1\n");
  EXPECT_EQ(analysis.pickles[0].summary,
            std::vector<std::string>{"1 tensor of torch.FloatStorage, 4 elements"});
}

TEST(Analysis, ListsOpcodesWhenAsked) {
  Options options;
  options.explain_opcodes = true;
  const Analysis analysis = AnalyzeBytes(Payload(), options);
  std::string text;
  for (const Opcode& opcode : analysis.pickles[0].opcodes) {
    text += std::to_string(opcode.offset) + " " + opcode.name + " " + opcode.argument + "\n";
  }
  EXPECT_EQ(text,
            "0 PROTO 2\n2 GLOBAL posix system\n16 BINUNICODE 'true'\n25 TUPLE1 \n26 REDUCE \n"
            "27 STOP \n");
  EXPECT_EQ(analysis.pickles[0].opcode_count, 6u);
  EXPECT_EQ(analysis.pickles[0].protocol, 2);
}

TEST(Analysis, ListingsAreCut) {
  Options options;
  options.explain = true;
  options.explain_opcodes = true;
  std::string bytes = "\x80\x02";
  for (int i = 0; i < 120'000; ++i) bytes += "K\x01Q0";
  const Analysis analysis = AnalyzeBytes(bytes + "N.", options);
  EXPECT_TRUE(analysis.pickles[0].cut);
  // One more for what the pickle returns, which is never left out.
  EXPECT_LE(analysis.pickles[0].lines.size(), 100'001u);
  EXPECT_LE(analysis.pickles[0].opcodes.size(), 100'000u);
}

}  // namespace
}  // namespace counterscan::pickle

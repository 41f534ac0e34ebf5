// Files made to take much time or memory: each is walked in bounded both, what stands behind the
// flood is found, and where a limit was reached a gap says so.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>

#include "pickle/sniff.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

const std::string kPayload = "cposix\nsystem\n(Vtrue\ntR.";

std::string Number4(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::string Repeated(std::size_t count, const std::function<std::string(std::size_t)>& make) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += make(i);
  return bytes;
}

std::string Repeated(std::size_t count, const std::string& part) {
  return Repeated(count, [&](std::size_t) { return part; });
}

enum class Gaps { kNone, kOne, kAny };

struct Flood {
  const char* name;
  std::string (*bytes)();
  Gaps gaps = Gaps::kNone;

  friend void PrintTo(const Flood& flood, std::ostream* out) { *out << flood.name; }
};

class BadInput : public testing::TestWithParam<Flood> {};

TEST_P(BadInput, ThePayloadBehindItIsFound) {
  const Analysis analysis = AnalyzeBytes(GetParam().bytes() + kPayload);
  EXPECT_TRUE(HasMessage(analysis, "calls posix.system('true')"));
  EXPECT_LE(analysis.findings.size(), 1000u);
  if (GetParam().gaps != Gaps::kAny) {
    EXPECT_EQ(analysis.gaps.size(), GetParam().gaps == Gaps::kOne ? 1u : 0u);
  }
}

std::string Header(int protocol) { return "\x80" + std::string(1, static_cast<char>(protocol)); }

// 100'000 arrays whose bytes go on as instructions when they are read as such.
std::string ArraysOfInstructions() {
  return Header(4) +
         "cjoblib.numpy_pickle\nNumpyArrayWrapper\np0\n0cnumpy\ndtype\n(Vf8\nI0\nI1\ntRp1\n0" +
         Repeated(100'000, "h\0)\x81}(Vshape\n(K\x08tVdtype\nh\x01ub"s + Repeated(32, "N0") + "0");
}

INSTANTIATE_TEST_SUITE_P(
    Floods, BadInput,
    testing::Values(
        Flood{"tuples of the tuple before, twice",
              [] { return Header(2) + "N" + Repeated(500'000, "2\x86"); }},
        Flood{"lists of the list before, twice",
              [] {
                return Header(2) + Repeated(100'000, [](std::size_t i) {
                         const std::string before = i == 0 ? "" : "j" + Number4(i - 1);
                         return "]r" + Number4(i) + "(" + before + before + "e";
                       });
              }},
        Flood{"a memo index of 2^31", [] { return Header(2) + "Nr\xff\xff\xff\x7fp2147483648\n"; }},
        Flood{"memo indices that leap",
              [] {
                return Header(2) + "N" + Repeated(1'200'000, [](std::size_t i) {
                         return "r" + Number4(i * 2654435761);
                       });
              },
              Gaps::kOne},
        Flood{"a LONG of 100,000 digits", [] { return "L" + std::string(100'000, '7') + "L\n"; }},
        Flood{"a LONG4 of 100,000 digits",
              [] { return Header(2) + "\x8b" + Number4(41'524) + std::string(41'524, '\x77'); }},
        Flood{"a STRING of 10 MB", [] { return "S'" + std::string(10'000'000, 'a') + "'\n"; }},
        Flood{"a GLOBAL of 10 MB", [] { return "c" + std::string(10'000'000, 'a') + "\nname\n"; }},
        Flood{"a PERSID of 10 MB", [] { return "P" + std::string(10'000'000, 'a') + "\n"; }},
        Flood{"a million marks", [] { return "N" + std::string(1'000'000, '('); }},
        Flood{"a million marks and back",
              [] { return "N" + std::string(1'000'000, '(') + std::string(1'000'000, '1'); }},
        Flood{"50,000 pickles", [] { return Repeated(50'000, "\x80\x02N."); }},
        Flood{"50,000 pickles without a header", [] { return Repeated(50'000, "N."); }},
        Flood{"20,000 pickles that name things",
              [] {
                return Repeated(20'000, [](std::size_t i) {
                  return "\x80\x02"
                         "cmod\nname" +
                         std::to_string(i) + "\n.";
                });
              }},
        Flood{"200,000 names",
              [] {
                return Header(2) + Repeated(200'000, [](std::size_t i) {
                         return "cmod\nn" + std::to_string(i) + "\n0";
                       });
              },
              Gaps::kOne},
        Flood{"a million nested tuples",
              [] { return Header(2) + "cmod\nf\nN" + std::string(1'000'000, '\x85') + "R0"; }},
        Flood{"a million nested lists",
              [] { return Header(2) + std::string(1'000'000, ']') + std::string(999'999, 'a'); }},
        Flood{"a million memo slots, read again",
              [] {
                return Header(4) + "N" + std::string(1'000'000, '\x94') +
                       Repeated(1'000'000,
                                "j\x3f\x42\x0f\0"
                                "0"s);
              }},
        Flood{"frames without end",
              [] { return Header(4) + Repeated(300'000, "\x95\2\0\0\0\0\0\0\0N0"s); }},
        Flood{"calls of what only exists while loading",
              [] { return Header(4) + Repeated(300'000, "K\1K\2\x93)R0"); }},
        Flood{"special keys", [] { return Header(4) + Repeated(600'000, "}\x8c\7__new__Ns0"); }},
        Flood{"memo indices written oddly", [] { return "N" + Repeated(300'000, "p 1\n"); }},
        Flood{"arrays that are instructions", [] { return ArraysOfInstructions(); }, Gaps::kAny}));

TEST(BadInput, LengthsPastTheEndLeaveAGapAndKeepTheFindings) {
  const std::string named = Header(4) + kPayload.substr(0, kPayload.size() - 1) + "0";
  for (const std::string& opcode : {"\x8e"s, "\x8d"s, "\x96"s}) {
    for (const std::string& length : {"\0\0\0\0\0\0\0\x80"s, "\xff\xff\xff\xff\xff\xff\xff\x7f"s,
                                      "\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
      const Analysis analysis = AnalyzeBytes(named + opcode + length + "N.");
      EXPECT_TRUE(HasRule(analysis, "PKL-101"));
      EXPECT_FALSE(analysis.gaps.empty());
    }
  }
}

TEST(BadInput, AStackThatIsTooDeepIsNoText) {
  const std::string marks = "N" + std::string(11'000'000, '(') + kPayload;
  const MemorySource source(AsBytes(marks));
  EXPECT_TRUE(LooksLikePickle(AsBytes(marks).first(4096), source));
  const Analysis analysis = AnalyzeBytes(marks);
  ASSERT_EQ(analysis.gaps.size(), 1u);
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kLimit);
}

TEST(BadInput, PicklesInsidePicklesShareTheMemory) {
  Options options;
  options.limits.pickle_memo_entries = 8000;
  const std::string inner = Header(4) + "N" + std::string(2000, '\x94') + "0" + kPayload;
  const std::string bytes = Header(4) + "N" + std::string(7000, '\x94') + "0cpickle\nloads\nB" +
                            Number4(inner.size()) + inner + "\x85R0" + kPayload;
  const Analysis analysis = AnalyzeBytes(bytes, options);
  ASSERT_EQ(analysis.gaps.size(), 1u) << Summary(analysis);
  EXPECT_EQ(analysis.gaps[0].kind, GapKind::kLimit);
  EXPECT_TRUE(HasMessage(analysis, "calls posix.system('true')"));
  EXPECT_TRUE(HasMessage(analysis, "in a pickle inside this one: calls posix.system('true')"));
}

TEST(BadInput, NestedValuesAreShownWithoutRecursion) {
  Options options;
  options.explain = true;
  for (const std::string& nested : {"N" + std::string(1'000'000, '\x85'),
                                    std::string(1'000'000, ']') + std::string(999'999, 'a'),
                                    Repeated(300'000, "}K\1") + "N" + std::string(300'000, 's')}) {
    const Analysis analysis =
        AnalyzeBytes(Header(2) + "cmod\nf\n" + nested + "\x85R0" + kPayload, options);
    EXPECT_TRUE(HasRule(analysis, "PKL-101"));
    for (const Line& line : analysis.pickles.at(0).lines) EXPECT_LT(line.text.size(), 10'000u);
  }
}

}  // namespace
}  // namespace counterscan::pickle

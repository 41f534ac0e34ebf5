// What a limit of ours, or a look at the first bytes only, would hide: nothing is taken for text or
// for numbers that no reader refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

// Calls what no list denies: it is judged by its use only.
constexpr std::string_view kCall = "cevilpkg\nrun\n(S'true'\ntR.";

std::string Repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

Limits SmallLimits() {
  Limits limits;
  limits.pickle_opcodes = 500'000;
  limits.pickle_stack_items = 100'000;
  return limits;
}

TEST(CutShort, APickleOfTextThatGoesOnBehindALimitLeavesAGap) {
  for (const std::string& idle : {std::string(200'000, 'N'), Repeated("N0", 400'000)}) {
    const FileAnalysis analysis = Analyse(idle + std::string(kCall), SmallLimits());
    EXPECT_EQ(analysis.type, "pickle");
    EXPECT_THAT(Gaps(analysis), Contains("limit-opcodes"));
    // The same with a name that the search for names would have to come to.
    const FileAnalysis denied = Analyse(idle + "cos\nsystem\n(S'true'\ntR.", SmallLimits());
    EXPECT_THAT(Gaps(denied), Contains("limit-opcodes"));
    // As a member of an archive.
    ZipBuilder zip_builder;
    zip_builder.Stored("notes.txt", idle + std::string(kCall));
    const FileAnalysis zip = Analyse(zip_builder.Build(), SmallLimits());
    EXPECT_THAT(Gaps(zip), Contains("limit-opcodes"));
  }
  // Python 2 takes any line for the number of a memo slot; of those we keep a thousand.
  std::string slots = "N";
  for (int i = 0; i < 2'000; ++i) slots += "pslot " + std::to_string(i) + "\n";
  EXPECT_THAT(Gaps(Analyse(slots + std::string(kCall))), Contains("limit-opcodes"));
}

TEST(CutShort, NamesInMillionsOfInstructionsLeaveAGap) {
  // The first instruction is one that every unpickler refuses; scanners go on.
  const std::string bytes = "I1\nI\n" + Repeated("N", 100);
  EXPECT_EQ(Analyse(bytes).type, "text");
  const std::string many = "0" + Repeated("N", 11'000'000) + "cevilpkg\nrun\n.";
  EXPECT_THAT(Gaps(Analyse(many)), Contains("broken-pickle"));
}

TEST(CutShort, WhatEndsByItselfIsText) {
  for (const std::string& text :
       {std::string(90'000, 'N'), std::string(90'000, '('), Repeated("}", 90'000),
        Repeated("N0", 90'000), "N" + Repeated("pages and pages of words\n", 900)}) {
    const FileAnalysis analysis = Analyse(text);
    EXPECT_EQ(analysis.type, "text") << text.substr(0, 20);
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << text.substr(0, 20);
    EXPECT_THAT(Rules(analysis), IsEmpty()) << text.substr(0, 20);
  }
}

TEST(CutShort, TextBehindAPickleIsLoadedByWhoLoadsTwice) {
  const std::string first = "(lp0\n.";
  // Behind so many instructions without effect that the first bytes do not tell.
  for (const std::size_t idle : {5'000U, 2'000'000U}) {
    const FileAnalysis analysis = Analyse(first + std::string(idle, 'N') + std::string(kCall));
    EXPECT_EQ(Worst(analysis), Level::kSuspicious) << idle;
  }
  const FileAnalysis cut =
      Analyse(first + std::string(200'000, 'N') + std::string(kCall), SmallLimits());
  EXPECT_THAT(Gaps(cut), Contains("limit-opcodes"));
  // Nobody can tell what a program does with the rest; but for the end of a line.
  const FileAnalysis rest = Analyse(first + "and so on");
  EXPECT_THAT(Gaps(rest), Contains("unparsed-bytes"));
  EXPECT_THAT(Rules(rest), Contains("FMT-106"));
  EXPECT_THAT(Gaps(Analyse(first + "\r\n")), IsEmpty());
  EXPECT_THAT(Rules(Analyse(first + "\r\n")), IsEmpty());
}

TEST(CutShort, NumbersThatBeginWithoutEffectAreFollowed) {
  for (const std::size_t idle : {1'000U, 5'000U, 200'000U}) {
    const std::string numbers = std::string(idle, 'N') + Payload();
    const auto bytes = static_cast<std::int32_t>(numbers.size());
    EXPECT_THAT(Rules(Analyse(TorchZip(Tensors({bytes}), {numbers}))), Contains("FMT-107")) << idle;
    EXPECT_THAT(Gaps(Analyse(TorchZip(Tensors({bytes}), {numbers}), SmallLimits())),
                idle > 100'000
                    ? ::testing::Matcher<std::vector<std::string>>(Contains("limit-opcodes"))
                    : ::testing::Matcher<std::vector<std::string>>(IsEmpty()));
  }
}

TEST(CutShort, AStreamOfTextIsJudgedByAllThatItUnpacksTo) {
  // A stored block (RFC 1951 3.2.4) whose length and its complement are UTF-8.
  constexpr std::size_t kLength = 0x4020;
  const std::string header = "x^H\x20\x40\xdf\xbf";
  for (const std::size_t long_string : {10U, 700U, 10'000U}) {
    std::string pickle = "V" + std::string(long_string, 'x') + "\n0" + std::string(kCall);
    pickle.resize(kLength, ' ');
    const FileAnalysis analysis = Analyse(header + pickle);
    EXPECT_EQ(analysis.type, "zlib") << long_string;
    EXPECT_EQ(Worst(analysis), Level::kSuspicious) << long_string;
  }
  const FileAnalysis prose = Analyse(header + Repeated("And so on. ", kLength / 11 + 1));
  EXPECT_EQ(prose.type, "text");
  EXPECT_THAT(Gaps(prose), IsEmpty());
}

}  // namespace
}  // namespace counterscan

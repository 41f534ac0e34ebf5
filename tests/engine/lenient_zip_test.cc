// Deflated members that zlib refuses and miniz, which torch reads zips with, unpacks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/limits.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/engine/recording_matcher.h"
#include "tests/support/compress.h"
#include "tests/support/deflate_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// Behind the two bytes that say its protocol: four equal letters, dropped again.
std::string WithLetters(std::string_view pickle, char first = 'a', char others = 'a') {
  return std::string(pickle.substr(0, 2)) + "U\x04" + first + std::string(3, others) + "0" +
         std::string(pickle.substr(2));
}

struct Trick {
  std::string name;
  std::string packed;
  std::string plain;
  bool whole = true;  // it comes to an end, and all of it is known
};

// A pickle with letters in a block of such codes, where the last three are a copy; `distance` is
// the symbol for that, where there is one.
std::string CopyIn(const CodeLengths& literals, const CodeLengths& distances,
                   std::optional<std::size_t> distance, const std::string& plain) {
  DeflateBuilder stream;
  const std::string_view text(plain);
  stream.Dynamic(true, literals, distances).Text(text.substr(0, 5)).Literal(257);
  if (distance) stream.Distance(*distance);
  return stream.Text(text.substr(8)).EndOfBlock().Bits(0, 16).bytes();
}

std::vector<Trick> Tricks(const std::string& pickle) {
  const std::string plain = WithLetters(pickle);
  const std::string_view text(pickle);
  const CodeLengths literals = ByteCode({256, 257}, 258);
  const CodeLengths distances = CompleteCode({0, 1}, 2);
  std::vector<Trick> tricks{
      {"a distance code of one symbol", CopyIn(literals, LoneCode(0, 7, 1), 0, plain), plain},
      {"a long one", CopyIn(literals, LoneCode(0, 15, 1), 0, plain), plain},
      {"no distance code", CopyIn(literals, {0}, std::nullopt, plain), plain},
      {"287 literals", CopyIn(ByteCode({256, 257}, 287), distances, 0, plain), plain},
      {"288 literals", CopyIn(ByteCode({256, 257}, 288), distances, 0, plain), plain},
      {"31 distances", CopyIn(literals, CompleteCode({0, 1}, 31), 0, plain), plain},
      {"32 distances", CopyIn(literals, CompleteCode({0, 1}, 32), 0, plain), plain},
  };
  DeflateBuilder length;
  length.Fixed(true).Text(text.substr(0, 1)).Literal(287).Distance(0).Text(text.substr(1));
  tricks.push_back({"a length without a meaning", length.EndOfBlock().bytes(), pickle});
  DeflateBuilder distance;
  const std::string unwritten = WithLetters(pickle, 'a', '\0');
  distance.Fixed(true).Text(std::string_view(unwritten).substr(0, 5)).Literal(257).Distance(31);
  distance.Text(std::string_view(unwritten).substr(8));
  tricks.push_back(
      {"a distance without a meaning", distance.EndOfBlock().bytes(), unwritten, false});
  DeflateBuilder endless;
  endless.Dynamic(true, ByteCode({257}, 258), {0}).Text(text);
  tricks.push_back({"no end of the block", endless.bytes(), pickle, false});
  // 256 lengths of eight bits. No code begins with a set bit, as the content does: for miniz the
  // lengths that are left are zeros, which take no bits.
  DeflateBuilder lone;
  CodeLengths bytes(256, 8);
  bytes.push_back(0);
  lone.DynamicHead(true, LoneCode(8, 3, 9), bytes, {0});
  for (int i = 0; i < 256; ++i) lone.Bits(0, 3);
  tricks.push_back({"a code for lengths of one symbol", lone.Text(text).bytes(), pickle, false});
  return tricks;
}

ZipBuilder ZipOf(const Trick& trick) {
  ZipBuilder zip;
  auto& member = zip.Deflated("data.pkl", trick.plain);
  member.data = trick.packed;
  member.compressed_size = static_cast<std::uint32_t>(trick.packed.size());
  return zip;
}

TEST(LenientZip, WhatOnlyTorchUnpacksIsAnalysed) {
  for (const Trick& trick : Tricks(Payload())) {
    const FileAnalysis analysis = Analyse(ZipOf(trick).Build());
    EXPECT_TRUE(SeesSystem(analysis, "data.pkl")) << trick.name;
    EXPECT_THAT(Rules(analysis), Contains("ARC-119")) << trick.name;
    if (trick.whole) {
      EXPECT_THAT(Gaps(analysis), IsEmpty()) << trick.name;
    } else {
      EXPECT_THAT(Gaps(analysis), Contains("member-unreadable")) << trick.name;
    }
  }
}

TEST(LenientZip, OfAnHonestPickleOnlyThePackingIsSuspicious) {
  for (const Trick& trick : Tricks(Harmless())) {
    if (!trick.whole) continue;
    const FileAnalysis analysis = Analyse(ZipOf(trick).Build());
    EXPECT_THAT(Rules(analysis), ElementsAre("ARC-119")) << trick.name;
    EXPECT_EQ(Worst(analysis), Level::kSuspicious) << trick.name;
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << trick.name;
  }
}

TEST(LenientZip, EveryTruncationIsSaid) {
  for (const Trick& whole : Tricks(Payload())) {
    for (std::size_t size = 0; size < whole.packed.size(); ++size) {
      Trick trick = whole;
      trick.packed.resize(size);
      const FileAnalysis analysis = Analyse(ZipOf(trick).Build());
      EXPECT_FALSE(analysis.findings.empty() && analysis.gaps.empty()) << trick.name << size;
    }
  }
}

TEST(LenientZip, ASizeThatLiesHidesNothing) {
  for (const Trick& trick : Tricks(Payload())) {
    for (const std::uint32_t size : {0U, 1U, 0x7fffffffU, 0xfffffffeU}) {
      ZipBuilder zip;
      auto& member = zip.Deflated("data.pkl", trick.plain);
      member.data = trick.packed;
      member.compressed_size = static_cast<std::uint32_t>(trick.packed.size());
      member.size = size;
      EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "data.pkl")) << trick.name << size;
    }
  }
}

TEST(LenientZip, ZerosWithoutAnEndDoEnd) {
  for (const std::uint32_t size : {0U, 5U, 0x7fffffffU, 0xfffffffeU}) {
    DeflateBuilder stream;
    stream.Fixed(false).Text(Payload()).EndOfBlock();
    stream.DynamicHead(true, {}, CodeLengths(257), {0}).Bits(0, 32);
    ZipBuilder zip;
    auto& member = zip.Deflated("data.pkl", Payload());
    member.data = stream.bytes();
    member.compressed_size = static_cast<std::uint32_t>(stream.bytes().size());
    member.size = size;
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "data.pkl")) << size;
    EXPECT_THAT(Gaps(analysis), Contains("member-unreadable")) << size;
  }
}

TEST(LenientZip, TheBreakMayComeBehindMoreThanIsKept) {
  const std::string first =
      Harmless().substr(0, 2) + "T" + std::string("\0\0\x60\0", 4) + std::string(6 * kMiB, 'w');
  const std::string rest = "0" + Payload().substr(2);
  DeflateBuilder stream;
  stream.Bytes(Deflated(first, {.level = 6, .goes_on = true}))
      .Fixed(true)
      .Literal(286)
      .Distance(0)
      .Text(rest)
      .EndOfBlock();
  const Trick trick{"", stream.bytes(), first + rest};
  const FileAnalysis analysis = Analyse(ZipOf(trick).Build());
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-119"));
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(LenientZip, WhoeverMatchesContentGetsWhatTorchHas) {
  for (const Trick& trick : Tricks(Payload())) {
    const std::string zip = ZipOf(trick).Build();
    RecordingMatcher matcher;
    EXPECT_THAT(MatchUnpacked(MemorySource(AsBytes(zip)), {}, matcher), IsEmpty()) << trick.name;
    ASSERT_FALSE(matcher.seen.empty()) << trick.name;
    EXPECT_TRUE(matcher.seen.front().bytes.starts_with(trick.plain)) << trick.name;
  }
}

TEST(LenientZip, WhatIsMarkedAsEncryptedIsAnalysedAndNotJudgedByItsPacking) {
  const Trick trick = Tricks(Payload()).front();
  ZipBuilder zip;
  auto& member = zip.Deflated("data.pkl", trick.plain);
  member.data = trick.packed;
  member.compressed_size = static_cast<std::uint32_t>(trick.packed.size());
  member.flags = member.local_flags = 1;
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "data.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-101"));
  EXPECT_THAT(Rules(analysis), Not(Contains("ARC-119")));
}

}  // namespace
}  // namespace counterscan

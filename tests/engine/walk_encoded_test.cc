// Pickles that text holds as base64.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scanner/base/limits.h"
#include "scanner/base/text.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/engine/recording_matcher.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

// As stable-baselines3 writes its "data".
std::string Serialized(std::string_view pickle) {
  return R"({"policy_class": {":type:": "<class 'abc.ABCMeta'>", ":serialized:": ")" +
         Base64(pickle) + R"("}, "verbose": 0})";
}

std::string InQuotes(std::string_view bytes) { return R"({"a": [1, ")" + Base64(bytes) + "\"]}"; }

TEST(WalkEncoded, WhatStableBaselinesUnpicklesIsAnalysed) {
  ZipBuilder zip;
  zip.Deflated("data", Serialized(Payload()));
  zip.Stored("_stable_baselines3_version", "2.3.2");
  EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), "data::(base64 at 70)"));
  EXPECT_TRUE(SeesSystem(Analyse(Serialized(Payload()))));
  EXPECT_TRUE(SeesSystem(Analyse(Serialized("cposix\nsystem\n(S'true'\ntR."))));
}

TEST(WalkEncoded, AnHonestOneIsClean) {
  const FileAnalysis analysis = Analyse(Serialized(Harmless()));
  EXPECT_EQ(analysis.type, "json");
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(WalkEncoded, WhatIsUnpickledAndNoPickleIsAGap) {
  EXPECT_THAT(Gaps(Analyse(Serialized("no pickle"))), Contains("broken-pickle"));
}

TEST(WalkEncoded, AnyStringThatIsAPickleIsAnalysed) {
  EXPECT_TRUE(SeesSystem(Analyse(InQuotes(Payload()))));
  for (const Packing packing : {Packing::kGzip, Packing::kZlib}) {
    EXPECT_TRUE(SeesSystem(Analyse(InQuotes(Compress(Payload(), packing)))));
  }
}

TEST(WalkEncoded, WhatOnlyBeginsLikeOneIsText) {
  for (const std::string_view bytes :
       {std::string_view("\x80\4\x95 is what I begin with"), std::string_view("\x1f\x8b\x08 gzip"),
        std::string_view("\x78\x9c zlib it is not, at all")}) {
    const FileAnalysis analysis = Analyse(InQuotes(bytes));
    EXPECT_THAT(Rules(analysis), IsEmpty()) << bytes;
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << bytes;
  }
}

TEST(WalkEncoded, BehindMuchOtherTextItIsFoundToo) {
  const std::string text = "[\"" + std::string(300'000, 'a') + "\", " + InQuotes(Payload()) + "]";
  EXPECT_TRUE(SeesSystem(Analyse(text)));
  EXPECT_TRUE(SeesSystem(Analyse(Compress(text, Packing::kGzip))));
}

TEST(WalkEncoded, AFileOfTextThatIsATarIsSearchedAsTextToo) {
  // JSON whose first string is the name, mode and checksum of a tar's header.
  std::string block = "{\"a\": \"";
  block.resize(512, ' ');
  block.replace(100, 48, "0000644 0000000 0000000 00000000000 00000000000 ");
  block[156] = '0';
  block.replace(257, 8, "ustar  \t");
  std::string text = block + "\", \"b\": " + InQuotes(Payload()) + "}";
  std::uint64_t sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(text[i]);
  }
  std::string digits(6, '0');
  for (std::size_t i = 5; sum > 0; --i, sum /= 8) digits[i] = static_cast<char>('0' + sum % 8);
  text.replace(148, 8, digits + "  ");
  const FileAnalysis analysis = Analyse(text);
  EXPECT_EQ(analysis.type, "tar");
  EXPECT_TRUE(SeesSystem(analysis));
}

TEST(WalkEncoded, LimitsAreGaps) {
  std::string text = "[";
  for (int i = 0; i < 20; ++i) text += "{\":serialized:\": \"" + Base64(Harmless()) + "\"}, ";
  Limits few;
  few.members = 10;
  EXPECT_THAT(Gaps(Analyse(text, few)), Contains("limit-members"));
  Limits shallow;
  shallow.container_depth = 0;
  EXPECT_THAT(Gaps(Analyse(text, shallow)), Contains("limit-depth"));
  Limits small;
  small.inflate_ratio = 0;
  small.inflated_bytes = 10;
  EXPECT_THAT(Gaps(Analyse(text, small)), Contains("limit-unpacked"));
}

TEST(WalkEncoded, TheDecodedBytesAreMatched) {
  RecordingMatcher matcher;
  const std::string text = Serialized(Payload());
  MatchUnpacked(MemorySource(AsBytes(text)), {}, matcher);
  ASSERT_EQ(matcher.seen.size(), 1U);
  EXPECT_EQ(matcher.seen[0].bytes, Payload());
}

}  // namespace
}  // namespace counterscan

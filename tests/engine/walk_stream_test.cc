// Compressed files, and the tricks that are played with them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/limits.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/engine/recording_matcher.h"
#include "tests/support/compress.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Packing kPackings[] = {Packing::kZlib, Packing::kGzip, Packing::kBzip2, Packing::kXz,
                                 Packing::kLzma, Packing::kZstd, Packing::kLz4};

std::string TypeOf(Packing packing) {
  switch (packing) {
    case Packing::kZlib:
      return "zlib";
    case Packing::kGzip:
      return "gzip";
    case Packing::kBzip2:
      return "bzip2";
    case Packing::kXz:
      return "xz";
    case Packing::kLzma:
      return "lzma";
    case Packing::kZstd:
      return "zstd";
    case Packing::kLz4:
    case Packing::kLz4Legacy:
      return "lz4";
  }
  return "";
}

std::string BigHarmless(std::size_t bytes) {
  return PickleBuilder().Proto(2).Unicode(std::string(bytes, 'a')).Stop();
}

TEST(WalkStream, AnHonestPickleIsCleanInEveryCompression) {
  for (const Packing packing : kPackings) {
    const FileAnalysis analysis = Analyse(Compress(Harmless(), packing));
    EXPECT_EQ(analysis.type, TypeOf(packing));
    EXPECT_TRUE(analysis.unpacked);
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << TypeOf(packing);
    EXPECT_THAT(Rules(analysis), IsEmpty()) << TypeOf(packing);
  }
}

TEST(WalkStream, APayloadIsFoundInEveryCompression) {
  for (const Packing packing : kPackings) {
    const FileAnalysis analysis = Analyse(Compress(Payload(), packing));
    EXPECT_TRUE(SeesSystem(analysis, "(inflated)")) << TypeOf(packing);
  }
}

TEST(WalkStream, APayloadInATruncatedStreamIsFoundAsSoonAsALoaderHasIt) {
  for (const Packing packing : kPackings) {
    const std::string whole = Compress(Payload(), packing);
    bool found = false;
    for (std::size_t size = 1; size <= whole.size(); ++size) {
      const FileAnalysis analysis = Analyse(whole.substr(0, size));
      EXPECT_TRUE(size == whole.size() || !analysis.gaps.empty() || analysis.type == "text")
          << TypeOf(packing) << " " << size;
      // Once found it is found in every longer one.
      EXPECT_TRUE(!found || SeesSystem(analysis)) << TypeOf(packing) << " " << size;
      found = SeesSystem(analysis);
    }
    EXPECT_TRUE(found) << TypeOf(packing);
  }
}

TEST(WalkStream, APickleSplitOverTwoStreamsIsOne) {
  const std::string payload = Payload();
  for (const Packing packing : kPackings) {
    const std::string split =
        Compress(payload.substr(0, 12), packing) + Compress(payload.substr(12), packing);
    EXPECT_TRUE(SeesSystem(Analyse(split), "(inflated)")) << TypeOf(packing);
  }
}

TEST(WalkStream, APickleBehindTheStreamIsFoundAndReported) {
  for (const Packing packing : kPackings) {
    const FileAnalysis analysis = Analyse(Compress(Harmless(), packing) + Payload());
    EXPECT_TRUE(SeesSystem(analysis, "")) << TypeOf(packing);
    EXPECT_THAT(Rules(analysis), Contains("ARC-114")) << TypeOf(packing);
  }
}

TEST(WalkStream, AnotherCompressionBehindTheStreamIsUnpackedToo) {
  const FileAnalysis analysis =
      Analyse(Compress(Harmless(), Packing::kGzip) + Compress(Payload(), Packing::kXz));
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("ARC-114"));
}

TEST(WalkStream, ZerosBehindTheStreamAreNothing) {
  const FileAnalysis analysis =
      Analyse(Compress(Harmless(), Packing::kGzip) + std::string(10'000, '\0'));
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(WalkStream, APickleInASkippableFrameIsFound) {
  for (const Packing packing : {Packing::kZstd, Packing::kLz4}) {
    const std::string honest = Compress(Harmless(), packing);
    EXPECT_TRUE(SeesSystem(Analyse(SkippableFrame(Payload()) + honest)));
    EXPECT_TRUE(SeesSystem(Analyse(honest + SkippableFrame(Payload()))));
  }
  EXPECT_TRUE(SeesSystem(Analyse(SkippableFrame(Payload()))));
}

TEST(WalkStream, NoiseInASkippableFrameIsAGap) {
  const FileAnalysis analysis =
      Analyse(Compress(Harmless(), Packing::kZstd) + SkippableFrame("\xff\xfe\x01\x02\x03"));
  EXPECT_THAT(Gaps(analysis), ElementsAre("unparsed-bytes"));
}

TEST(WalkStream, TenThousandSkippableFramesAreOneGap) {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) bytes += SkippableFrame("\xff\xfe\x01\x02\x03");
  const FileAnalysis analysis = Analyse(bytes + Compress(Payload(), Packing::kZstd));
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_LE(analysis.gaps.size(), 100U);
}

TEST(WalkStream, APickleInAGzipExtraFieldIsFound) {
  const std::string member = Compress(Harmless(), Packing::kGzip);
  std::string bytes = member.substr(0, 10);
  bytes[3] = 4;  // RFC 1952 2.3.1: FLG.FEXTRA
  bytes += LittleEndian(Payload().size(), 2) + Payload() + member.substr(10);
  EXPECT_TRUE(SeesSystem(Analyse(bytes)));
}

TEST(WalkStream, AWrongChecksumHidesNothing) {
  for (const Packing packing : {Packing::kZlib, Packing::kZstd, Packing::kLz4}) {
    std::string packed = Compress(Payload(), packing);
    packed.back() = static_cast<char>(packed.back() ^ 1);
    const FileAnalysis analysis = Analyse(packed);
    EXPECT_TRUE(SeesSystem(analysis)) << TypeOf(packing);
    EXPECT_THAT(Rules(analysis), Contains("ARC-115")) << TypeOf(packing);
  }
  std::string gzip = Compress(Payload(), Packing::kGzip);
  gzip[gzip.size() - 6] = static_cast<char>(gzip[gzip.size() - 6] ^ 1);
  EXPECT_TRUE(SeesSystem(Analyse(gzip)));
  EXPECT_THAT(Rules(Analyse(gzip)), Contains("ARC-115"));
}

TEST(WalkStream, AWrongXzChecksumHidesNoStreamBehindIt) {
  // The .xz File Format 3: Check, Index and Stream Footer end a stream; the Index of one small
  // block has 8 bytes, the footer 12, and a CRC-64 8.
  std::string first = Compress("an honest text, as text goes", Packing::kXz);
  const std::size_t check = first.size() - 12 - 8 - 8;
  first[check] = static_cast<char>(first[check] ^ 1);
  const FileAnalysis analysis = Analyse(first + Compress(Payload(), Packing::kXz));
  EXPECT_THAT(Rules(analysis), Contains("ARC-115"));
}

TEST(WalkStream, JoblibsOldZfileIsUnpacked) {
  for (const std::string_view blank : {"", " "}) {
    std::string bytes = "ZF0x30";
    bytes.resize(21, ' ');
    const FileAnalysis analysis =
        Analyse(bytes + std::string(blank) + Compress(Payload(), Packing::kZlib));
    EXPECT_EQ(analysis.type, "joblib-zfile");
    EXPECT_TRUE(SeesSystem(analysis));
    EXPECT_THAT(Gaps(analysis), IsEmpty());
  }
}

TEST(WalkStream, AZlibHeaderOfLettersIsOneAndTextThatBeginsLikeItIsText) {
  std::string packed = Compress(Payload(), Packing::kZlib);
  packed[1] = '^';  // another level in the header, which no reader asks for
  EXPECT_TRUE(SeesSystem(Analyse(packed)));
  // Text that begins like one is text.
  const FileAnalysis formula = Analyse("x^2 + y^2 = z^2\n");
  EXPECT_EQ(formula.type, "text");
  EXPECT_THAT(Gaps(formula), IsEmpty());
}

TEST(WalkStream, LzmaWithADictionaryThatNoWriterPicksIsUnpacked) {
  // Python's lzma module takes 2^n + 2^(n-1) as well, and dictionaries below 4 KiB.
  for (const std::uint32_t dictionary : {0U, 1U, 4096U, 0x00600000U}) {
    std::string packed = Compress(Payload(), Packing::kLzma);
    packed.replace(1, 4, LittleEndian(dictionary, 4));
    EXPECT_TRUE(SeesSystem(Analyse(packed))) << dictionary;
  }
}

TEST(WalkStream, CompressionsInsideEachOtherAreUnpackedToTheDepthLimit) {
  std::string bytes = Payload();
  std::string where;
  for (const Packing packing : kPackings) {
    bytes = Compress(bytes, packing);
    where += (where.empty() ? "" : "::") + std::string("(inflated)");
  }
  EXPECT_TRUE(SeesSystem(Analyse(bytes), where));
  Limits limits;
  limits.container_depth = 3;
  const FileAnalysis cut = Analyse(bytes, limits);
  EXPECT_FALSE(SeesSystem(cut));
  EXPECT_THAT(Gaps(cut), Contains("limit-depth"));
}

TEST(WalkStream, AZipInsideAStreamIsWalked) {
  ZipBuilder zip;
  zip.Stored("archive/data.pkl", Payload());
  for (const Packing packing : kPackings) {
    EXPECT_TRUE(
        SeesSystem(Analyse(Compress(zip.Build(), packing)), "(inflated)::archive/data.pkl"));
  }
}

TEST(WalkStream, ContentThatDoesNotFitIntoMemoryIsAnalysedAllTheSame) {
  Limits limits;
  limits.kept_bytes = 64 * kKiB;
  const std::string pickle = BigHarmless(3'000'000);
  for (const Packing packing : kPackings) {
    const FileAnalysis analysis = Analyse(Compress(pickle + Payload(), packing), limits);
    EXPECT_TRUE(SeesSystem(analysis)) << TypeOf(packing);
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << TypeOf(packing);
  }
}

TEST(WalkStream, AWindowThatDoesNotFitIsALimitOfMemory) {
  Limits limits;
  limits.decoder_bytes = kMiB;
  const FileAnalysis analysis = Analyse(Compress(Harmless(), Packing::kXz), limits);
  EXPECT_THAT(Gaps(analysis), Contains("limit-memory"));
}

TEST(WalkStream, ZerosByTheGigabyteAreALimitOfWhatIsUnpacked) {
  Limits limits;
  limits.inflated_bytes = 16 * kMiB;
  limits.inflate_ratio = 1;
  for (const Packing packing : kPackings) {
    const FileAnalysis analysis = Analyse(CompressZeros(64 * kMiB, packing), limits);
    EXPECT_THAT(Gaps(analysis), Contains("limit-unpacked")) << TypeOf(packing);
    EXPECT_THAT(Gaps(analysis), Not(Contains("limit-memory"))) << TypeOf(packing);
  }
}

TEST(WalkStream, WhatIsUnpackedIsMatched) {
  for (const Packing packing : kPackings) {
    const std::string inner = Compress("signature", packing);
    const std::string bytes = Compress(inner, Packing::kGzip);
    RecordingMatcher matcher;
    MatchUnpacked(MemorySource(AsBytes(bytes)), Limits{}, matcher);
    ASSERT_EQ(matcher.seen.size(), 2U) << TypeOf(packing);
    EXPECT_EQ(matcher.seen[1].where, "(inflated)::(inflated)");
    EXPECT_EQ(matcher.seen[1].bytes, "signature");
  }
}

}  // namespace
}  // namespace counterscan

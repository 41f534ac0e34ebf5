// 7z and rar archives.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scanner/base/limits.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/engine/recording_matcher.h"
#include "tests/support/archive_writer.h"
#include "tests/support/compress.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const NamedContents kMembers = {{"a.txt", "text\n"}, {"dir/m.pkl", Payload()}};

TEST(WalkArchive, MembersOfA7zAreAnalysedInEveryCompression) {
  for (const std::string compression : {"store", "deflate", "bzip2", "lzma1", "lzma2", "ppmd"}) {
    const FileAnalysis analysis = Analyse(SevenZip(kMembers, compression));
    EXPECT_EQ(analysis.type, "7z");
    EXPECT_TRUE(SeesSystem(analysis, "dir/m.pkl")) << compression;
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << compression;
  }
}

TEST(WalkArchive, AnHonest7zIsClean) {
  const FileAnalysis analysis = Analyse(SevenZip({{"a.txt", "text\n"}, {"m.pkl", Harmless()}}));
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(WalkArchive, MembersOfARarAreAnalysed) {
  const FileAnalysis analysis = Analyse(StoredRar(kMembers));
  EXPECT_EQ(analysis.type, "rar");
  EXPECT_TRUE(SeesSystem(analysis, "dir/m.pkl"));
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(WalkArchive, ANameTooLongToPrintMeansWhatItsEndSays) {
  const NamedContents script = {{std::string(400, 'q') + "/handler.py", "import os\n"}};
  EXPECT_THAT(Gaps(Analyse(SevenZip(script))), Contains("no-analyser"));
  EXPECT_THAT(Gaps(Analyse(StoredRar(script))), Contains("no-analyser"));
}

TEST(WalkArchive, AnHonestRarIsClean) {
  for (const std::string& rar :
       {StoredRar({{"a.txt", "text\n"}, {"m.pkl", Harmless()}}),
        Rar5Start() + Rar5File("a.txt", "text\n") + Rar5File("m.pkl", Harmless()) +
            Rar5File("CMT", std::string("a comment\0", 10), 3) + Rar5End()}) {
    const FileAnalysis analysis = Analyse(rar);
    EXPECT_EQ(analysis.type, "rar");
    EXPECT_THAT(Rules(analysis), IsEmpty());
    EXPECT_THAT(Gaps(analysis), IsEmpty());
  }
}

TEST(WalkArchive, BytesBehindTheEndOfARarAreAnalysed) {
  const std::string noise = "\xff\xfe" + std::string(100, '\x03');
  for (const std::string& rar :
       {StoredRar({{"a.txt", "text\n"}}), Rar5Start() + Rar5File("a.txt", "text\n") + Rar5End()}) {
    EXPECT_TRUE(SeesSystem(Analyse(rar + Payload())));
    EXPECT_THAT(Rules(Analyse(rar + noise)), Contains("ARC-107"));
    EXPECT_THAT(Gaps(Analyse(rar + noise)), Contains("unparsed-bytes"));
  }
}

TEST(WalkArchive, BlocksOfARarThatAreNoFilesAreAnalysed) {
  const std::string file4 = StoredRar({{"a.txt", "text\n"}});
  const std::string files4 = file4.substr(0, file4.size() - RarEnd().size());
  for (const std::string& data : {Payload(), std::string(200, '\x03')}) {
    for (const std::string& rar :
         {files4 + RarBlock('\x78', data) + RarEnd(),
          Rar5Start() + Rar5File("CMT", data, 3) + Rar5File("a.txt", "text\n") + Rar5End(),
          Rar5Start() + Rar5File("QO", data, 3) + Rar5End(),
          Rar5Start() + Rar5Block(5, data, std::string(1, '\0'))}) {
      const FileAnalysis analysis = Analyse(rar);
      EXPECT_TRUE(SeesSystem(analysis) || data != Payload());
      EXPECT_TRUE(!analysis.gaps.empty() || data == Payload());
    }
  }
}

TEST(WalkArchive, ARarWithoutItsEndIsAGap) {
  const std::string rar = Rar5Start() + Rar5File("a.txt", "text\n");
  EXPECT_THAT(Gaps(Analyse(rar)), Contains("broken-format"));
}

TEST(WalkArchive, AnEncryptedRarMemberIsAGap) {
  EXPECT_THAT(Gaps(Analyse(StoredRar(kMembers, true))), Contains("encrypted-member"));
}

TEST(WalkArchive, ContainersInsideAre) {
  ZipBuilder zip;
  zip.Stored("archive/data.pkl", Payload());
  const std::string inner =
      SevenZip({{"model.pt", zip.Build()}, {"b.gz", Compress(Payload(), Packing::kGzip)}});
  const FileAnalysis analysis = Analyse(SevenZip({{"inner.7z", inner}}));
  EXPECT_TRUE(SeesSystem(analysis, "inner.7z::model.pt::archive/data.pkl"));
  EXPECT_TRUE(SeesSystem(analysis, "inner.7z::b.gz::(inflated)"));
}

TEST(WalkArchive, A7zBehindAProgramOrBehindNoiseIsFound) {
  const std::string archive = SevenZip(kMembers);
  const std::string elf =
      "\x7f"
      "ELF\2\1\1" +
      std::string(5000, '\x90');
  const std::string noise = "\xff\xfe\x01\x02" + std::string(300'000, '\xee');
  for (const std::string& before : {elf, noise}) {
    const FileAnalysis analysis = Analyse(before + archive);
    EXPECT_TRUE(SeesSystem(analysis, "dir/m.pkl"));
    EXPECT_THAT(Rules(analysis), Contains("FMT-105"));
  }
}

TEST(WalkArchive, BytesBehindA7zAreAnalysed) {
  const FileAnalysis analysis = Analyse(SevenZip({{"a.txt", "text\n"}}) + Payload());
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("ARC-107"));
}

TEST(WalkArchive, EveryTruncationOfA7zIsAGapOrUnknown) {
  const std::string whole = SevenZip(kMembers);
  for (std::size_t size = 6; size < whole.size(); ++size) {
    EXPECT_FALSE(Analyse(whole.substr(0, size)).gaps.empty()) << size;
  }
}

TEST(WalkArchive, EveryTruncationOfARarEnds) {
  const std::string whole = StoredRar(kMembers);
  for (std::size_t size = 7; size < whole.size(); ++size) Analyse(whole.substr(0, size));
}

TEST(WalkArchive, AnyByteOfA7zFlippedEnds) {
  const std::string whole = SevenZip(kMembers, "lzma1");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0xff);
    Analyse(bytes);
  }
}

TEST(WalkArchive, LengthsAtTheirEndsEnd) {
  // The first header's offset and size of the next, with a checksum that is right.
  const std::string whole = SevenZip(kMembers);
  for (const std::uint64_t value :
       {std::uint64_t{0xffffffff}, ~std::uint64_t{0}, std::uint64_t{0}}) {
    for (const std::size_t at : {12UL, 20UL}) {
      std::string bytes = whole;
      bytes.replace(at, 8, LittleEndian(value, 8));
      Analyse(bytes);
    }
  }
}

TEST(WalkArchive, ADictionaryLargerThanTheLimitIsAGapThatNamesMemory) {
  const NamedContents large = {{"zeros", std::string(3'000'000, '\0')}, {"m.pkl", Payload()}};
  Limits limits;
  limits.decoder_bytes = kMiB;
  for (const char* method : {"lzma1", "ppmd"}) {
    const std::string archive = SevenZip(large, method);
    EXPECT_THAT(Gaps(Analyse(archive, limits)), ElementsAre("limit-memory")) << method;
    EXPECT_TRUE(SeesSystem(Analyse(archive), "m.pkl")) << method;
    // What stands behind is looked at all the same.
    EXPECT_TRUE(SeesSystem(Analyse(archive + Payload(), limits))) << method;
  }
  for (const char* method : {"store", "deflate", "bzip2"}) {
    EXPECT_TRUE(SeesSystem(Analyse(SevenZip(large, method), limits), "m.pkl")) << method;
  }
}

TEST(WalkArchive, NamesThatLeaveTheFolderAreReported) {
  EXPECT_THAT(Rules(Analyse(SevenZip({{"../x", "text\n"}}))), Contains("ARC-104"));
  EXPECT_THAT(Rules(Analyse(StoredRar({{"/etc/x", "text\n"}}))), Contains("ARC-104"));
}

TEST(WalkArchive, AHundredMembersTooManyAreAGap) {
  NamedContents members;
  for (int i = 0; i < 100; ++i) members.emplace_back("f" + std::to_string(i), "x");
  Limits limits;
  limits.members = 10;
  EXPECT_THAT(Gaps(Analyse(SevenZip(members), limits)), Contains("limit-members"));
}

TEST(WalkArchive, AMemberLargerThanMemoryIsAnalysed) {
  Limits limits;
  limits.kept_bytes = 64 * kKiB;
  const std::string large = PickleBuilder().Proto(2).Unicode(std::string(500'000, 'a')).Stop();
  const FileAnalysis analysis =
      Analyse(SevenZip({{"a.txt", "text\n"}, {"m.pkl", large + Payload()}}), limits);
  EXPECT_TRUE(SeesSystem(analysis, "m.pkl"));
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(WalkArchive, ABombIsALimit) {
  Limits limits;
  limits.inflated_bytes = kMiB;
  limits.inflate_ratio = 1;
  const FileAnalysis analysis =
      Analyse(SevenZip({{"zeros", std::string(16 * kMiB, '\0')}}), limits);
  EXPECT_THAT(Gaps(analysis), Contains("limit-unpacked"));
}

TEST(WalkArchive, WhatIsUnpackedIsMatched) {
  const std::string bytes = SevenZip({{"a", "signature"}});
  RecordingMatcher matcher;
  MatchUnpacked(MemorySource(AsBytes(bytes)), Limits{}, matcher);
  ASSERT_EQ(matcher.seen.size(), 1U);
  EXPECT_EQ(matcher.seen[0].bytes, "signature");
}

}  // namespace
}  // namespace counterscan

// libclamav answers "clean" where it did not look. Each way in which it does, by the built program:
// the threat is found, or a gap says what was not looked at.
//
// The cases, and where each is tested when not here:
//    1 larger than MaxFileSize          FilesAboveItsLimitsOfSizeAreSearchedToTheirEnd
//    2 more than MaxScanSize            the same
//    3 MaxScanTime is reached           FleetTest.StopsAWorkerThatTakesTooLong...
//    4 MaxFiles, MaxRecursion           TheLastOfManyMembersIsSearched,
//    WhatIsNestedTooDeeplyIsAGap,
//                                       ParseMode.ALimitOfLibclamavIsAGapThatNamesIt
//    5 a map above 4 GiB                LargeFiles.BeyondFourGibibytesAreSearchedEverywhere
//    6 a read error                     ClamavTest.ReadErrorIsAGapAndWhatWasReadIsMatched
//    7 no temporary directory           WithoutATemporaryDirectoryThereIsNoEngineAndAGap,
//                                       ParseEngineTest.WithoutAPlaceToUnpackThereIsAGap,
//                                       ParseEngineTest.WhatCannotBeUnpackedWholeIsAGap
//    8 an engine that is not compiled   RawMatcher.EngineThatWasNotCompiledComplains
//    9 beginnings that it ignores       BeginningsThatItIgnoresHideNothing
//   10 a large member                   TheEndOfALargeMemberIsSearched
//   11 a zip64 local header             MembersWithLongSizesAreUnpacked
//   12 lzma in zip, zstd, .lzma         WhatItCannotUnpackIsUnpackedHere
//   13 a zip of 4 GiB                   AZipBehindFourGibibytesIsFoundOrAGap
//   14 five bytes or less               TinyFilesMatchNoSignatureThatThereCanBe
//   15 regular expressions above 100 MiB  RegularExpressionsThatItDoesNotTryAreAGap
//   16 a map that forgets parts         RawMatcher.PartsOfAFileThatWereForgottenAreReadAgain,
//                                       ParseEngineTest.EveryMemberOfAnArchiveIsMatched
// Any warning of libclamav: ClamavTest.MessageOfLibclamavDuringAMatchIsOneGap. Names that mean a
// limit or encryption: ParseEngineTest, ClamdNames.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "tests/cli/scan_program.h"
#include "tests/support/compress.h"
#include "tests/support/eicar.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kMebibyte = 1024 * 1024;
constexpr std::uint64_t kGibibyte = 1024 * kMebibyte;

struct Piece {
  std::uint64_t offset;
  std::string text;
};

std::string WriteSparse(const TempDir& dir, const std::string& name, std::uint64_t size,
                        const std::vector<Piece>& pieces) {
  const std::string path = dir.Write(name, "");
  std::filesystem::resize_file(path, size);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (const Piece& piece : pieces) {
    file.seekp(static_cast<std::streamoff>(piece.offset));
    file << piece.text;
  }
  return path;
}

bool FoundEicar(const json& file) {
  for (const json& finding : file["findings"]) {
    if (finding["engine"] == "clamav") return true;
  }
  return false;
}

json ScanOne(const std::string& path) {
  const json report = Scan({path});
  EXPECT_EQ(report["files"].size(), 1u);
  return report["files"].empty() ? json() : report["files"][0];
}

TEST(NoSilentClean, FilesAboveItsLimitsOfSizeAreSearchedToTheirEnd) {
  TempDir dir;
  // MaxFileSize is 100 MiB there, MaxScanSize 400 MiB.
  for (const std::uint64_t mebibytes : {std::uint64_t{101}, std::uint64_t{401}}) {
    const std::uint64_t size = mebibytes * kMebibyte;
    const std::string path =
        WriteSparse(dir, std::to_string(mebibytes), size, {{size - Eicar().size(), Eicar()}});
    EXPECT_TRUE(FoundEicar(ScanOne(path))) << mebibytes;
  }
}

TEST(NoSilentClean, TheLastOfManyMembersIsSearched) {
  TempDir dir;
  ZipBuilder zip;
  // MaxFiles is 10,000 there.
  for (int i = 0; i < 10'050; ++i) zip.Deflated("m" + std::to_string(i), "nothing");
  zip.Deflated("last", Eicar() + std::string(100, ' '));
  EXPECT_TRUE(FoundEicar(ScanOne(dir.Write("many.zip", zip.Build()))));
}

TEST(NoSilentClean, WhatIsNestedTooDeeplyIsAGap) {
  TempDir dir;
  std::string content = Eicar();
  // MaxRecursion is 17 there, --max-depth 16 here.
  for (int i = 0; i < 20; ++i) {
    ZipBuilder zip;
    zip.Deflated("inner", content);
    content = zip.Build();
  }
  const json file = ScanOne(dir.Write("deep.zip", content));
  EXPECT_THAT(GapReasonsOf(file), Contains("limit-depth"));
  EXPECT_NE(file["verdict"], "clean");
}

TEST(NoSilentClean, WithoutATemporaryDirectoryThereIsNoEngineAndAGap) {
  TempDir dir;
  RunOptions options;
  options.environment["TMPDIR"] = dir / "nowhere";
  const json report = Scan({dir.Write("a.bin", Eicar())}, options);
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("engine-failed"));
  EXPECT_EQ(report["exit"], 2);
}

TEST(NoSilentClean, BeginningsThatItIgnoresHideNothing) {
  TempDir dir;
  using namespace std::string_literals;
  for (const std::string& magic :
       {"ID3\0\0\0\0\0"s, "\xff\xfb\x90\x00"s, "OggS\0\2"s, ".RMF\0\0"s, "SQLite format 3\0"s}) {
    const std::string path = dir.Write("a.bin", magic + std::string(5'000, 'x') + Eicar());
    EXPECT_TRUE(FoundEicar(ScanOne(path))) << magic;
  }
}

TEST(NoSilentClean, TheEndOfALargeMemberIsSearched) {
  TempDir dir;
  ZipBuilder zip;
  // Cut there at MaxFileSize.
  zip.Deflated("large", std::string(101 * kMebibyte, 'x') + Eicar());
  EXPECT_TRUE(FoundEicar(ScanOne(dir.Write("large.zip", zip.Build()))));
}

TEST(NoSilentClean, MembersWithLongSizesAreUnpacked) {
  TempDir dir;
  ZipBuilder zip;
  ZipBuilder::Member& member = zip.Deflated("a.com", Eicar());
  // APPNOTE 4.5.3: the sizes stand in the extra field. There, the member is passed over.
  member.local_extra = std::string("\1\0\x10\0", 4) + LittleEndian(member.size, 8) +
                       LittleEndian(member.compressed_size, 8);
  member.local_size = 0xFFFFFFFF;
  member.local_compressed_size = 0xFFFFFFFF;
  const json file = ScanOne(dir.Write("zip64.zip", zip.Build()));
  EXPECT_TRUE(FoundEicar(file)) << file.dump(1);
}

TEST(NoSilentClean, WhatItCannotUnpackIsUnpackedHere) {
  TempDir dir;
  const std::string content = std::string(10'000, 'x') + Eicar();
  ZipBuilder zip;
  ZipBuilder::Member& member = zip.Deflated("a.txt", content);
  member.method = member.local_method = 14;
  member.data = ZipLzma(content, false);
  member.compressed_size = static_cast<std::uint32_t>(member.data.size());
  TarBuilder tar;
  tar.File("a.txt", content);
  const std::pair<const char*, std::string> files[] = {
      {"a.zip", zip.Build()},
      {"a.zst", Compress(content, Packing::kZstd)},
      {"a.tar.zst", Compress(tar.Build(), Packing::kZstd)},
      {"a.lzma", Compress(content, Packing::kLzma)},
  };
  for (const auto& [name, bytes] : files) {
    const json file = ScanOne(dir.Write(name, bytes));
    EXPECT_TRUE(FoundEicar(file)) << name << file.dump(1);
  }
}

TEST(NoSilentClean, AZipBehindFourGibibytesIsFoundOrAGap) {
  TempDir dir;
  ZipBuilder zip;
  zip.Deflated("a.com", Eicar());
  const std::string archive = zip.Build();
  const std::uint64_t size = 4 * kGibibyte + 100 * kMebibyte;
  const json file =
      ScanOne(WriteSparse(dir, "large.zip", size, {{size - archive.size(), archive}}));
  EXPECT_TRUE(FoundEicar(file) || file["verdict"] != "clean") << file.dump(1);
}

TEST(NoSilentClean, TinyFilesMatchNoSignatureThatThereCanBe) {
  TempDir dir;
  TempDir database;
  // libclamav takes a signature of five bytes and shows it no file of five.
  database.Write("a.ndb", "Own.Tiny:0:*:" + Hex(AsBytes("12345")) + "\n");
  for (const char* content : {"12345", "1"}) {
    const json report = Scan({"--av", "auto", "--db", database.path(), dir.Write("a", content)});
    EXPECT_THAT(report["files"][0]["findings"], IsEmpty());
    EXPECT_EQ(report["files"][0]["sha256"].get<std::string>().size(), 64u);
  }
}

TEST(NoSilentClean, RegularExpressionsThatItDoesNotTryAreAGap) {
  TempDir dir;
  TempDir database;
  database.Write("a.ldb", "Own.Regex;Engine:81-255,Target:0;0&1;" + Hex(AsBytes("trigger")) +
                              ";0/evil[0-9]+/\n");
  // PCREMaxFileSize is 100 MiB.
  const std::string path =
      WriteSparse(dir, "a.bin", 101 * kMebibyte, {{100 * kMebibyte, "trigger evil42"}});
  const json report = Scan({"--av", "auto", "--db", database.path(), path});
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("windowed"));
}

TEST(NoSilentClean, SignaturesThatPlainTextIsNotHeldAgainstAreSaid) {
  TempDir dir;
  TempDir database;
  database.Write("a.ndb", "Own.Text:7:*:" + Hex(AsBytes("normalised evil")) +
                              "\nOwn.Any:0:*:" + Hex(AsBytes("any evil")) + "\n");
  const std::string path = dir.Write("README.md", "# A model\n\nnormalised  EVIL\n");
  const std::vector<std::string> arguments{"scan", "--hub", "off", "--db", database.path(), path};
  EXPECT_THAT(Counterscan(arguments).out,
              testing::AllOf(testing::HasSubstr("not matched"),
                             testing::HasSubstr("1 signature for normalised text")));
  EXPECT_EQ(
      Scan({"--av", "auto", "--db", database.path(), path})["engines"]["clamav"]["text_signatures"],
      1);
}

// Signatures of their own, so that one file shows which place was missed.
class Places {
 public:
  void Add(std::uint64_t offset) {
    const std::string marker = "place number " + std::to_string(pieces_.size()) + " of the file;";
    signatures_ +=
        "Place." + std::to_string(pieces_.size()) + ":0:*:" + Hex(AsBytes(marker)) + "\n";
    pieces_.push_back({offset, marker});
  }
  static std::uint64_t size_of_marker() {
    return std::string("place number 10 of the file;").size();
  }
  const std::string& signatures() const { return signatures_; }
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::string signatures_;
  std::vector<Piece> pieces_;
};

// At the start, across borders of windows (1 MiB, whatever lies between them), in the middle and at
// the end; and one signature whose parts are the first and the last.
void FindsEveryPlace(std::uint64_t size) {
  TempDir dir;
  TempDir database;
  Places places;
  places.Add(0);
  const std::uint64_t windows = size / kMebibyte;
  const std::uint64_t step = std::max<std::uint64_t>(1, windows / 100);
  for (std::uint64_t window = 1; window < windows; window += step) {
    places.Add(window * kMebibyte - 10);
  }
  places.Add(size / 2 + kMebibyte / 2);
  places.Add(size - Places::size_of_marker() - 2);
  database.Write("places.ndb", places.signatures() +
                                   "Split:0:*:" + Hex(AsBytes(places.pieces().front().text)) + "*" +
                                   Hex(AsBytes(places.pieces().back().text)) + "\n");
  const std::string path = WriteSparse(dir, "large.bin", size, places.pieces());
  const json report = Scan({"--av", "auto", "--db", database.path(), "--depth", "bytes", path});
  const json& file = report["files"][0];
  std::vector<std::string> found;
  for (const json& finding : file["findings"]) found.push_back(finding["message"]);
  for (std::size_t i = 0; i < places.pieces().size(); ++i) {
    EXPECT_THAT(found, Contains("ClamAV: Place." + std::to_string(i) + ".UNOFFICIAL"))
        << places.pieces()[i].offset;
  }
  if (size < 4 * kGibibyte - kMebibyte) {
    EXPECT_THAT(found, Contains("ClamAV: Split.UNOFFICIAL"));
    EXPECT_THAT(GapReasonsOf(file), Not(Contains("windowed")));
  } else {
    EXPECT_THAT(GapReasonsOf(file), Contains("windowed"));
  }
}

TEST(LargeFiles, OfAHundredMebibytesAreSearchedEverywhere) { FindsEveryPlace(100 * kMebibyte); }

TEST(LargeFiles, BeyondTwoGibibytesAreSearchedEverywhere) { FindsEveryPlace(21 * kGibibyte / 10); }

// The largest takes half a minute, and minutes with sanitizers: for who sets
// COUNTERSCAN_LARGE_FILES.
TEST(LargeFiles, BeyondFourGibibytesAreSearchedEverywhere) {
  FindsEveryPlace(45 * kGibibyte / 10);
  if (std::getenv("COUNTERSCAN_LARGE_FILES") != nullptr) FindsEveryPlace(20 * kGibibyte);
}

}  // namespace
}  // namespace counterscan

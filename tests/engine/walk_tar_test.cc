// Tar archives, and the tricks that are played with them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "scanner/base/limits.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(WalkTar, AnHonestArchiveIsClean) {
  const FileAnalysis analysis =
      Analyse(TarBuilder().File("config.yaml", "a: 1\n").File("m.pkl", Harmless()).Build());
  EXPECT_EQ(analysis.type, "tar");
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(WalkTar, AMemberIsAnalysed) {
  EXPECT_TRUE(SeesSystem(Analyse(TarBuilder().File("a/m.pkl", Payload()).Build()), "a/m.pkl"));
}

TEST(WalkTar, ANameTooLongToPrintMeansWhatItsEndSays) {
  const std::string folder(400, 'q');
  TarBuilder tar;
  tar.LongName(folder + "/handler.py").File("x", "import os\n");
  EXPECT_THAT(Gaps(Analyse(tar.Build())), Contains("no-analyser"));
}

TEST(WalkTar, APayloadInEveryTruncationThatHasAllOfItIsFound) {
  const std::string bytes = TarBuilder().File("a.txt", "text").File("m.pkl", Payload()).Build();
  const std::size_t needed = 3 * 512 + Payload().size();
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const FileAnalysis analysis = Analyse(bytes.substr(0, size));
    if (size >= needed) {
      EXPECT_TRUE(SeesSystem(analysis)) << size;
    }
  }
}

TEST(WalkTar, ATarOfNothingButTextIsATar) {
  // A protocol 0 pickle behind a header whose every field is text: blanks where zeros are usual.
  const std::string payload = "cposix\nsystem\n(S'true'\ntR.";
  std::string block(512, ' ');
  block.replace(0, 5, "m.pkl");
  block.replace(124, 12, "00000000033 ");
  block[156] = '0';
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::string digits(6, '0');
  for (std::size_t i = 5; sum > 0; --i, sum /= 8) digits[i] = static_cast<char>('0' + sum % 8);
  block.replace(148, 6, digits);
  const FileAnalysis analysis = Analyse(block + payload + std::string(512 - payload.size(), '\n'));
  EXPECT_EQ(analysis.type, "tar");
  EXPECT_TRUE(SeesSystem(analysis));
}

TEST(WalkTar, ContainersInsideEachOtherAreWalked) {
  ZipBuilder zip;
  zip.Stored("archive/data.pkl", Payload());
  const std::string tar = TarBuilder().File("model.ckpt", zip.Build()).Build();
  EXPECT_TRUE(SeesSystem(Analyse(tar), "model.ckpt::archive/data.pkl"));
  for (const Packing packing : {Packing::kGzip, Packing::kBzip2, Packing::kXz, Packing::kZstd}) {
    EXPECT_TRUE(
        SeesSystem(Analyse(Compress(tar, packing)), "(inflated)::model.ckpt::archive/data.pkl"));
  }
  const std::string outer =
      TarBuilder().File("inner.tar.gz", Compress(tar, Packing::kGzip)).Build();
  EXPECT_TRUE(SeesSystem(Analyse(outer)));
}

TEST(WalkTar, SeveralZipsInItAreNoZipOfSeveralDirectories) {
  ZipBuilder one;
  one.Stored("archive/data.pkl", Harmless());
  one.Stored("version", "3");
  ZipBuilder other;
  other.Stored("archive/data.pkl", Harmless());
  other.Stored("more", "1");
  TarBuilder tar;
  tar.File("a.pt", one.Build()).File("b.pt", other.Build());
  EXPECT_THAT(Analyse(tar.Build()).findings, IsEmpty());
  EXPECT_THAT(Analyse(Compress(tar.Build(), Packing::kGzip)).findings, IsEmpty());
}

// One of them lists what stands in another member of the tar, as bytes that no directory there has.
TEST(WalkTar, AZipThatReachesIntoAnotherMemberIsWalked) {
  ZipBuilder zip;
  zip.Stored("archive/data.pkl", Payload());
  const std::string whole = zip.Build();
  const std::size_t directory = whole.find("PK\1\2");
  TarBuilder tar;
  tar.File("a.bin", whole.substr(0, directory));
  std::string rest = whole.substr(directory);
  // Behind its own header block the directory stands 512 and the padding further; the record of the
  // end says where it begins from the front of the tar.
  const std::size_t at = tar.bytes().size() + 512;
  for (std::size_t i = 0; i < 4; ++i)
    rest[rest.size() - 6 + i] = static_cast<char>(at >> (8 * i) & 0xff);
  const std::size_t entry = 42;
  for (std::size_t i = 0; i < 4; ++i) rest[entry + i] = static_cast<char>(512 >> (8 * i) & 0xff);
  tar.File("b.zip", rest);
  const FileAnalysis analysis = Analyse(tar.Build());
  EXPECT_THAT(analysis.findings,
              Contains(::testing::AllOf(Field(&Finding::rule, "PKL-101"),
                                        Field(&Finding::where, "archive/data.pkl"))));
}

TEST(WalkTar, AZipThatIsItsLastMemberIsNoSecondFormat) {
  ZipBuilder zip;
  zip.Stored("archive/data.pkl", Harmless());
  const FileAnalysis analysis =
      Analyse(TarBuilder().File("c.yaml", "a: 1\n").File("model.ckpt", zip.Build()).Build());
  EXPECT_THAT(Rules(analysis), Not(Contains("FMT-105")));
}

TEST(WalkTar, APayloadBehindTheEndOrInThePaddingIsFound) {
  const std::string honest = TarBuilder().File("a", "1").Build();
  EXPECT_TRUE(SeesSystem(Analyse(honest + Payload())));
  EXPECT_THAT(Rules(Analyse(honest + Payload())), Contains("ARC-107"));
  std::string padded = honest;
  padded.replace(513, Payload().size(), Payload());
  EXPECT_TRUE(SeesSystem(Analyse(padded)));
}

TEST(WalkTar, ASecondArchiveBehindTheFirstIsWalked) {
  const std::string second = TarBuilder().File("m.pkl", Payload()).Build();
  const FileAnalysis analysis = Analyse(TarBuilder().File("a", "1").Build() + second);
  EXPECT_TRUE(SeesSystem(analysis, "m.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-118"));
}

TEST(WalkTar, APickleInTheNameOfTheFirstMemberIsFound) {
  const FileAnalysis analysis =
      Analyse(TarBuilder().File("cposix\nsystem\n(S'true'\ntR.", "1").Build());
  EXPECT_TRUE(SeesSystem(analysis));
}

TEST(WalkTar, ASparseFileIsAnalysedAsItUnpacks) {
  // The two halves of the payload are stored the wrong way round.
  const std::string payload = Payload();
  const std::string first = payload.substr(0, 10);
  const std::string second = payload.substr(10);
  TarBuilder tar;
  tar.Pax({{"GNU.sparse.size", std::to_string(payload.size())},
           {"GNU.sparse.map", "10," + std::to_string(second.size()) + ",0,10"}});
  const FileAnalysis analysis = Analyse(tar.File("m.pkl", second + first).Build());
  EXPECT_TRUE(SeesSystem(analysis, "m.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-117"));
}

TEST(WalkTar, ASparseFileOfExabytesIsALimit) {
  TarBuilder tar;
  tar.Pax({{"GNU.sparse.size", "9223372036854775807"}, {"GNU.sparse.map", "0,3"}});
  tar.File("m.bin", "abc").File("m.pkl", Payload());
  Limits limits;
  limits.inflated_bytes = 16 * kMiB;
  const FileAnalysis analysis = Analyse(tar.Build(), limits);
  EXPECT_FALSE(analysis.gaps.empty());
}

TEST(WalkTar, MoreMembersThanAllowedAreAGap) {
  TarBuilder tar;
  for (int i = 0; i < 50; ++i) tar.File("f" + std::to_string(i), "x");
  Limits limits;
  limits.members = 10;
  EXPECT_THAT(Gaps(Analyse(tar.Build(), limits)), Contains("limit-members"));
}

TEST(WalkTar, AMemberThatIsCutOffIsAGap) {
  TarBuilder tar;
  tar.File("m.bin", std::string(5000, 'x'));
  EXPECT_THAT(Gaps(Analyse(tar.bytes().substr(0, 2000))), Contains("member-unreadable"));
}

TEST(WalkTar, MembersOfAnArchiveTooLargeToKeepAreAnalysed) {
  TarBuilder tar;
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 600'000; ++i) {
    x = x * 1664525 + 1013904223;
    noise += static_cast<char>(x >> 24);
  }
  tar.File("a.txt", std::string(200'000, 'a'));
  tar.File("b.pkl", PickleBuilder().Proto(2).Unicode(noise).Stop().bytes());
  tar.File("m.pkl", Payload()).File("inner.gz", Compress(Payload(), Packing::kGzip));
  Limits limits;
  limits.kept_bytes = 128 * kKiB;
  const FileAnalysis analysis = Analyse(Compress(tar.Build(), Packing::kGzip), limits);
  EXPECT_TRUE(SeesSystem(analysis, "(inflated)::m.pkl"));
  EXPECT_TRUE(SeesSystem(analysis, "(inflated)::inner.gz::(inflated)"));
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

// The layout of torch before 0.1.2.

std::string TorchTar(const std::string& object, const std::string& between = "") {
  const std::string count = PickleBuilder().Proto(2).Int(1).Stop();
  const std::string no_views = PickleBuilder().Proto(2).EmptyList().Stop();
  std::string numbers;
  for (int i = 0; i < 24; ++i) numbers += static_cast<char>(0xa0 + i * 3);
  const std::string storages =
      count + OldTorchRecord("FloatStorage") + LittleEndian(6, 8) + numbers + between + no_views;
  const std::string tensors = count + OldTorchRecord("FloatTensor") + LittleEndian(2, 4) +
                              LittleEndian(0, 4) + LittleEndian(2, 8) + LittleEndian(3, 8) +
                              LittleEndian(3, 8) + LittleEndian(1, 8) + LittleEndian(0, 8);
  return TarBuilder()
      .File("sys_info", Harmless())
      .File("pickle", object)
      .File("storages", storages)
      .File("tensors", tensors)
      .Build();
}

TEST(WalkTar, AnOldTorchTarIsRecognisedAndClean) {
  const FileAnalysis analysis = Analyse(TorchTar(Harmless()));
  EXPECT_EQ(analysis.type, "torch-tar");
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(WalkTar, APayloadInAnyMemberOfAnOldTorchTarIsFound) {
  EXPECT_TRUE(SeesSystem(Analyse(TorchTar(Payload())), "pickle"));
  EXPECT_TRUE(SeesSystem(Analyse(TorchTar(Harmless(), Payload())), "storages"));
}

TEST(WalkTar, CountsOfAnOldTorchTarThatLieHideNothing) {
  for (const std::uint64_t count :
       {std::uint64_t{0xffffffff}, ~std::uint64_t{0}, std::uint64_t{7}}) {
    const std::string one = PickleBuilder().Proto(2).Int(1).Stop();
    const std::string storages =
        one + OldTorchRecord("FloatStorage") + LittleEndian(count, 8) + Payload();
    const std::string bytes = TarBuilder()
                                  .File("pickle", Harmless())
                                  .File("storages", storages)
                                  .File("tensors", Harmless())
                                  .Build();
    const FileAnalysis analysis = Analyse(bytes);
    EXPECT_TRUE(SeesSystem(analysis) || !analysis.gaps.empty()) << count;
  }
}

std::string OldTorchTar(const std::string& storages, const std::string& tensors,
                        const std::string& object) {
  return TarBuilder()
      .File("storages", storages)
      .File("tensors", tensors)
      .File("pickle", object)
      .Build();
}

TEST(WalkTar, ARecordWhosePickleReturnsAnotherClassThanItNamesLastIsAGap) {
  // Eight bytes an element to who goes by the last import, four to torch: the payload lies between.
  const std::string none = PickleBuilder().Proto(2).Int(0).Stop();
  const std::string one = PickleBuilder().Proto(2).Int(1).Stop();
  const std::string record = PickleBuilder()
                                 .Proto(2)
                                 .Mark()
                                 .Int(1)
                                 .BinUnicode("cpu")
                                 .Global("torch", "FloatStorage")
                                 .Global("torch", "DoubleStorage")
                                 .Pop()
                                 .Tuple()
                                 .Stop();
  std::string rest = Payload();
  rest.resize(4 * 64);
  const std::string storages =
      one + record + LittleEndian(64, 8) + std::string(4 * 64, '\0') + rest;
  const FileAnalysis analysis = Analyse(OldTorchTar(storages, none, Harmless()));
  EXPECT_TRUE(SeesSystem(analysis, "storages"));
  EXPECT_THAT(Gaps(analysis), Contains("unparsed-bytes"));
}

TEST(WalkTar, AStorageAmongTheTensorsIsAGap) {
  const std::string one = PickleBuilder().Proto(2).Int(1).Stop();
  const std::string tensors =
      one + OldTorchRecord("FloatStorage") + LittleEndian(1, 4) + std::string(28, '\0') + Payload();
  const FileAnalysis analysis = Analyse(OldTorchTar(
      one + OldTorchRecord("FloatStorage") + LittleEndian(0, 8) + Harmless(), tensors, "N."));
  EXPECT_TRUE(SeesSystem(analysis, "tensors"));
  EXPECT_THAT(Gaps(analysis), Contains("unparsed-bytes"));
}

TEST(WalkTar, StoragesOfATarAreWhatTorchUnpicklesFirst) {
  // The beginning of a picture, and a number that is dropped: torch never comes to the tensors.
  const std::string storages =
      "GIF89a=00I1\n." + OldTorchRecord("ByteStorage") + LittleEndian(2, 8) + "xx" + Payload();
  const FileAnalysis analysis = Analyse(TarBuilder().File("storages", storages).Build());
  EXPECT_TRUE(SeesSystem(analysis, "storages"));
  EXPECT_FALSE(analysis.gaps.empty());
}

TEST(WalkTar, BytesBehindThePickleOfAnOldTorchTarAreAGap) {
  const std::string none = PickleBuilder().Proto(2).Int(0).Stop();
  const FileAnalysis analysis =
      Analyse(OldTorchTar(none, none, Harmless() + "\xff\xfe junk" + std::string(3000, 'q')));
  EXPECT_THAT(Gaps(analysis), Contains("unparsed-bytes"));
  EXPECT_THAT(Rules(analysis), Contains("FMT-106"));
}

TEST(WalkTar, LibarchiveAndWeAgreeOnWhatHonestWritersWrite) {
  TarBuilder tar;
  tar.Add({.name = "dir/", .type = '5'});
  tar.File("dir/a", "1").LongName(std::string(300, 'n')).File("n", "2");
  tar.Pax({{"path", "na\xc3\xafve"}}).File("na?ve", "3");
  tar.Add({.name = "link", .type = '2', .link = "dir/a"});
  tar.Add({.name = "hard", .type = '1', .link = "dir/a"});
  EXPECT_THAT(Rules(Analyse(tar.Build())), IsEmpty());
}

TEST(WalkTar, LibarchiveSeesOtherMembersBehindABrokenHeader) {
  TarBuilder tar;
  tar.File("a", "1");
  tar.Add({.name = "broken", .content = "2", .checksum_field = std::string("000000\0 ", 8)});
  tar.File("m.pkl", Payload());
  const FileAnalysis analysis = Analyse(tar.Build());
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("ARC-110"));
}

TEST(WalkTar, ATarThatNoFormatOfLibarchiveTakesIsWalkedAllTheSame) {
  // A size that libarchive's look at the first header refuses.
  const FileAnalysis analysis =
      Analyse(TarBuilder()
                  .Add({.name = "m.pkl",
                        .content = Payload(),
                        .size_field = std::string("0o54\0\0\0\0\0\0\0\0", 12)})
                  .Build());
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("ARC-110"));
}

}  // namespace
}  // namespace counterscan

// Storages of torch archives, held against what the tensors claim of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "scanner/container/torch_storages.h"
#include "scanner/container/zip_kind.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/support/archive_writer.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(TorchZip, StoragesOfTheSizeThatTensorsClaimAreInert) {
  const FileAnalysis analysis =
      Analyse(TorchZip(Tensors({400, 0, 12}), {Numbers(400), "", Numbers(12)}));
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(TorchZip, TheElementsOfEachClassHaveTheirSize) {
  const std::pair<std::string, std::size_t> classes[] = {
      {"DoubleStorage", 8}, {"FloatStorage", 4},   {"BFloat16Storage", 2},
      {"BoolStorage", 1},   {"UntypedStorage", 1}, {"ComplexDoubleStorage", 16},
  };
  for (const auto& [name, bytes] : classes) {
    const std::string pickle = PickleBuilder().Proto(2).Storage("0", 7, name).Stop();
    EXPECT_THAT(Rules(Analyse(TorchZip(pickle, {Numbers(7 * bytes)}))), IsEmpty()) << name;
    EXPECT_THAT(Rules(Analyse(TorchZip(pickle, {Numbers(7 * bytes + 1)}))), Contains("FMT-108"))
        << name;
  }
}

TEST(TorchZip, BytesBehindWhatTensorsClaimAreReportedAndAGap) {
  const FileAnalysis analysis = Analyse(TorchZip(Tensors({400}), {Numbers(440)}));
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-108"));
  ASSERT_EQ(analysis.gaps.size(), 1U);
  EXPECT_EQ(analysis.gaps[0].where, "archive/data/0");
  EXPECT_EQ(analysis.gaps[0].first, 400U);
  EXPECT_EQ(analysis.gaps[0].last, 440U);
}

TEST(TorchZip, APickleBehindWhatTensorsClaimIsFollowed) {
  const FileAnalysis analysis = Analyse(TorchZip(Tensors({40}), {Numbers(40) + Payload()}));
  EXPECT_TRUE(SeesSystem(analysis, "archive/data/0"));
}

TEST(TorchZip, AStorageThatNoTensorClaimsIsReportedAndWalkedLikeAnyMember) {
  const FileAnalysis analysis = Analyse(TorchZip(Tensors({40}), {Numbers(40), Numbers(64)}));
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-108"));
  EXPECT_THAT(Gaps(analysis), ElementsAre("unknown-type"));
  const FileAnalysis hidden =
      Analyse(TorchZip(Tensors({40}), {Numbers(40), Numbers(64) + Payload()}));
  EXPECT_TRUE(SeesSystem(hidden));
}

TEST(TorchZip, AStorageThatIsClaimedAndNotThereIsReported) {
  const FileAnalysis analysis = Analyse(TorchZip(Tensors({40, 8}), {Numbers(40)}));
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-108"));
  EXPECT_THAT(Gaps(analysis), ElementsAre("broken-format"));
}

TEST(TorchZip, AStorageThatEndsBeforeItsTensorsIsReported) {
  const FileAnalysis analysis = Analyse(TorchZip(Tensors({400}), {Numbers(40)}));
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-108"));
  EXPECT_THAT(Gaps(analysis), ElementsAre("broken-format"));
}

TEST(TorchZip, TwoTensorsOfOneStorageClaimTheLonger) {
  const std::string pickle =
      PickleBuilder().Proto(2).Mark().Storage("0", 8).Storage("0", 40).Tuple().Stop();
  EXPECT_THAT(Rules(Analyse(TorchZip(pickle, {Numbers(40)}))), IsEmpty());
}

TEST(TorchZip, WhenThePickleCannotBeFollowedNoStorageIsCalledUnclaimed) {
  const std::string broken = PickleBuilder().Proto(2).EmptyDict();
  const FileAnalysis analysis = Analyse(TorchZip(broken, {Numbers(40)}));
  EXPECT_THAT(Rules(analysis), Not(Contains("FMT-108")));
  EXPECT_THAT(Gaps(analysis), Contains("broken-pickle"));
}

TEST(TorchZip, ScriptsKeepTheStoragesOfEachPickleInItsOwnFolder) {
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Tensors({40}));
  zip.Stored("m/constants.pkl", Tensors({8}));
  zip.Stored("m/version", "3\n");
  zip.Stored("m/data/0", Numbers(40));
  zip.Stored("m/constants/0", Numbers(8));
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torchscript");
  EXPECT_THAT(Rules(analysis), IsEmpty());
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(TorchZip, PackagesKeepTheStoragesOfAllPicklesInOnePlace) {
  ZipBuilder zip;
  zip.Stored("p/.data/extern_modules", "");
  zip.Stored("p/.data/version", "6\n");
  zip.Stored("p/models/a.pkl", Tensors({40}));
  zip.Stored("p/.data/0.storage", Numbers(40));
  zip.Stored("p/.data/1.storage", Numbers(40));
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torch-package");
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-108"));
}

TEST(TorchZip, ThePickleIsFoundUnderAnyCaseOfItsName) {
  // torch looks its records up without regard to case.
  ZipBuilder zip;
  zip.Stored("M/DATA.PKL", Tensors({40}));
  zip.Stored("M/Version", "3\n");
  zip.Stored("M/data/0", Numbers(40));
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torch-zip");
  EXPECT_THAT(Gaps(analysis), IsEmpty());
}

TEST(TorchZip, TwoNamesThatTorchTakesForOneAreReported) {
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Harmless());
  zip.Stored("m/version", "3\n");
  zip.Stored("m/DATA.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_TRUE(SeesSystem(analysis, "m/DATA.pkl"));
  EXPECT_THAT(Rules(analysis), Contains("ARC-103"));
}

TEST(TorchZip, APickleUnderAnyNameAndInAnyFolderIsFollowed) {
  for (const std::string name : {"m/code/x.py.debug_pkl", "m/extra/weights", "other/data.pkl",
                                 "m/.data/readme.txt", "m/data/sub/0"}) {
    ZipBuilder zip;
    zip.Stored("m/data.pkl", Harmless());
    zip.Stored("m/version", "3\n");
    zip.Stored(name, Payload());
    EXPECT_TRUE(SeesSystem(Analyse(zip.Build()), name)) << name;
  }
}

std::string Legacy(const std::string& object, const std::string& storages) {
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);
  const std::string protocol = PickleBuilder().Proto(2).Int(1001).Stop();
  const std::string keys = PickleBuilder()
                               .Proto(2)
                               .EmptyList()
                               .Put(0)
                               .Mark()
                               .BinUnicode("7")
                               .BinUnicode("9")
                               .Op('e')
                               .Stop();
  return magic + protocol + Harmless() + object + keys + storages;
}

std::string Counted(std::uint8_t elements, std::size_t bytes) {
  return static_cast<char>(elements) + std::string(7, '\0') + Numbers(bytes);
}

// A checkpoint whose one storage is `content`, claimed to the byte.
std::string CheckpointOf(const std::string& content) {
  return TorchZip(Tensors({static_cast<std::int32_t>(content.size())}), {content});
}

std::string ObjectArray() {
  const std::string header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
  std::string array = "\x93NUMPY\1";
  array += '\0';
  array += static_cast<char>(header.size());
  array += '\0';
  return array + header + Payload();
}

// np.load takes any zip for an .npz, and each member by its first bytes.
TEST(TorchZip, AnArrayWhereNumbersAreClaimedIsFollowed) {
  const FileAnalysis analysis = Analyse(CheckpointOf(ObjectArray()));
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Rules(analysis), Contains("FMT-105"));
}

TEST(TorchZip, AnotherFormatWhereNumbersAreClaimedIsWalked) {
  ZipBuilder inner;
  inner.Stored("m.pkl", Payload());
  for (const std::string& content :
       {inner.Build(), SevenZip({{"m.pkl", Payload()}}), TarBuilder().File("m", Payload()).Build(),
        Compress(Payload(), Packing::kXz), Compress(Payload(), Packing::kZstd)}) {
    const FileAnalysis analysis = Analyse(CheckpointOf(content));
    EXPECT_TRUE(SeesSystem(analysis)) << content.substr(0, 6);
    EXPECT_THAT(Rules(analysis), Contains("FMT-105"));
  }
  const FileAnalysis hdf5 = Analyse(CheckpointOf("\x89HDF\r\n\x1a\n" + Numbers(100)));
  EXPECT_THAT(Rules(hdf5), Contains("FMT-105"));
  EXPECT_THAT(Gaps(hdf5), Contains("no-analyser"));
}

// These begin like numbers do by chance, so what they hold decides.
TEST(TorchZip, AStreamWithAShortHeaderIsJudgedByWhatItHolds) {
  for (const Packing packing : {Packing::kGzip, Packing::kZlib, Packing::kLzma}) {
    const FileAnalysis pickle = Analyse(CheckpointOf(Compress(Payload(), packing)));
    EXPECT_TRUE(SeesSystem(pickle)) << static_cast<int>(packing);
    EXPECT_THAT(Rules(pickle), Contains("FMT-107"));
    const FileAnalysis array = Analyse(CheckpointOf(Compress(ObjectArray(), packing)));
    EXPECT_TRUE(SeesSystem(array)) << static_cast<int>(packing);
    const FileAnalysis numbers = Analyse(CheckpointOf(Compress(Numbers(5000), packing)));
    EXPECT_THAT(Rules(numbers), IsEmpty()) << static_cast<int>(packing);
    EXPECT_THAT(Gaps(numbers), IsEmpty()) << static_cast<int>(packing);
  }
}

TEST(TorchZip, NumbersThatBeginLikeAnotherFormatAreNumbers) {
  const std::string begins[] = {"\x78\x9c",
                                "\x1f\x8b\x08",
                                std::string("X\n\0\0\0\0\0\0", 8),
                                std::string("\x50\x2a\x4d\x18\xff\xff\xff\x7f", 8),
                                "MZ",
                                "\x80\4",
                                "BZh9"};
  for (const std::string& begin : begins) {
    const FileAnalysis analysis = Analyse(CheckpointOf(begin + Numbers(400)));
    EXPECT_THAT(Rules(analysis), IsEmpty()) << begin;
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << begin;
  }
}

// PackageImporter.load_pickle("data", "model") unpickles it, whoever claims it to be numbers.
TEST(TorchZip, APackageCalledDataHoldsNoStorages) {
  for (const bool checkpoint : {false, true}) {
    ZipBuilder zip;
    zip.Stored("p/version", "6\n");
    zip.Stored("p/.data/extern_modules", "");
    if (checkpoint) zip.Stored("p/data.pkl", Harmless());
    zip.Stored("p/data/model", Payload());
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "p/data/model")) << checkpoint;
    EXPECT_THAT(Rules(analysis), Not(Contains("FMT-107"))) << checkpoint;
  }
}

TEST(TorchZip, AScriptInTheFolderOfTheStoragesIsAScript) {
  ZipBuilder zip;
  const std::string pickle = PickleBuilder().Proto(2).Storage("handler.py", 10).Stop();
  zip.Stored("m/data.pkl", pickle);
  zip.Stored("m/version", "3\n");
  zip.Stored("m/data/handler.py", "import os\n");
  EXPECT_THAT(Gaps(Analyse(zip.Build())), Contains("no-analyser"));
}

TEST(TorchLegacy, StoragesAreHeldAgainstWhatTensorsClaim) {
  const std::string object =
      PickleBuilder().Proto(2).Storage("7", 10, "FloatStorage").Storage("9", 3).Pop().Stop();
  const std::string honest = Legacy(object, Counted(10, 40) + Counted(3, 3));
  EXPECT_EQ(Analyse(honest).type, "torch-legacy");
  EXPECT_THAT(Rules(Analyse(honest)), IsEmpty());
  EXPECT_THAT(Gaps(Analyse(honest)), IsEmpty());
  // A third storage, which fits the layout, but which nothing refers to.
  const FileAnalysis more = Analyse(honest + Counted(64, 64));
  EXPECT_THAT(Rules(more), ElementsAre("FMT-108"));
  EXPECT_THAT(Gaps(more), ElementsAre("unparsed-bytes"));
}

TEST(TorchStorages, NoClaimsSayNothingAndUnknownClassesClaimAll) {
  container::TorchStorages storages;
  EXPECT_FALSE(storages.Of("m/data/0").by_anyone);
  storages.Claim("m/data.pkl", "0", std::nullopt);
  storages.Claim("m/data.pkl", "0", 8);
  EXPECT_TRUE(storages.Of("m/data/0").by_anyone);
  EXPECT_FALSE(storages.Of("m/data/0").bytes);
  EXPECT_FALSE(storages.Of("m/constants/0").by_anyone);
  storages.Claim("m/bytecode.pkl", "1", 8);
  EXPECT_EQ(storages.Of("m/constants/1").bytes, 8U);
  storages.Claim("m/data.pkl", "9", 8);
  storages.Claim("m/data.pkl", "8", 0);
  EXPECT_THAT(storages.Unanswered(), ElementsAre("data/9"));
}

}  // namespace
}  // namespace counterscan

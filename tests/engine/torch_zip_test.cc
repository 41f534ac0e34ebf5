// Storages of torch archives, held against what the tensors claim of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "scanner/container/torch_storages.h"
#include "scanner/container/zip_kind.h"
#include "tests/engine/analysis_test_util.h"
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
  const std::string keys = PickleBuilder().Proto(2).EmptyList().Put(0).Stop();
  return magic + protocol + Harmless() + object + keys + storages;
}

std::string Counted(std::uint8_t elements, std::size_t bytes) {
  return static_cast<char>(elements) + std::string(7, '\0') + Numbers(bytes);
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

// Zips that frameworks run code from: torch.package, torch.export, TorchServe, TorchScript, Java.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/engine/analysis_test_util.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kElf = std::string(
                             "\x7f"
                             "ELF\2\1\1",
                             7) +
                         std::string(57, '\0');
// Version 52, one entry in the pool of constants.
const std::string kJavaClass("\xca\xfe\xba\xbe\0\0\0\x34\0\1\0\x21\0\0\0\0\0\0\0\0\0\0\0\0", 24);

TEST(ModelArchive, CodeThatTorchPackageImportsIsReported) {
  ZipBuilder zip;
  zip.Stored("p/.data/extern_modules", "torch\n");
  zip.Stored("p/.data/version", "6\n");
  zip.Stored("p/model/model.pkl", Harmless());
  zip.Stored("p/my/module.py", "import os\n");
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torch-package");
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-109"));
  EXPECT_THAT(Gaps(analysis), Contains("no-analyser"));
}

TEST(ModelArchive, ADataPickleDoesNotHideThatItIsAPackage) {
  ZipBuilder zip;
  zip.Stored("p/data.pkl", Harmless());
  zip.Stored("p/version", "3\n");
  zip.Stored("P/.Data/extern_modules", "torch\n");
  zip.Stored("p/my/module.py", "import os\n");
  EXPECT_THAT(Rules(Analyse(zip.Build())), Contains("FMT-109"));
}

// Keras, skops and torch.export look for their own member and mind no other.
TEST(ModelArchive, MarksOfACheckpointHideNoOtherKind) {
  for (const std::string name : {"config.json", "schema.json", "models/model.json"}) {
    ZipBuilder zip;
    zip.Stored("data.pkl", Harmless());
    zip.Stored("version", "3\n");
    zip.Stored("metadata.json", "{}");
    zip.Stored("archive_format", "pt2");
    zip.Stored(name, "{}");
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_EQ(analysis.type, "torch-zip");
    const bool gap = std::ranges::any_of(analysis.gaps, [&](const Gap& found) {
      return found.where == name && found.reason == GapReason::kNoAnalyser;
    });
    EXPECT_TRUE(gap) << name;
  }
}

TEST(ModelArchive, AKerasConfigurationWithoutItsMarksIsAGap) {
  ZipBuilder keras;
  keras.Stored("config.json", R"({"class_name": "Sequential", "config": {"layers": []}})");
  EXPECT_THAT(Gaps(Analyse(keras.Build())), Contains("no-analyser"));
  ZipBuilder other;
  other.Stored("config.json", R"({"architectures": ["BertModel"], "hidden_size": 768})");
  EXPECT_THAT(Gaps(Analyse(other.Build())), IsEmpty());
}

TEST(ModelArchive, TheHandlerOfAServedModelIsReported) {
  ZipBuilder zip;
  zip.Stored("MAR-INF/MANIFEST.json", R"({"model":{"handler":"handler.py"}})");
  zip.Stored("handler.py", "import os\n");
  zip.Stored("model.pt", TorchZip(Payload(), {}));
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torch-mar");
  EXPECT_THAT(Rules(analysis), Contains("FMT-109"));
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Gaps(analysis), Contains("no-analyser"));
}

TEST(ModelArchive, AModelServedByABuiltInHandlerBringsNoCode) {
  ZipBuilder zip;
  zip.Stored("MAR-INF/MANIFEST.json", R"({"model":{"handler":"image_classifier"}})");
  zip.Stored("model.pt", TorchZip(Tensors({4}), {Numbers(4)}));
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Rules(analysis), Not(Contains("FMT-109")));
}

TEST(ModelArchive, NativeCodeInAnExportedProgramIsReportedAndItsGraphIsAGap) {
  ZipBuilder zip;
  zip.Stored("m/archive_format", "pt2");
  zip.Stored("m/archive_version", "0");
  zip.Stored("m/models/model.json", "{}");
  zip.Stored("m/data/aotinductor/model/k.so", kElf);
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torch-export");
  EXPECT_THAT(Rules(analysis), Contains("FMT-102"));
  EXPECT_THAT(Gaps(analysis), Contains("no-analyser"));
}

TEST(ModelArchive, AnExportedProgramOfTheFirstFormatIsRecognised) {
  ZipBuilder zip;
  zip.Stored("serialized_exported_program.json", "{}");
  zip.Stored("serialized_state_dict.pt", TorchZip(Payload(), {}));
  zip.Stored("version", "5.1");
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torch-export");
  EXPECT_TRUE(SeesSystem(analysis));
  EXPECT_THAT(Gaps(analysis), Contains("no-analyser"));
}

TEST(ModelArchive, TorchScriptThatWritesFilesIsReported) {
  ZipBuilder zip;
  zip.Stored("m/data.pkl", Harmless());
  zip.Stored("m/constants.pkl", Harmless());
  zip.Stored("m/version", "3\n");
  zip.Stored("m/code/__torch__.py", "def forward(self, x):\n  torch.save(x, \"/tmp/x\")\n");
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "torchscript");
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-110"));
  EXPECT_EQ(analysis.findings[0].where, "m/code/__torch__.py");
  EXPECT_THAT(Gaps(analysis), Contains("no-analyser"));
}

TEST(ModelArchive, AJavaArchiveIsOneProgramAndNotManyHiddenOnes) {
  ZipBuilder zip;
  zip.Stored("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n");
  zip.Deflated("a/B.class", kJavaClass);
  zip.Deflated("a/C.class", kJavaClass);
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_EQ(analysis.type, "jar");
  EXPECT_THAT(Rules(analysis), ElementsAre("FMT-101"));
  EXPECT_THAT(Gaps(analysis), ElementsAre("no-analyser"));
}

TEST(ModelArchive, OtherProgramsAndPicklesInAJavaArchiveAreReportedAsAnywhere) {
  ZipBuilder zip;
  zip.Stored("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n");
  zip.Stored("lib.so", kElf);
  zip.Stored("m.pkl", Payload());
  const FileAnalysis analysis = Analyse(zip.Build());
  EXPECT_THAT(Rules(analysis), Contains("FMT-102"));
  EXPECT_TRUE(SeesSystem(analysis, "m.pkl"));
}

}  // namespace
}  // namespace counterscan

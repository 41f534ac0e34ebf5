// The built program beside a file of Hub answers that says something odd.

#include "tests/cli/hub_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/scan_program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

const json kNoIssues = {{"scansDone", true}, {"filesWithIssues", json::array()}};

// Scans one file, f.bin, as the only one of org/name.
json ScanBeside(const std::string& content, const json& entry, const json& status = kNoIssues) {
  TempDir dir;
  TempDir hub;
  dir.Write("f.bin", content);
  return Scan({dir.path(), "--repo", "org/name", "--revision", kCommit, "--hub",
               HubFile(hub, json::array({entry}), status)},
              AtAFixedTime());
}

TEST(HubFile, SafeOfTheSameBytesIsExitZero) {
  const json report = ScanBeside("text\n", SafeEntry("f.bin", "text\n"));
  EXPECT_EQ(report["exit"], 0) << report.dump(1);
  EXPECT_EQ(FileAt(report, "f.bin")["class"], "agree-clear");
}

TEST(HubFile, AnswersAboutAnotherRepositoryAreNotTakenForItsOwn) {
  TempDir dir;
  TempDir hub;
  dir.Write("f.bin", "text\n");
  const std::string file = HubFile(hub, json::array({SafeEntry("f.bin", "text\n")}), kNoIssues);
  const json other = Scan({dir.path(), "--repo", "a/b", "--hub", file});
  EXPECT_EQ(other["hub"]["note"], "it is about org/name, and says nothing about a/b");
  const json own = Scan({dir.path(), "--repo", "org/name", "--hub", file});
  EXPECT_TRUE(own["hub"]["note"].is_null()) << own["hub"];
}

TEST(HubFile, AFlagInAShapeThatIsNotKnownIsNotPassedOver) {
  for (const json& issues : {json::array({"f.bin"}), json{{"f.bin", "unsafe"}}}) {
    const json report = ScanBeside("text\n", SafeEntry("f.bin", "text\n"),
                                   {{"scansDone", true}, {"filesWithIssues", issues}});
    EXPECT_EQ(report["exit"], 1) << issues;
  }
  for (const json& scanner : {json("unsafe"), json::array({"unsafe"})}) {
    json entry = SafeEntry("f.bin", "text\n");
    entry["securityFileStatus"]["newScan"] = scanner;
    EXPECT_EQ(ScanBeside("text\n", entry)["exit"], 1) << scanner;
  }
}

TEST(HubFile, AShapeThatIsNotKnownConfirmsNothing) {
  const json unreadable = {{"scansDone", true}, {"filesWithIssues", 7}};
  EXPECT_EQ(ScanBeside("text\n", SafeEntry("f.bin", "text\n"), unreadable)["exit"], 3);
  json entry = SafeEntry("f.bin", "text\n");
  entry["securityFileStatus"]["newScan"] = json::array({7});
  EXPECT_EQ(ScanBeside("text\n", entry)["exit"], 3);
}

TEST(HubFile, APointerInsideAnArchiveHidesNoMismatch) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, 'a') +
      "\nsize 1234\n";
  ZipBuilder zip;
  zip.Stored("weights.bin", pointer);
  const json report = ScanBeside(zip.Build(), SafeEntry("f.bin", "what the Hub has\n"));
  EXPECT_THAT(GapReasonsOf(FileAt(report, "f.bin")), testing::Contains("pointer-only"));
  EXPECT_EQ(report["exit"], 4) << report.dump(1);
}

}  // namespace
}  // namespace counterscan

// The built program beside a file of Hub answers that says something odd.

#include "tests/cli/hub_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
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

TEST(HubFile, AListOfIssuesThatIsMissingIsSaid) {
  const json entry = SafeEntry("f.bin", "text\n");
  const json none = {{"scansDone", true}};
  for (const json& status : {json(nullptr), json::object(), none}) {
    const json report = ScanBeside("text\n", entry, status);
    EXPECT_EQ(report["exit"], 0) << status;
    EXPECT_EQ(FileAt(report, "f.bin")["hub"]["notes"],
              json::array({"the Hub gave no list of files with issues"}))
        << status;
  }
  EXPECT_TRUE(FileAt(ScanBeside("text\n", entry), "f.bin")["hub"]["notes"].empty());
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

// A part that is left out may have held the flag.
TEST(HubFile, WhatIsLeftOutOfTheFileIsMissedAndItsFlagsCount) {
  struct Row {
    const char* name;
    std::function<void(json& answers)> change;
    bool flags;  // the status of the repository does, where it can still be read
    int scan;
  };
  const auto scan_request = [](json& answers) -> json& { return answers[0]["requests"][2]; };
  const Row kRows[] = {
      {"nothing", [](json&) {}, false, 0},
      {"a status as text", [&](json& a) { scan_request(a)["status"] = "200"; }, false, 3},
      {"a status as text, with a flag", [&](json& a) { scan_request(a)["status"] = "200"; }, true,
       1},
      {"a list of requests that is none",
       [](json& a) {
         a.push_back({{"repo", "org/name"}, {"requests", {{"0", a[0]["requests"][2]}}}});
       },
       false, 3},
      {"no information", [](json& a) { a[0]["requests"].erase(0); }, false, 3},
      {"a request without a URL", [&](json& a) { scan_request(a).erase("url"); }, true, 3},
      {"an answer about nothing",
       [](json& a) {
         a.push_back({{"repo", "../x"}});
       },
       false, 3},
      {"a URL in capitals",
       [&](json& a) { scan_request(a)["url"] = "https://huggingface.co/api/models/ORG/NAME/scan"; },
       false, 3},
      {"a URL in capitals, with a flag",
       [&](json& a) { scan_request(a)["url"] = "https://huggingface.co/api/models/ORG/NAME/scan"; },
       true, 1},
      {"a URL with a port, with a flag",
       [&](json& a) {
         scan_request(a)["url"] = "https://huggingface.co:443/api/models/org/name/scan";
       },
       true, 1},
  };
  for (const Row& row : kRows) {
    TempDir dir;
    TempDir hub;
    dir.Write("f.bin", "text\n");
    json status = kNoIssues;
    if (row.flags) status["filesWithIssues"].push_back({{"path", "f.bin"}, {"level", "unsafe"}});
    const std::string file = HubFile(hub, json::array({SafeEntry("f.bin", "text\n")}), status);
    std::ifstream in(file.substr(5));
    json document = json::parse(in);
    row.change(document["answers"]);
    hub.Write("hub.json", document.dump());
    const json report = Scan(
        {dir.path(), "--repo", "org/name", "--revision", kCommit, "--hub", file}, AtAFixedTime());
    EXPECT_EQ(report["exit"], row.scan) << row.name << FileAt(report, "f.bin")["hub"].dump(1);
    const RunResult asked =
        Counterscan({"hub", "status", "org/name@" + kCommit, "--hub", file}, AtAFixedTime());
    EXPECT_EQ(asked.exit_status, row.scan) << row.name << asked.out;
  }
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

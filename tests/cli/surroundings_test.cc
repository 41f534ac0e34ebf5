// The built program where its surroundings are not to be trusted: what lies inside the scanned
// tree, and what the caller left of the standard descriptors.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "scanner/base/digest.h"
#include "tests/cli/hub_file.h"
#include "tests/cli/scan_program.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What lies inside the scanned tree was made by whoever made the files.
class UsersWord : public testing::Test {
 protected:
  json Compare(const json& listing,
               const json& status = {{"scansDone", true}, {"filesWithIssues", json::array()}}) {
    RunOptions options;
    options.environment["SOURCE_DATE_EPOCH"] = "1795651200";  // 2026-11-25 24:00 UTC
    return Scan({tree_.path(), "--repo", "org/name", "--revision", kCommit, "--hub",
                 HubFile(hub_, listing, status)},
                options);
  }
  TempDir tree_;
  TempDir hub_;
};

TEST_F(UsersWord, APlantedRecordDoesNotChooseTheCommit) {
  tree_.Write("f.bin", "tampered text\n");
  tree_.Write(".cache/huggingface/download/f.bin.metadata",
              std::string(40, '7') + "\n" + Sha256Hex("tampered text\n") + "\n9999999999.0\n");
  const json report = Compare(json::array({SafeEntry("f.bin", "text\n")}));
  EXPECT_EQ(report["exit"], 4) << report.dump(1);
  EXPECT_EQ(FileAt(report, "f.bin")["class"], "mismatch");
  EXPECT_THAT(report["notes"].dump(), HasSubstr("held against what --repo says"));
}

TEST_F(UsersWord, APlantedCacheDoesNotChooseTheRepository) {
  const std::string planted = "models--x--y/snapshots/" + std::string(40, '8') + "/f.bin";
  tree_.Write(planted, "text\n");
  const json report =
      Compare(json::array(),
              {{"scansDone", true},
               {"filesWithIssues", json::array({{{"path", planted}, {"level", "unsafe"}}})}});
  EXPECT_EQ(report["exit"], 1) << report.dump(1);
  EXPECT_EQ(FileAt(report, planted)["identity"]["repo"], "org/name");
  EXPECT_EQ(FileAt(report, planted)["identity"]["path"], planted);
}

TEST_F(UsersWord, NoPlaceInTheTreeTakesAFileOutOfTheComparison) {
  const json listing = json::array({SafeEntry("good.txt", "text\n")});
  const std::string blob = "models--x--y/blobs/" + std::string(40, 'b') + ".incomplete";
  for (const std::string& path :
       {std::string("CACHEDIR.TAG/f.bin"), std::string("a/.locks/f.lock"),
        std::string("models--x--y/refs/f.bin"), std::string("models--x--y/blobs/f.bin"), blob,
        std::string("sub/.cache/huggingface/download/f.bin")}) {
    TempDir tree;
    tree.Write(path, "unlisted text\n");
    const RunResult result = Counterscan(
        {"scan", tree.path(), "--av", "builtin", "--repo", "org/name", "--revision", kCommit,
         "--hub",
         HubFile(hub_, listing, {{"scansDone", true}, {"filesWithIssues", json::array()}})});
    EXPECT_EQ(result.exit_status, 3) << path << result.out;
  }
}

TEST_F(UsersWord, TheTargetsOwnSnapshotAndDownloadFillInTheRest) {
  tree_.Write("models--org--name/snapshots/" + kCommit + "/f.bin", "text\n");
  const json report =
      Scan({tree_ / ("models--org--name/snapshots/" + kCommit), "--repo", "org/name"});
  EXPECT_EQ(FileAt(report, "f.bin")["identity"]["commit"], kCommit);
  TempDir download;
  download.Write("sub/f.bin", "text\n");
  download.Write(".cache/huggingface/download/sub/f.bin.metadata",
                 kCommit + "\n" + Sha256Hex("text\n") + "\n9999999999.0\n");
  const json part = Scan({download / "sub", "--repo", "org/name"});
  EXPECT_EQ(FileAt(part, "f.bin")["identity"]["commit"], kCommit);
  EXPECT_EQ(FileAt(part, "f.bin")["identity"]["path"], "sub/f.bin");
}

TEST(Surroundings, ANamedFileOfACacheIsNotFollowedOutOfIt) {
  TempDir cache;
  TempDir outside;
  const std::string secret = outside.Write("secret.txt", "text\n");
  const std::string snapshot = "models--org--name/snapshots/" + kCommit;
  cache.Write("models--org--name/refs/main", kCommit);
  cache.Link(snapshot + "/f.txt", secret);
  RunOptions options;
  options.environment["HF_HUB_CACHE"] = cache.path();
  for (const std::string& target :
       {std::string("hf://org/name/f.txt"), cache / (snapshot + "/f.txt")}) {
    const json report = Scan({target}, options);
    EXPECT_EQ(report["exit"], 2) << report.dump(1);
    EXPECT_THAT(GapReasonsOf(FileAt(report, target)), ElementsAre("symlink-escapes"));
  }
}

TEST(Surroundings, DotsBehindALinkLeadWhereTheLinkLeads) {
  TempDir dir;
  dir.Write("x.pkl", HarmlessPickle());
  dir.Write("far/x.pkl", HostilePickle());
  dir.Write("far/inner/y.pkl", HarmlessPickle());
  std::filesystem::create_directory_symlink("far/inner", dir / "link");
  const json both = Scan({dir / "x.pkl", dir / "link/../x.pkl"});
  EXPECT_EQ(both["exit"], 1) << both.dump(1);
  EXPECT_EQ(both["files"].size(), 2u);
  const json folder = Scan({dir / "link/.."});
  EXPECT_EQ(folder["exit"], 1) << folder.dump(1);
  EXPECT_EQ(FileAt(folder, "x.pkl")["verdict"], "unsafe");
}

TEST(Surroundings, AListOfTargetsThatIsTooLongIsNotCut) {
  TempDir dir;
  const std::string file = dir.Write("a.txt", "text\n");
  RunOptions options;
  options.standard_input = file + "\n";
  EXPECT_EQ(Counterscan({"scan", "--av", "off", "--files-from", "-"}, options).exit_status, 0);
  options.standard_input += std::string(std::size_t{64} << 20, '\n') + dir.Write("evil", "cos\n");
  const RunResult result = Counterscan({"scan", "--av", "off", "--files-from", "-"}, options);
  EXPECT_EQ(result.exit_status, 64);
  EXPECT_THAT(result.err, HasSubstr("--files-from -: longer than"));
}

// A shell's `>&-`: the number would go to the next file opened, a socket to the workers.
TEST(Surroundings, AClosedStandardDescriptorIsAnErrorAndNotAnotherFile) {
  TempDir dir;
  dir.Write("a.txt", "text\n");
  const auto run = [&](const std::string& arguments) {
    return RunProgram(
        "/bin/sh", {"-c", "exec timeout 20 " + std::string(COUNTERSCAN_PROGRAM) + " " + arguments});
  };
  const std::string scan = "scan --av builtin ";
  for (const char* format : {"text", "json", "jsonl"}) {
    const RunResult result = run(scan + dir.path() + " -o " + format + " >&-");
    EXPECT_EQ(result.exit_status, 2) << format;
    EXPECT_THAT(result.err, HasSubstr("could not be written"));
  }
  EXPECT_EQ(run(scan + dir.path() + " <&- >&- 2>&-").exit_status, 2);
  EXPECT_EQ(run(scan + dir.path() + " <&- 2>&-").exit_status, 0);
  const RunResult no_input = run(scan + "- <&-");
  EXPECT_EQ(no_input.exit_status, 2);
  EXPECT_THAT(no_input.out, HasSubstr("standard input"));
  EXPECT_NE(run(scan + "--files-from - <&-").exit_status, 0);
  EXPECT_NE(run(scan + "--files-from - <&-").exit_status, 124);
  for (const char* command : {"version", "rules", "help", "--help"}) {
    EXPECT_EQ(run(std::string(command) + " >&-").exit_status, 2) << command;
  }
}

TEST(Surroundings, AReportToStandardOutputByItsLinkLeavesTheLink) {
  TempDir dir;
  dir.Write("in/a.txt", "text\n");
  dir.Link("stdout", "/proc/self/fd/1");
  const RunResult result =
      Counterscan({"scan", "--av", "builtin", dir / "in", "-o", "json=" + (dir / "stdout")});
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["exit"], 0);
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "stdout"));
}

TEST(Surroundings, AFileSizeLimitIsAnErrorThatIsSaid) {
  TempDir dir;
  dir.Write("in/a.txt", "text\n");
  const RunResult result =
      RunProgram("/bin/sh", {"-c", "ulimit -f 1; exec " + std::string(COUNTERSCAN_PROGRAM) +
                                       " scan --av off " + (dir / "in") +
                                       " -v -o json=" + (dir / "report.json")});
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_THAT(result.err, HasSubstr("File too large"));
  EXPECT_FALSE(std::filesystem::exists(dir / "report.json"));
}

// timeout(1) signals the program and then its whole group; a terminal that goes away, its group.
TEST(Surroundings, ASignalThatComesTwiceStillLeavesAReport) {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    TempDir dir;
    TempDir temporary;
    const std::string big = dir.Write("big.bin", "");
    ASSERT_EQ(truncate(big.c_str(), off_t{20} << 30), 0);
    RunOptions options;
    options.environment["TMPDIR"] = temporary.path();
    options.while_running = [&](pid_t program) {
      std::this_thread::sleep_for(std::chrono::milliseconds(700));
      for (int i = 0; i < 3; ++i) {
        kill(program, signal_number);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    };
    const json report = Scan({dir.path()}, options);
    EXPECT_EQ(report["exit"], 130) << signal_number;
    EXPECT_EQ(report["complete"], false);
    EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
  }
}

}  // namespace
}  // namespace counterscan

// The built program on files, good and bad, as a user would run it.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "hubclient/rfc3339.h"
#include "tests/cli/scan_program.h"
#include "tests/support/eicar.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ScanProgram, HarmlessFilesExitZeroWithFullCoverage) {
  TempDir dir;
  dir.Write("a.pkl", HarmlessPickle());
  dir.Write("b.txt", "some text\n");
  dir.Write("sub/model.pt", TorchZip(HarmlessPickle(), {}));
  const json report = Scan({dir.path()});
  EXPECT_EQ(report["exit"], 0) << report.dump(1);
  ASSERT_EQ(report["files"].size(), 3u);
  for (const json& file : report["files"]) {
    EXPECT_EQ(file["verdict"], "clean") << file.dump(1);
    EXPECT_EQ(file["coverage"]["state"], "full");
    EXPECT_EQ(file["class"], "not-compared");
    EXPECT_EQ(file["sha256"].get<std::string>().size(), 64u);
  }
  EXPECT_EQ(FileAt(report, "sub/model.pt")["type"], "torch-zip");
}

TEST(ScanProgram, ThreatsOfBothEnginesExitOne) {
  TempDir dir;
  dir.Write("evil.pt", TorchZip(HostilePickle(), {}));
  dir.Write("eicar.txt", Eicar());
  const json report = Scan({dir.path()});
  EXPECT_EQ(report["exit"], 1);
  const json& evil = FileAt(report, "evil.pt");
  EXPECT_EQ(evil["verdict"], "unsafe");
  const json& finding = FindingOf(evil, "pickle");
  EXPECT_EQ(finding["where"], "archive/data.pkl");
  EXPECT_THAT(finding["message"].get<std::string>(), HasSubstr("posix.system"));
  EXPECT_EQ(evil["imports"][0]["module"], "posix");
  EXPECT_EQ(evil["imports"][0]["name"], "system");
  const json& eicar = FileAt(report, "eicar.txt");
  EXPECT_EQ(eicar["verdict"], "unsafe");
  EXPECT_EQ(eicar["findings"][0]["engine"], "clamav");
}

TEST(ScanProgram, APayloadBehindMuchThatDoesNothingIsFound) {
  TempDir dir;
  std::string padded;
  for (int i = 0; i < 10'000; ++i) padded += "N0";
  padded += "cposix\nsystem\n(S'true'\ntR.";
  dir.Write("notes.txt", padded);
  dir.Write("model.pt", TorchZip(padded, {}));
  // What nothing recognises as a pickle, but torch unpickles by its name.
  dir.Write("odd.pt", TorchZip("I1 \n0" + padded, {}));
  const json report = Scan({dir.path(), "--av", "off"});
  for (const json& file : report["files"]) {
    EXPECT_EQ(file["verdict"], "unsafe") << file.dump(1);
  }
}

TEST(ScanProgram, TheTwoDigestsAreThoseOfTheBytes) {
  TempDir dir;
  dir.Write("hello", "Hello, World!");
  const json report = Scan({dir.path()});
  const json& file = FileAt(report, "hello");
  EXPECT_EQ(file["sha256"], "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f");
  EXPECT_EQ(file["git_sha1"], "b45ef6fec89518d314f546fd6c3025367b721684");
}

TEST(ScanProgram, WithoutSignaturesNothingIsClean) {
  TempDir dir;
  TempDir no_signatures;
  dir.Write("a.pkl", HarmlessPickle());
  const RunResult result = Counterscan({"scan", dir.path(), "--db", no_signatures.path()});
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_THAT(result.out, HasSubstr("no-signatures"));
  EXPECT_THAT(result.out, HasSubstr("freshclam"));
  EXPECT_THAT(result.out, HasSubstr("--av builtin"));
  const RunResult accepted =
      Counterscan({"scan", dir.path(), "--db", no_signatures.path(), "--accept", "no-signatures"});
  EXPECT_EQ(accepted.exit_status, 0) << accepted.out;
}

TEST(ScanProgram, AGapOfAWholeFileHasAllItsBytes) {
  TempDir dir;
  dir.Write("a.txt", "twelve bytes");
  TempDir no_signatures;
  const json whole = json::array({0, 12});
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--av", "auto", "--db", no_signatures.path()},
        {"--depth", "bytes"}}) {
    std::vector<std::string> arguments = {dir.path()};
    arguments.insert(arguments.end(), how.begin(), how.end());
    const json report = Scan(arguments);
    const json& gaps = FileAt(report, "a.txt")["coverage"]["gaps"];
    ASSERT_EQ(gaps.size(), 1u) << report.dump(1);
    EXPECT_EQ(gaps[0]["bytes"], whole);
  }
}

TEST(ScanProgram, SignaturesFromADirectoryAreMatched) {
  TempDir dir;
  TempDir db;
  // "signature for this test" in hexadecimal.
  db.Write("own.ndb", "Own.Test:0:*:7369676e617475726520666f7220746869732074657374\n");
  dir.Write("a.txt", "some text, then the signature for this test, and more\n");
  dir.Write("b.txt", "nothing\n");
  const RunResult result = Counterscan({"scan", dir.path(), "--db", db.path(), "-o", "json"});
  EXPECT_EQ(result.exit_status, 1) << result.out << result.err;
  const json report = json::parse(result.out);
  EXPECT_THAT(FileAt(report, "a.txt")["findings"][0]["message"].get<std::string>(),
              HasSubstr("Own.Test"));
  EXPECT_THAT(FileAt(report, "b.txt")["findings"], testing::IsEmpty());
  EXPECT_THAT(Counterscan({"scan", dir.path(), "--db", db.path()}).out,
              HasSubstr("with 1 signature from "));
}

std::vector<std::string> GapsWith(const TempDir& db, const std::vector<std::string>& arguments) {
  TempDir dir;
  dir.Write("a.txt", "text\n");
  std::vector<std::string> all = {"scan", dir.path(), "--db", db.path(), "-o", "json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const RunResult result = Counterscan(all);
  const json report = json::parse(result.out);
  EXPECT_EQ(result.exit_status, arguments.empty() ? 2 : 0) << result.out;
  return GapReasonsOf(report["files"][0]);
}

TEST(ScanProgram, ADatabaseWithoutASignatureIsNone) {
  TempDir commented;
  commented.Write("a.ndb", "#nothing\n");
  TempDir taking_back;
  taking_back.Write("a.fp", std::string(32, 'a') + ":17:Some.Name\n");
  TempDir for_programs;
  for_programs.Write("a.ndb", "Own.Exe:1:*:7369676e6174757265\n");
  for (const TempDir* db : {&commented, &taking_back, &for_programs}) {
    EXPECT_THAT(GapsWith(*db, {}), ElementsAre("no-signatures"));
    EXPECT_THAT(GapsWith(*db, {"--accept", "no-signatures"}), ElementsAre("no-signatures"));
  }
}

TEST(ScanProgram, SignaturesOfAnUnknownAgeAreNotFresh) {
  TempDir db;
  db.Write("own.ndb", "Own.Test:0:*:7369676e6174757265\n");
  EXPECT_THAT(GapsWith(db, {}), ElementsAre("old-signatures"));
  EXPECT_THAT(GapsWith(db, {"--accept", "old-signatures"}), ElementsAre("old-signatures"));
}

TEST(ScanProgram, WhatOnlyHasTheNameOfASignatureFileIsAGap) {
  TempDir db;
  db.Write("own.ndb", "Own.Test:0:*:7369676e6174757265\n");
  db.Link("main.cvd", "gone");
  EXPECT_THAT(GapsWith(db, {}), Contains("signature-file"));
}

TEST(ScanProgram, ASignatureFileThatCannotBeLoadedIsNoBrokenEngine) {
  TempDir db;
  db.Write("bad.ndb", "this is no signature\n");
  db.Write("own.ndb", "Own.Test:0:*:7369676e6174757265\n");
  EXPECT_THAT(GapsWith(db, {}), ElementsAre("old-signatures", "signature-file"));
}

TEST(ScanProgram, BadThingsInATreeEachGetALineAndNothingIsCalledClean) {
  TempDir dir;
  dir.Write("empty", "");
  dir.Write("folder/file.txt", "text\n");
  dir.Link("folder/loop", "..");
  dir.Link("out", "/etc/hostname");
  dir.Link("gone", "nowhere");
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  const json report = Scan({dir.path()});
  EXPECT_EQ(report["exit"], 2);
  EXPECT_EQ(FileAt(report, "empty")["verdict"], "clean");
  EXPECT_THAT(GapReasonsOf(FileAt(report, "out")), ElementsAre("symlink-escapes"));
  EXPECT_THAT(GapReasonsOf(FileAt(report, "gone")), ElementsAre("unreadable"));
  EXPECT_THAT(GapReasonsOf(FileAt(report, "fifo")), ElementsAre("not-a-regular-file"));
  for (const char* path : {"out", "gone", "fifo"}) {
    EXPECT_EQ(FileAt(report, path)["verdict"], "incomplete");
    EXPECT_EQ(FileAt(report, path)["coverage"]["state"], "none");
  }
  EXPECT_THAT(report["notes"].dump(), HasSubstr("loop leads back"));
}

TEST(ScanProgram, AnEmptyDirectoryIsNotSafety) {
  TempDir dir;
  const RunResult result = Counterscan({"scan", "--av", "builtin", dir.path()});
  EXPECT_EQ(result.exit_status, 2);
  EXPECT_THAT(result.out + result.err, HasSubstr("nothing to scan"));
}

TEST(ScanProgram, WhatIsNamedTwiceIsCountedOnce) {
  TempDir dir;
  dir.Write("own/a.pkl", HostilePickle());
  const std::string own = dir.path() + "/own";
  const json report = Scan({own, own + "/../own", own + "/a.pkl"});
  ASSERT_EQ(report["files"].size(), 1u) << report.dump(1);
  EXPECT_EQ(report["files"][0]["path"], own + "/a.pkl");
  EXPECT_THAT(report["notes"].dump(), HasSubstr("2 files were named more than once"));
  EXPECT_EQ(report["errors"], json::array());
}

TEST(ScanProgram, ADeviceIsNotRead) {
  const json report = Scan({"/dev/zero"});
  EXPECT_EQ(report["exit"], 2);
  EXPECT_THAT(GapReasonsOf(FileAt(report, "/dev/zero")), ElementsAre("not-a-regular-file"));
}

TEST(ScanProgram, HostileNamesCannotForgeLinesOrColours) {
  TempDir dir;
  const std::string name =
      "b\nclean.bin: OK\x1b[2K\x9b"
      "31m\xe2\x80\xae"
      "gpj.\xff";
  dir.Write(name, HostilePickle());
  for (const char* format : {"text", "json", "jsonl"}) {
    const RunResult result =
        Counterscan({"scan", "--av", "builtin", "-v", "-o", format, dir.path()});
    EXPECT_EQ(result.exit_status, 1);
    for (const char c : result.out + result.err) {
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << format << int{c};
    }
    EXPECT_THAT(result.out, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(result.out, Not(HasSubstr("\nclean.bin: OK")));
  }
  const json report = Scan({dir.path()});
  EXPECT_TRUE(report["files"][0].contains("path_b64"));
}

TEST(ScanProgram, StandardInputIsAFileLikeAnyOther) {
  RunOptions options;
  options.standard_input = HostilePickle();
  const json report = Scan({"-"}, options);
  EXPECT_EQ(report["exit"], 1);
  EXPECT_EQ(FileAt(report, "-")["verdict"], "unsafe");
}

TEST(ScanProgram, ATargetThatDoesNotExistIsAUsageErrorWithBothReadings) {
  const RunResult result = Counterscan({"scan", "no-such/model"});
  EXPECT_EQ(result.exit_status, 64);
  EXPECT_THAT(result.err, HasSubstr("no file or directory 'no-such/model'"));
  EXPECT_THAT(result.err, HasSubstr("repository"));
}

TEST(ScanProgram, ARepositoryIsFoundInTheLocalCache) {
  TempDir cache;
  const std::string commit(40, 'a');
  const std::string repo = "models--org--name/";
  cache.Write(repo + "refs/main", commit);
  cache.Write(repo + "blobs/b45ef6fec89518d314f546fd6c3025367b721684", "Hello, World!");
  cache.Link(repo + "snapshots/" + commit + "/README.md",
             "../../blobs/b45ef6fec89518d314f546fd6c3025367b721684");
  RunOptions options;
  options.environment["HF_HUB_CACHE"] = cache.path();
  const json report = Scan({"org/name"}, options);
  EXPECT_EQ(report["exit"], 0) << report.dump(1);
  const json& file = FileAt(report, "README.md");
  EXPECT_EQ(file["identity"]["repo"], "org/name");
  EXPECT_EQ(file["identity"]["commit"], commit);
  EXPECT_EQ(file["identity"]["expected"], "b45ef6fec89518d314f546fd6c3025367b721684");
}

// The file that the report for a person tells to look at.
std::string CommandToLook(const std::string& screen) {
  const std::string before = "counterscan explain ";
  const std::size_t at = screen.find(before);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + before.size();
  return screen.substr(begin, screen.find('\n', begin) - begin);
}

TEST(ScanProgram, TheFileToLookAtIsFoundFromWhereTheUserIs) {
  TempDir dir;
  const std::string repo = "models--org--name/";
  const std::string commit(40, 'a');
  dir.Write(repo + "refs/main", commit);
  const std::string file = dir.Write(repo + "snapshots/" + commit + "/sub/m.pkl", HostilePickle());
  RunOptions options;
  options.environment["HF_HUB_CACHE"] = dir.path();
  options.directory = dir.path();
  const auto look = [&](const std::vector<std::string>& targets) {
    std::vector<std::string> arguments = {"scan", "--av", "off"};
    arguments.insert(arguments.end(), targets.begin(), targets.end());
    return CommandToLook(Counterscan(arguments, options).out);
  };
  EXPECT_EQ(look({"org/name"}), file);
  EXPECT_EQ(look({"org/name", repo + "refs"}), file);
  const std::string below = repo + "snapshots/" + commit;
  EXPECT_EQ(look({below}), below + "/sub/m.pkl");
  EXPECT_EQ(look({below + "/"}), below + "/sub/m.pkl");
  EXPECT_EQ(look({below, repo + "refs"}), below + "/sub/m.pkl");
  EXPECT_EQ(look({below + "/sub/m.pkl"}), below + "/sub/m.pkl");
  options.standard_input = HostilePickle();
  EXPECT_EQ(look({"-"}), "");
}

TEST(ScanProgram, ABlobIsScannedOnceAndListedUnderItsSnapshots) {
  TempDir cache;
  const std::string repo = "models--org--name/";
  cache.Write(repo + "blobs/x", HostilePickle());
  cache.Link(repo + "snapshots/" + std::string(40, 'a') + "/m.pkl", "../../blobs/x");
  cache.Link(repo + "snapshots/" + std::string(40, 'b') + "/m.pkl", "../../blobs/x");
  cache.Write(repo + "blobs/orphan", HostilePickle());
  const json report = Scan({cache.path()});
  ASSERT_EQ(report["files"].size(), 3u) << report.dump(1);
  for (const json& file : report["files"]) EXPECT_EQ(file["verdict"], "unsafe");
}

TEST(ScanProgram, JsonLinesEndWithAClosingObject) {
  TempDir dir;
  for (int i = 0; i < 20; ++i) dir.Write("f" + std::to_string(i), "text\n");
  const RunResult result = Counterscan({"scan", "--av", "builtin", "-o", "jsonl", dir.path()});
  std::vector<json> lines;
  std::istringstream text(result.out);
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  ASSERT_EQ(lines.size(), 22u);
  EXPECT_EQ(lines.front()["schema"], "counterscan.report/1");
  EXPECT_EQ(lines.back()["complete"], true);
  EXPECT_EQ(lines.back()["exit"], 0);
}

TEST(ScanProgram, TheSameBytesGiveTheSameReport) {
  TempDir dir;
  for (int i = 0; i < 50; ++i) dir.Write("f" + std::to_string(i), HarmlessPickle());
  RunOptions options;
  options.environment["SOURCE_DATE_EPOCH"] = "1700000000";
  const std::string first = Scan({dir.path()}, options).dump();
  EXPECT_EQ(first, Scan({dir.path()}, options).dump());
  EXPECT_EQ(first, Scan({dir.path(), "-j", "1"}, options).dump());
}

TEST(ScanProgram, ReportsAreWrittenToFilesWholeOrNotAtAll) {
  TempDir dir;
  TempDir out;
  dir.Write("a.txt", "text\n");
  const RunResult good =
      Counterscan({"scan", "--av", "builtin", dir.path(), "-o", "json=" + (out / "r.json")});
  EXPECT_EQ(good.exit_status, 0);
  EXPECT_EQ(json::parse(std::ifstream(out / "r.json"))["exit"], 0);
  const RunResult bad =
      Counterscan({"scan", "--av", "builtin", dir.path(), "-o", "json=/nonexistent/r.json"});
  EXPECT_EQ(bad.exit_status, 2);
  EXPECT_THAT(bad.err, HasSubstr("could not be written"));
}

TEST(ScanProgram, AReportWithNowhereToGoIsSaidBeforeTheScan) {
  TempDir dir;
  dir.Write("evil.pkl", HostilePickle());
  for (const std::string& target : {std::string("/nonexistent/r.json"), dir.path()}) {
    const RunResult result =
        Counterscan({"scan", "--av", "builtin", dir.path(), "-o", "json=" + target, "-o", "text"});
    EXPECT_EQ(result.exit_status, 2);
    EXPECT_THAT(result.err, HasSubstr(target));
    EXPECT_THAT(result.err, HasSubstr("nothing was scanned"));
    EXPECT_EQ(result.out, "");
  }
}

TEST(ScanProgram, AnOutputThatFailsTakesNoOtherWithIt) {
  TempDir dir;
  TempDir out;
  dir.Write("evil.pkl", HostilePickle());
  const std::vector<std::string> scan = {"scan", "--av", "builtin", dir.path(), "-o"};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = scan;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Counterscan(arguments);
  };
  const RunResult two =
      with({"json=/dev/full", "-o", "text", "-o", "jsonl=" + (out / "lines.jsonl")});
  EXPECT_EQ(two.exit_status, 1);
  EXPECT_THAT(two.err, HasSubstr("/dev/full"));
  EXPECT_THAT(two.out, HasSubstr("DO NOT LOAD"));
  EXPECT_TRUE(std::filesystem::exists(out / "lines.jsonl"));
  // Nothing was asked to go to standard output; now it is all there is.
  EXPECT_THAT(with({"json=/dev/full"}).out, HasSubstr("DO NOT LOAD"));
}

TEST(ScanProgram, AReportThatIsNotWrittenIsNotFinished) {
  TempDir dir;
  dir.Write("a.txt", "text\n");
  const std::vector<std::string> arguments = {"scan",  "--av",    "builtin", dir.path(),
                                              "--hub", "require", "-o",      "json"};
  EXPECT_EQ(Counterscan(arguments).exit_status, 3);
  std::vector<std::string> unwritten = arguments;
  unwritten.back() = "json=/dev/full";
  EXPECT_EQ(Counterscan(unwritten).exit_status, 2);
}

TEST(ScanProgram, AFullStandardOutputIsAnError) {
  TempDir dir;
  dir.Write("a.txt", "text\n");
  const RunResult result =
      RunProgram("/bin/sh", {"-c", std::string(COUNTERSCAN_PROGRAM) + " scan --av builtin " +
                                       dir.path() + " > /dev/full"});
  EXPECT_EQ(result.exit_status, 2);
}

TEST(ScanProgram, StructureOnlySaysWhatWasSwitchedOff) {
  TempDir dir;
  dir.Write("evil.pkl", HostilePickle());
  const json report = Scan({dir.path(), "--depth", "structure"});
  EXPECT_EQ(report["exit"], 1);
  EXPECT_TRUE(report["files"][0]["sha256"].is_null());
  const RunResult text = Counterscan({"scan", dir.path(), "--depth", "structure"});
  EXPECT_THAT(text.out, HasSubstr("--depth structure"));
}

TEST(ScanProgram, BeingOfflineIsSaidWhoeverSaysSo) {
  TempDir dir;
  dir.Write("a.pkl", HarmlessPickle());
  RunOptions by_environment;
  by_environment.environment["HF_HUB_OFFLINE"] = "1";
  EXPECT_THAT(Scan({dir.path()}, by_environment)["tool"]["switched_off"].dump(),
              HasSubstr("--offline"));
  EXPECT_THAT(Scan({dir.path(), "--offline"})["tool"]["switched_off"].dump(),
              HasSubstr("--offline"));
  RunOptions by_older_name;
  by_older_name.environment = {{"HF_HUB_OFFLINE", ""}, {"TRANSFORMERS_OFFLINE", "1"}};
  EXPECT_THAT(Scan({dir.path()}, by_older_name)["tool"]["switched_off"].dump(),
              HasSubstr("--offline"));
  const RunResult required = Counterscan({"scan", dir.path(), "--hub", "require"}, by_environment);
  EXPECT_EQ(required.exit_status, 64);
  EXPECT_THAT(required.err, HasSubstr("HF_HUB_OFFLINE and --hub require exclude each other"));
}

TEST(ScanProgram, BytesOnlyIsQuickAndNeverClean) {
  TempDir dir;
  dir.Write("evil.pkl", HostilePickle());
  const json report = Scan({dir.path(), "--depth", "bytes", "--av", "off"});
  EXPECT_EQ(report["exit"], 2);
  EXPECT_EQ(report["files"][0]["sha256"].get<std::string>().size(), 64u);
  EXPECT_THAT(GapReasonsOf(report["files"][0]), ElementsAre("not-analysed"));
}

TEST(ScanProgram, AFileThatGrowsOrShrinksWhileItIsReadIsNotClean) {
  TempDir dir;
  const std::string path = dir.Write("big.bin", "");
  ASSERT_EQ(truncate(path.c_str(), off_t{3} << 30), 0);
  RunOptions options;
  options.while_running = [&](pid_t) {
    // Every few milliseconds, so that some change falls into the reading.
    for (int i = 1; i <= 40; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (truncate(path.c_str(), (off_t{3} << 30) - i * 4096) != 0) return;
    }
  };
  const json report = Scan({path}, options);
  EXPECT_EQ(report["exit"], 2) << report.dump(1);
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("changed-while-scanning"));
}

// Processes named counterscan-worker below `parent`, the zygote first.
std::vector<pid_t> WorkersBelow(pid_t parent) {
  std::vector<pid_t> found;
  std::vector<pid_t> open = {parent};
  while (!open.empty()) {
    const pid_t next = open.back();
    open.pop_back();
    std::ifstream children("/proc/" + std::to_string(next) + "/task/" + std::to_string(next) +
                           "/children");
    for (pid_t child; children >> child;) {
      found.push_back(child);
      open.push_back(child);
    }
  }
  return found;
}

bool HasOpen(pid_t process, const std::string& path) {
  std::error_code error;
  for (const auto& descriptor :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd", error)) {
    if (std::filesystem::read_symlink(descriptor.path(), error) == path) return true;
  }
  return false;
}

TEST(ScanProgram, AWorkerKilledInTheMiddleCostsOneGapAndNothingElse) {
  TempDir dir;
  const std::string big = dir.Write("big.bin", "");
  ASSERT_EQ(truncate(big.c_str(), off_t{2} << 30), 0);
  for (int i = 0; i < 100; ++i) dir.Write("small" + std::to_string(i), "text\n");
  dir.Write("zz.pkl", HostilePickle());
  RunOptions options;
  options.while_running = [&](pid_t program) {
    // The worker that has been at the big file for a while.
    for (int attempt = 0; attempt < 200; ++attempt) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      for (const pid_t worker : WorkersBelow(program)) {
        std::ifstream stat("/proc/" + std::to_string(worker) + "/stat");
        std::string text;
        std::getline(stat, text);
        const std::size_t after_name = text.rfind(')');
        if (after_name == std::string::npos) continue;
        std::istringstream fields(text.substr(after_name + 2));
        std::string skipped;
        for (int i = 0; i < 11; ++i) fields >> skipped;
        long user = 0, system = 0;
        fields >> user >> system;
        if (user + system < 10 || !HasOpen(worker, big)) continue;
        kill(worker, SIGKILL);
        return;
      }
    }
  };
  const json report = Scan({dir.path()}, options);
  EXPECT_EQ(report["exit"], 1) << report.dump(1);
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["files"].size(), 102u);
  int incomplete = 0;
  for (const json& file : report["files"]) incomplete += file["verdict"] == "incomplete" ? 1 : 0;
  EXPECT_EQ(incomplete, 1);
  EXPECT_THAT(GapReasonsOf(FileAt(report, "big.bin")), Contains("worker-crashed"));
  EXPECT_EQ(FileAt(report, "zz.pkl")["verdict"], "unsafe");
}

TEST(ScanProgram, CtrlCGivesAPartialReportThatSaysSo) {
  TempDir dir;
  const std::string big = dir.Write("big.bin", "");
  ASSERT_EQ(truncate(big.c_str(), off_t{20} << 30), 0);
  dir.Write("a.pkl", HostilePickle());
  RunOptions options;
  options.while_running = [&](pid_t program) {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    kill(program, SIGINT);
  };
  const json report = Scan({dir.path()}, options);
  EXPECT_EQ(report["exit"], 130);
  EXPECT_EQ(report["complete"], false);
  EXPECT_EQ(FileAt(report, "a.pkl")["verdict"], "unsafe");
  EXPECT_THAT(GapReasonsOf(FileAt(report, "big.bin")), Contains("not-finished"));
}

TEST(ScanProgram, AnInterruptedScanCountsWhatItFinished) {
  TempDir dir;
  const std::string big = dir.Write("big.bin", "");
  ASSERT_EQ(truncate(big.c_str(), off_t{20} << 30), 0);
  dir.Write("a.txt", "text\n");
  RunOptions options;
  // The small file is done by then, even on a slow and busy machine; the other takes far longer.
  options.while_running = [&](pid_t program) {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    kill(program, SIGINT);
  };
  const RunResult result = Counterscan({"scan", "--av", "builtin", dir.path()}, options);
  EXPECT_THAT(result.out, HasSubstr("exit 130: interrupted: 1 of 2 files finished"));
}

TEST(ScanProgram, ATemporaryDirectoryThatCannotBeWrittenIsSaid) {
  TempDir dir;
  dir.Write("a.pkl", HarmlessPickle());
  RunOptions options;
  options.environment["TMPDIR"] = "/proc";
  const RunResult result = Counterscan({"scan", "--av", "builtin", dir.path()}, options);
  EXPECT_EQ(result.exit_status, 2) << result.out;
  EXPECT_THAT(result.out + result.err, HasSubstr("temporary"));
}

TEST(ScanProgram, NothingIsLeftBehind) {
  TempDir dir;
  TempDir temporary;
  dir.Write("a.pkl", HarmlessPickle());
  RunOptions options;
  options.environment["TMPDIR"] = temporary.path();
  EXPECT_EQ(Scan({dir.path()}, options)["exit"], 0);
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Readme, ShowsWhatTheDemonstrationPrints) {
  TempDir no_signatures;
  RunOptions options;
  options.directory = COUNTERSCAN_SOURCE_DIR;
  // The answers are as old as the build; the screen in README says 4 hours.
  const std::string answers = ReadFile(options.directory + "/fixtures/demo-hub.json");
  std::smatch asked;
  ASSERT_TRUE(std::regex_search(answers, asked, std::regex("\"time\": \"([^\"]*)\"")));
  const auto asked_at = ParseRfc3339(asked[1].str());
  ASSERT_TRUE(asked_at);
  const auto scanned_at = asked_at->time_since_epoch() + std::chrono::hours(4);
  options.environment["SOURCE_DATE_EPOCH"] =
      std::to_string(std::chrono::seconds(scanned_at).count());
  const RunResult result =
      Counterscan({"scan", "fixtures/demo", "--hub", "file:fixtures/demo-hub.json", "--db",
                   no_signatures.path()},
                  options);
  EXPECT_EQ(result.exit_status, 1) << result.err;
  std::string screen = result.out;
  const std::size_t at = screen.find(no_signatures.path());
  ASSERT_NE(at, std::string::npos) << screen;
  screen.replace(at, no_signatures.path().size(), "/var/lib/clamav");
  screen = std::regex_replace(screen, std::regex(asked[1].str()), "2026-11-21T22:40:00Z");
  EXPECT_THAT(ReadFile(std::string(COUNTERSCAN_SOURCE_DIR) + "/README.md"), HasSubstr(screen));
}

// The answers of the demonstration, as if they had been given at `time`.
std::string DemoAnswersOf(const std::string& time) {
  const std::string answers =
      ReadFile(std::string(COUNTERSCAN_SOURCE_DIR) + "/fixtures/demo-hub.json");
  return std::regex_replace(answers, std::regex("\"time\": \"[^\"]*\""),
                            "\"time\": \"" + time + "\"");
}

TEST(ScanProgram, AFixedReportTimeDoesNotMakeAnOldSafeFreshAgain) {
  TempDir dir;
  RunOptions options;
  options.environment["SOURCE_DATE_EPOCH"] = "1700000000";
  const std::string old = dir.Write("old.json", DemoAnswersOf("2023-11-14T22:00:00Z"));
  const std::string demo = std::string(COUNTERSCAN_SOURCE_DIR) + "/fixtures/demo";
  const json report = Scan({demo, "--hub", "file:" + old}, options);
  EXPECT_EQ(report["tool"]["created"], "2023-11-14T22:13:20Z");
  int stale = 0;
  for (const json& file : report["files"]) {
    EXPECT_NE(file["class"], "agree-clear") << file.dump(1);
    stale += file["hub"]["state"] == "stale" ? 1 : 0;
  }
  EXPECT_GT(stale, 0);
  options.environment["SOURCE_DATE_EPOCH"] = "yesterday";
  EXPECT_EQ(Counterscan({"scan", demo}, options).exit_status, 64);
}

TEST(OtherCommands, CommandsOfLaterVersionsAreNoTargets) {
  TempDir dir;
  dir.Write("doctor/a.txt", "text\n");
  RunOptions options;
  options.directory = dir.path();
  for (const char* word : {"doctor", "verify", "report", "access", "completion"}) {
    const RunResult result = Counterscan({word, "a", "b"}, options);
    EXPECT_EQ(result.exit_status, 64) << word;
    EXPECT_THAT(result.err, HasSubstr("'" + std::string(word) + "' is not in this version"));
  }
  EXPECT_THAT(Counterscan({"doctor"}, options).err, HasSubstr("./doctor"));
  EXPECT_EQ(Counterscan({"./doctor", "--av", "builtin"}, options).exit_status, 0);
  EXPECT_EQ(Counterscan({"scan", "doctor", "--av", "builtin"}, options).exit_status, 0);
}

TEST(OtherCommands, AFileThatLooksLikeAnOptionIsNamedAnotherWay) {
  TempDir dir;
  dir.Write("-x.pkl", HarmlessPickle());
  RunOptions options;
  options.directory = dir.path();
  for (const char* command : {"explain", "scan"}) {
    const RunResult result = Counterscan({command, "-x.pkl"}, options);
    EXPECT_EQ(result.exit_status, 64);
    EXPECT_THAT(result.err, HasSubstr("the file of that name is ./-x.pkl")) << command;
    EXPECT_NE(Counterscan({command, "./-x.pkl"}, options).exit_status, 64);
  }
}

TEST(OtherCommands, AMisspeltCommandIsNotAMissingFile) {
  const RunResult result = Counterscan({"scna", "fixtures/demo"});
  EXPECT_EQ(result.exit_status, 64);
  EXPECT_THAT(result.err, HasSubstr("no command, file or repository 'scna'"));
  EXPECT_THAT(result.err, HasSubstr("Did you mean 'scan'?"));
  // A file of such a name is a file.
  TempDir dir;
  dir.Write("scna", "text\n");
  RunOptions options;
  options.directory = dir.path();
  EXPECT_EQ(Counterscan({"scna", "--av", "builtin"}, options).exit_status, 0);
  // So is a repository.
  dir.Write("models--scnn/refs/main", std::string(40, 'a'));
  dir.Write("models--scnn/snapshots/" + std::string(40, 'a') + "/a.txt", "text\n");
  options.environment["HF_HUB_CACHE"] = dir.path();
  EXPECT_EQ(Counterscan({"scnn", "--av", "builtin"}, options).exit_status, 0);
}

TEST(OtherCommands, RulesVersionAndHelp) {
  EXPECT_THAT(Counterscan({"rules"}).out, HasSubstr("PKL-101"));
  EXPECT_THAT(Counterscan({"rules", "CLAM-1"}).out, HasSubstr("signature"));
  EXPECT_EQ(Counterscan({"rules", "PKL-1O1"}).exit_status, 64);
  EXPECT_THAT(Counterscan({"version"}).out, HasSubstr("counterscan 0."));
  EXPECT_THAT(Counterscan({"help"}).out, HasSubstr("scan TARGET"));
  EXPECT_THAT(Counterscan({"help", "exit-status"}).out, HasSubstr("130"));
  EXPECT_THAT(Counterscan({"help", "exit-codes"}).out, HasSubstr("130"));
  const RunResult nonsense = Counterscan({"help", "nonsense"});
  EXPECT_EQ(nonsense.exit_status, 64);
  EXPECT_THAT(nonsense.err, HasSubstr("exit-status, verdicts, "));
  EXPECT_EQ(Counterscan({}).exit_status, 64);
}

TEST(Scan, ExcludeHoldsForFilesThatAreNamedToo) {
  TempDir dir;
  const std::string kept = dir.Write("a.pkl", HarmlessPickle());
  const std::string left_out = dir.Write("notes.md", "# notes\n");
  const json report = Scan({kept, left_out, "--exclude", "*.md"});
  EXPECT_EQ(report["files"].size(), 1U);
  EXPECT_EQ(report["exit"], 0);
  EXPECT_NE(report.dump().find("1 file that was named is left out by --exclude"),
            std::string::npos);
  // Nothing scanned is nothing known.
  EXPECT_EQ(Scan({left_out, "--exclude", "*.md"})["exit"], 2);
}

}  // namespace
}  // namespace counterscan

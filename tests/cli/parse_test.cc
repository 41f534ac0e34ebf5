// What libclamav's own parsers find, by the built program: the samples of Debian's
// clamav-testfiles, all of which hold the same harmless program in some packing.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "tests/cli/scan_program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kSamples = "/usr/share/clamav-testfiles";

std::string SampleSignature() { return "aa15bcf478d165efd2065190eb473bcb:544:ClamAV-Test-File\n"; }

TEST(ParseMode, FindsEverySampleOfDebian) {
  TempDir database;
  database.Write("samples.hdb", SampleSignature());
  const json report = Scan({"--av", "auto", "--db", database.path(), kSamples});
  ASSERT_GE(report["files"].size(), 40u) << "the Debian package clamav-testfiles is missing";
  for (const json& file : report["files"]) {
    bool found = false;
    for (const json& finding : file["findings"]) {
      found = found ||
              finding["message"].get<std::string>().find("ClamAV-Test-File") != std::string::npos;
    }
    EXPECT_TRUE(found) << file.dump(1);
    // No warning of libclamav, and nothing that its sandbox refused.
    for (const char* reason : {"engine-failed", "forbidden-call", "worker-crashed"}) {
      EXPECT_THAT(GapReasonsOf(file), Not(Contains(reason))) << file["path"];
    }
  }
}

TEST(ParseMode, ALimitOfLibclamavIsAGapThatNamesIt) {
  TempDir database;
  database.Write("samples.hdb", SampleSignature());
  const json report = Scan(
      {"--av", "auto", "--db", database.path(), std::string(kSamples) + "/clam_cache_emax.tgz"});
  EXPECT_THAT(report["files"][0]["coverage"].dump(), HasSubstr("Heuristics.Limits.Exceeded"));
  for (const json& finding : report["files"][0]["findings"]) {
    EXPECT_THAT(finding["message"].get<std::string>(), Not(HasSubstr("Heuristics.")));
  }
}

std::vector<std::filesystem::path> Entries(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> entries;
  std::error_code gone;  // what is there changes meanwhile
  for (std::filesystem::directory_iterator entry(directory, gone);
       !gone && entry != std::filesystem::directory_iterator(); entry.increment(gone)) {
    entries.push_back(entry->path());
  }
  return entries;
}

// The directories of the workers that parse, of the one program that uses this TMPDIR.
std::vector<std::filesystem::path> ParseDirectories(const std::filesystem::path& temporary) {
  std::vector<std::filesystem::path> found;
  for (const auto& scratch : Entries(temporary)) {
    for (const auto& entry : Entries(scratch)) {
      if (entry.filename().string().starts_with("parse-")) found.push_back(entry);
    }
  }
  return found;
}

template <class Condition>
bool Becomes(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", parent));
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

// While a member of a zip lies unpacked in a temporary directory.
class ParsingAtWork : public testing::Test {
 protected:
  ParsingAtWork() {
    database_.Write("samples.hdb", SampleSignature());
    ZipBuilder zip;
    std::string large;
    large.resize(150'000'000, 'x');
    zip.Deflated("large.bin", large);
    archive_ = models_.Write("a.zip", zip.Build());
  }

  std::vector<std::string> Arguments() const {
    return {"--av", "auto", "--db", database_.path(), archive_};
  }
  RunOptions Options() const {
    RunOptions options;
    options.environment["TMPDIR"] = temporary_.path();
    return options;
  }
  bool Unpacks() const {
    return Becomes([this] {
      const auto directories = ParseDirectories(temporary_.path());
      return std::any_of(directories.begin(), directories.end(),
                         [](const auto& directory) { return !Entries(directory).empty(); });
    });
  }

  TempDir database_;
  TempDir models_;
  TempDir temporary_;
  std::string archive_;
};

TEST_F(ParsingAtWork, AWorkerThatIsKilledLeavesAGapAndNothingElse) {
  RunOptions options = Options();
  bool unpacked = false;
  bool removed = false;
  options.while_running = [&](pid_t program) {
    unpacked = Unpacks();
    const auto zygotes = ChildrenOf(program);
    ASSERT_EQ(zygotes.size(), 1u);
    const auto directory = ParseDirectories(temporary_.path());
    ASSERT_EQ(directory.size(), 1u);
    for (const pid_t worker : ChildrenOf(zygotes.front())) kill(worker, SIGKILL);
    removed = Becomes([&] { return !std::filesystem::exists(directory.front()); });
  };
  const json report = Scan(Arguments(), options);
  EXPECT_TRUE(unpacked);
  EXPECT_TRUE(removed);
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("worker-crashed"));
  EXPECT_NE(report["exit"], 0);
  EXPECT_THAT(Entries(temporary_.path()), IsEmpty());
}

TEST_F(ParsingAtWork, AProgramThatIsKilledLeavesNothingUnpacked) {
  RunOptions options = Options();
  bool unpacked = false;
  options.while_running = [&](pid_t program) {
    unpacked = Unpacks();
    kill(program, SIGKILL);
  };
  std::vector<std::string> arguments = {"scan"};
  for (const std::string& argument : Arguments()) arguments.push_back(argument);
  EXPECT_EQ(Counterscan(arguments, options).exit_status, 128 + SIGKILL);
  EXPECT_TRUE(unpacked);
  EXPECT_TRUE(Becomes([this] { return ParseDirectories(temporary_.path()).empty(); }));
}

// Nobody is left who could tidy up: the next run does.
TEST_F(ParsingAtWork, ProcessesThatAreAllKilledAtOnceLeaveNothingBehindTheNextRun) {
  RunOptions options = Options();
  bool unpacked = false;
  options.while_running = [&](pid_t program) {
    unpacked = Unpacks();
    const auto zygotes = ChildrenOf(program);
    ASSERT_EQ(zygotes.size(), 1u);
    // A process that is stopped does nothing more until it is killed.
    kill(program, SIGSTOP);
    kill(zygotes.front(), SIGSTOP);
    std::vector<pid_t> all = ChildrenOf(zygotes.front());
    all.insert(all.end(), {zygotes.front(), program});
    for (const pid_t process : all) kill(process, SIGKILL);
  };
  std::vector<std::string> arguments = {"scan"};
  for (const std::string& argument : Arguments()) arguments.push_back(argument);
  EXPECT_EQ(Counterscan(arguments, options).exit_status, 128 + SIGKILL);
  EXPECT_TRUE(unpacked);
  EXPECT_FALSE(ParseDirectories(temporary_.path()).empty());

  options.while_running = {};
  TempDir harmless;
  EXPECT_EQ(Counterscan({"scan", "--av", "builtin", harmless.Write("a.txt", "text")}, options)
                .exit_status,
            0);
  EXPECT_THAT(Entries(temporary_.path()), IsEmpty());
}

// More signatures than are held in memory: files of two groups, one of them in an archive, beside
// files that need none.
TEST(LargeDatabase, SignaturesAreLoadedForTheFilesThatNeedThem) {
  TempDir database;
  TempDir models;
  std::string signatures;
  for (int i = 10'000; i < 14'000; ++i) {
    const std::string number = std::to_string(i);
    signatures += "Own.A" + number + ":0:*:" + Hex(AsBytes("marker-" + number + "-end")) + "\n";
  }
  database.Write("a.ndb", signatures);
  for (int i = 0; i < 100; ++i) models.Write("clean-" + std::to_string(i) + ".bin", "nothing");
  models.Write("first.bin", "a marker-10001-end");
  models.Write("second.bin", "a marker-13999-end");
  ZipBuilder zip;
  zip.Deflated("member", "x marker-12000-end");
  models.Write("third.zip", zip.Build());
  const json report = Scan({"--av", "auto", "--db", database.path(), models.path()});
  ASSERT_EQ(report["files"].size(), 103u);
  for (const json& file : report["files"]) {
    const std::string path = file["path"];
    const std::string found = file["findings"].dump();
    EXPECT_EQ(file["sha256"].get<std::string>().size(), 64u) << path;
    EXPECT_THAT(GapReasonsOf(file), Not(Contains("engine-failed"))) << path;
    if (path == "first.bin") {
      EXPECT_THAT(found, HasSubstr("Own.A10001.UNOFFICIAL"));
    } else if (path == "second.bin") {
      EXPECT_THAT(found, HasSubstr("Own.A13999.UNOFFICIAL"));
    } else if (path == "third.zip") {
      EXPECT_THAT(found, HasSubstr("Own.A12000.UNOFFICIAL"));
    } else {
      EXPECT_THAT(file["findings"], IsEmpty()) << path;
    }
  }
}

TEST(ParseMode, PlainTextAndWeightsNeedNone) {
  TempDir database;
  TempDir models;
  // A signature that only parsing would match, were the text a mail.
  database.Write("a.ndb", "Own.Mail:4:*:" + Hex(AsBytes("in mails only")) + "\n");
  models.Write("plain.md", "# in mails only\n");
  models.Write("mail.txt", "From: a@example.org\nSubject: in mails only\n\nin mails only\n");
  const json report = Scan({"--av", "auto", "--db", database.path(), models.path()});
  EXPECT_THAT(FileAt(report, "plain.md")["findings"], IsEmpty());
  EXPECT_THAT(FileAt(report, "mail.txt")["findings"].dump(), HasSubstr("Own.Mail"));
}

}  // namespace
}  // namespace counterscan

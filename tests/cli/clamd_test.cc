// --av clamd: by the built program, with Debian's clamd and with others that are not to be
// believed.

#include "tests/support/clamd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "tests/cli/scan_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kNeedle = "signature of this test";

// Bytes of the harmless program that Debian's samples hold, in each packing.
std::string SampleSignature() {
  std::ifstream file("/usr/share/clamav-testfiles/clam.exe", std::ios::binary);
  std::string program(400, '\0');
  file.read(program.data(), static_cast<std::streamsize>(program.size()));
  EXPECT_TRUE(file) << "the Debian package clamav-testfiles is missing";
  return "Test.Sample:0:*:" + Hex(AsBytes(program)) + "\n";
}

std::string Signatures() { return "Test.Own:0:*:" + Hex(AsBytes(kNeedle)) + "\n"; }

void WriteSparse(const std::string& path, std::uint64_t size,
                 const std::vector<std::pair<std::uint64_t, std::string>>& pieces) {
  std::ofstream(path).close();
  std::filesystem::resize_file(path, size);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (const auto& [offset, text] : pieces) {
    file.seekp(static_cast<std::streamoff>(offset));
    file << text;
  }
}

json ScanWith(const std::string& socket, const std::string& target) {
  return Scan({"--av", "clamd:" + socket, "--max-db-age", "30000d", target});
}

std::vector<std::string> Names(const json& file) {
  std::vector<std::string> names;
  for (const json& finding : file["findings"]) {
    if (finding["engine"] == "clamav") names.push_back(finding["message"]);
  }
  return names;
}

TEST(Clamd, MatchesFilesOfOneWindowWhole) {
  const RunningClamd clamd(Signatures());
  TempDir models;
  models.Write("own.txt", "the " + kNeedle + " and more");
  models.Write("clean.txt", "nothing");
  models.Write("empty", "");
  const json report = ScanWith(clamd.socket(), models.path());
  EXPECT_EQ(report["engines"]["clamav"]["state"], "clamd");
  EXPECT_EQ(report["engines"]["clamav"]["database"], clamd.socket());
  EXPECT_THAT(report["engines"]["clamav"]["message"], HasSubstr("at a time by descriptor"));
  EXPECT_THAT(Names(FileAt(report, "own.txt")), Contains("ClamAV: Test.Own.UNOFFICIAL"));
  EXPECT_THAT(Names(FileAt(report, "clean.txt")), IsEmpty());
  // It does not say how old its signatures are.
  EXPECT_THAT(GapReasonsOf(FileAt(report, "clean.txt")), testing::ElementsAre("old-signatures"));
  EXPECT_THAT(GapReasonsOf(FileAt(report, "empty")), testing::ElementsAre("old-signatures"));
}

TEST(Clamd, FindsWhatLiesAcrossEveryBorderOfItsWindowsAndSaysWhatItCannotDecide) {
  // So small a limit that the smallest window is proven.
  const RunningClamd clamd(Signatures(), "MaxFileSize 5M\nStreamMaxLength 5M\n");
  constexpr std::uint64_t kWindow = 4 * 1024 * 1024;
  constexpr std::uint64_t kStep = kWindow - 64 * 1024;
  TempDir models;
  for (const std::uint64_t place :
       {std::uint64_t{0}, kWindow - 10, kStep, kStep + kWindow - 10, 3 * kStep - 1}) {
    WriteSparse(models / std::to_string(place), 4 * kStep, {{place, kNeedle}});
  }
  WriteSparse(models / "end", 4 * kStep, {{4 * kStep - kNeedle.size(), kNeedle}});
  WriteSparse(models / "none", 4 * kStep, {});
  const json report = ScanWith(clamd.socket(), models.path());
  EXPECT_THAT(report["engines"]["clamav"]["message"], HasSubstr("4.2 MB at a time"));
  for (const json& file : report["files"]) {
    EXPECT_EQ(Names(file).empty(), file["path"] == "none") << file["path"];
    EXPECT_THAT(GapReasonsOf(file), Contains("windowed"));
    EXPECT_THAT(GapReasonsOf(file), Not(Contains("clamd")));
  }
}

TEST(Clamd, IsNotBelievedBeyondWhatItHasProven) {
  // With Debian's default settings clamd says OK of this file unseen.
  const RunningClamd clamd(Signatures(), "MaxFileSize 25M\nMaxScanSize 100M\n");
  TempDir models;
  WriteSparse(models / "big", 150'000'000, {{149'000'000, kNeedle}});
  const json report = ScanWith(clamd.socket(), models.path());
  EXPECT_THAT(Names(FileAt(report, "big")), Contains("ClamAV: Test.Own.UNOFFICIAL"));
}

TEST(Clamd, ThatDoesNotFindEicarIsUnproven) {
  const RunningClamd clamd(Signatures(), "MaxFileSize 1M\n");
  TempDir models;
  models.Write("own.txt", kNeedle);
  const json report = ScanWith(clamd.socket(), models.path());
  EXPECT_EQ(report["exit"], 2);
  EXPECT_EQ(report["engines"]["clamav"]["state"], "failed");
  EXPECT_THAT(GapReasonsOf(FileAt(report, "own.txt")), Contains("engine-failed"));
}

TEST(Clamd, ThatIsNotThereIsAGapOfEveryFile) {
  TempDir models;
  models.Write("a.txt", "text");
  const json report = ScanWith(models / "nowhere", models / "a.txt");
  EXPECT_EQ(report["exit"], 2);
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("engine-failed"));
  EXPECT_EQ(Counterscan({"scan", "--av", "clamd", models.path()}).exit_status, 64);
  EXPECT_EQ(Counterscan({"scan", "--av", "clamd:relative", models.path()}).exit_status, 64);
}

TEST(Clamd, PackedContentKeepsAGap) {
  const RunningClamd clamd(Signatures());
  TempDir models;
  models.Write("a.bin", "text");
  ASSERT_EQ(RunProgram("/usr/bin/gzip", {"-k", models / "a.bin"}).exit_status, 0);
  const json report = ScanWith(clamd.socket(), models / "a.bin.gz");
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("clamd"));
}

TEST(Clamd, ThatLoadsItsSignaturesAnewMeanwhileLosesNothing) {
  const RunningClamd clamd(Signatures(), "MaxFileSize 5M\nStreamMaxLength 5M\n");
  TempDir models;
  for (int i = 0; i < 8; ++i) {
    WriteSparse(models / std::to_string(i), 60'000'000, {{59'000'000, kNeedle}});
  }
  RunOptions options;
  bool reloads = false;
  options.while_running = [&](pid_t) {
    for (int i = 0; i < 3; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      reloads = clamd.Ask("RELOAD").starts_with("RELOADING");
    }
  };
  const json report = Scan({"--av", "clamd:" + clamd.socket(), models.path()}, options);
  EXPECT_TRUE(reloads);
  for (const json& file : report["files"]) {
    EXPECT_THAT(Names(file), Contains("ClamAV: Test.Own.UNOFFICIAL")) << file["path"];
    EXPECT_THAT(GapReasonsOf(file), Not(Contains("clamd"))) << file["path"];
  }
}

TEST(Clamd, FindsThroughUsWhatItsOwnClientFinds) {
  const RunningClamd clamd(Signatures() + SampleSignature());
  TempDir models;
  models.Write("own.txt", "the " + kNeedle + " and more");
  models.Write("clean.txt", "nothing");
  for (const char* sample : {"clam.exe", "clam.zip", "clam.cab", "clam.7z", "clam.pdf", "clam.mail",
                             "clam.ole.doc", "clam-upx.exe"}) {
    std::filesystem::copy_file(std::string("/usr/share/clamav-testfiles/") + sample,
                               models / sample);
  }
  const json report = ScanWith(clamd.socket(), models.path());
  const std::string theirs =
      RunProgram("/usr/bin/clamdscan", {"--config-file=" + clamd.settings_path(), "--fdpass",
                                        "--no-summary", "--allmatch", models.path()})
          .out;
  std::size_t found = 0;
  for (const json& file : report["files"]) {
    const std::string path = models / file["path"].get<std::string>();
    for (std::size_t at = theirs.find(path + ": "); at != std::string::npos;
         at = theirs.find(path + ": ", at + 1)) {
      const std::string line = theirs.substr(at, theirs.find('\n', at) - at);
      if (!line.ends_with(" FOUND")) continue;
      ++found;
      const std::size_t name = path.size() + 2;
      EXPECT_THAT(Names(file), Contains("ClamAV: " + line.substr(name, line.size() - name - 6)));
    }
  }
  EXPECT_GE(found, 9u) << theirs;
}

TEST(Clamd, ThatDiesHalfWayLeavesAGapFromThereOn) {
  RunningClamd clamd(Signatures());
  TempDir models;
  WriteSparse(models / "big", 2'000'000'000, {{5, kNeedle}});
  RunOptions options;
  options.while_running = [&](pid_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
    clamd.Kill();
  };
  const json report = Scan({"--av", "clamd:" + clamd.socket(), models / "big"}, options);
  EXPECT_THAT(GapReasonsOf(report["files"][0]),
              testing::AnyOf(Contains("clamd"), Contains("engine-failed")));
  EXPECT_EQ(report["complete"], true);
}

// A server that answers each command in a way of its own.
class FakeClamd {
 public:
  using Answer = std::function<std::string(const std::string& command)>;
  explicit FakeClamd(Answer answer) : answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_ = directory_ / "s";
    std::memcpy(address.sun_path, path_.data(), path_.size());
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeClamd() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  const std::string& path() const { return path_; }

 private:
  void Serve() {
    while (true) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      std::string command;
      char byte = 0;
      while (read(client, &byte, 1) == 1 && byte != '\0') command += byte;
      // The byte that a descriptor travels with: a close before it is read would break the reply.
      if (command == "zFILDES") (void)!read(client, &byte, 1);
      const std::string reply = answer_(command);
      (void)!send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
      close(client);
    }
  }

  TempDir directory_;
  std::string path_;
  Answer answer_;
  int listener_ = -1;
  std::thread thread_;
};

TEST(Clamd, ThatSaysNonsenseIsNeverAnOk) {
  TempDir models;
  models.Write("a.txt", "text");
  // What it says of files once it has found EICAR.
  for (const std::string& reply :
       {std::string("stream: NOT OK\0", 15), std::string(), std::string("\0", 1),
        std::string("stream: OK"), std::string(100'000, 'x'),
        std::string("INSTREAM size limit exceeded. ERROR\0", 36),
        std::string("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", 53)}) {
    int proofs = 0;
    const FakeClamd clamd([&](const std::string& command) {
      if (command == "zVERSION") {
        return std::string("ClamAV 1.4.6/1/Fri Nov 20 09:00:00 2026\0", 41);
      }
      return proofs++ == 0 ? std::string("fd[3]: Eicar FOUND\0", 19) : reply;
    });
    const json report = ScanWith(clamd.path(), models.path());
    EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("clamd")) << reply.substr(0, 60);
    EXPECT_THAT(Names(report["files"][0]), IsEmpty());
    EXPECT_EQ(report["exit"], 2);
  }
}

TEST(Clamd, OfWhichTheConnectionBreaksIsAskedAgain) {
  TempDir models;
  models.Write("a.txt", "text");
  int asked = 0;
  const FakeClamd clamd([&](const std::string& command) {
    if (command == "zVERSION") {
      return std::string("ClamAV 1.4.6/1/Fri Nov 20 09:00:00 2026\0", 41);
    }
    // EICAR, the file, EICAR once more because the connection broke, the file.
    ++asked;
    if (asked == 2) return std::string();
    return asked == 4 ? std::string("fd[3]: OK\0", 10) : std::string("fd[3]: Eicar FOUND\0", 19);
  });
  const json report = ScanWith(clamd.path(), models.path());
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Not(Contains("clamd")));
  EXPECT_THAT(Names(report["files"][0]), IsEmpty());
  EXPECT_EQ(asked, 4);
}

TEST(Clamd, ThatComesBackAndLooksAtLessIsNotBelieved) {
  TempDir models;
  models.Write("a.txt", "text");
  int asked = 0;
  const FakeClamd clamd([&](const std::string& command) {
    if (command == "zVERSION") {
      return std::string("ClamAV 1.4.6/1/Fri Nov 20 09:00:00 2026\0", 41);
    }
    ++asked;
    if (asked == 1) return std::string("fd[3]: Eicar FOUND\0", 19);
    return asked == 2 ? std::string() : std::string("fd[3]: OK\0", 10);
  });
  const json report = ScanWith(clamd.path(), models.path());
  EXPECT_THAT(GapReasonsOf(report["files"][0]), Contains("clamd"));
  EXPECT_EQ(report["exit"], 2);
}

}  // namespace
}  // namespace counterscan

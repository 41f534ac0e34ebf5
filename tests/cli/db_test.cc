// `counterscan db` by the built program: what ClamAV signed, what it did not, and what is in the
// way of each.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "scanner/base/byte_reader.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"
#include "scanner/cli/database_directory.h"
#include "tests/cli/scan_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

std::string Fixture(const std::string& name) {
  std::ifstream file(COUNTERSCAN_SOURCE_DIR "/fixtures/clamav/" + name, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> FilesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class DbProgram : public testing::Test {
 protected:
  RunResult Import(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"db", "import", "--db", database_});
    return Counterscan(arguments);
  }
  json Info() {
    return json::parse(Counterscan({"db", "info", "--format", "json", "--db", database_}).out);
  }
  TempDir media_;
  TempDir home_;
  std::string database_ = home_ / "db";
};

TEST_F(DbProgram, WhatClamavSignedIsImportedAndTold) {
  const std::string file = media_.Write("test.cvd", Fixture("test-6.cvd"));
  const RunResult imported = Import({file});
  EXPECT_EQ(imported.exit_status, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("version 6"));
  EXPECT_THAT(FilesIn(database_), ElementsAre("test.cvd"));
  const json info = Info();
  EXPECT_EQ(info["schema"], "counterscan.db/1");
  EXPECT_EQ(info["fresh"], false);
  ASSERT_EQ(info["clamav"]["databases"].size(), 1u) << info.dump(1);
  const json& row = info["clamav"]["databases"][0];
  EXPECT_EQ(row["state"], "signed");
  EXPECT_EQ(row["version"], 6);
  EXPECT_EQ(row["built"], "2021-06-23T01:34:05Z");
  EXPECT_EQ(row["signatures"], 5);
  EXPECT_EQ(row["sha256"], Sha256Hex(Fixture("test-6.cvd")));
  EXPECT_THAT(Counterscan({"db", "info", "--db", database_}).out,
              testing::AllOf(HasSubstr("signed by ClamAV"), HasSubstr("version 6, 2021-06-23")));
  const RunResult again = Import({file});
  EXPECT_EQ(again.exit_status, 0);
  EXPECT_THAT(again.out, HasSubstr("was there already"));
}

TEST_F(DbProgram, CheckTellsFreshFromOldAndMissing) {
  EXPECT_EQ(Counterscan({"db", "check", "--db", home_.path()}).exit_status, 2);
  ASSERT_EQ(Import({media_.Write("test.cld", Fixture("test-6.cld"))}).exit_status, 0);
  const RunResult old = Counterscan({"db", "check", "--db", database_});
  EXPECT_EQ(old.exit_status, 2);
  EXPECT_THAT(old.out, HasSubstr("days old, 7 are allowed"));
  EXPECT_THAT(old.out, HasSubstr("counterscan db import"));
  EXPECT_THAT(Counterscan({"db", "check", "--offline", "--db", database_}).out,
              HasSubstr("days old, 30 are allowed"));
  EXPECT_EQ(Counterscan({"db", "check", "--max-db-age", "20000d", "--db", database_}).exit_status,
            0);
  // A part that is left out is a part that is missing.
  std::ofstream(database_ + "/own.ndb") << "no signature\n";
  const RunResult broken =
      Counterscan({"db", "check", "--max-db-age", "20000d", "--db", database_});
  EXPECT_EQ(broken.exit_status, 2);
  EXPECT_THAT(broken.out, HasSubstr("left out"));
}

// Whoever reads a directory that nobody trusts yet may do little, but all that loading takes.
TEST_F(DbProgram, FilesOfEveryKindAreLoadedInTheSandbox) {
  const std::string body = Hex(AsBytes("body-marker"));
  media_.Write("a.hdb", std::string(32, 'a') + ":100:Hash.A\n");
  media_.Write("a.hsb", std::string(64, 'b') + ":*:Hash.B:73\n");
  media_.Write("a.ldb", "Logical.A;Engine:81-255,Target:0;0;" + body + "\n");
  media_.Write("a.ndb", "Body.A:0:*:" + body + "\n");
  media_.Write("a.db", "Plain.A=" + body + "\n");
  std::string strings;
  for (int i = 0; i < 25; ++i) {
    strings += "$" + std::string(1, static_cast<char>('A' + i)) + " = \"rule-marker " +
               std::string(500, 'r') + "\"\n";
  }
  media_.Write("a.yar", "rule first { strings: " + strings + "condition: all of them }\n");
  media_.Write("b.yar", "rule second { strings: $a = \"other-marker\" condition: #a > 1 }\n");
  media_.Write("a.ign2", "Nothing.Of.This.Name\n");
  media_.Write("a.sfp", std::string(64, 'c') + ":10:Trusted:73\n");
  const RunResult info = Counterscan({"db", "info", "--format", "json", "--db", media_.path()});
  EXPECT_EQ(info.err, "");
  const json report = json::parse(info.out, nullptr, false);
  ASSERT_FALSE(report.is_discarded()) << info.out;
  EXPECT_THAT(info.out, Not(HasSubstr("left out")));
  int loaded = 0;
  for (const json& file : report["clamav"]["databases"]) {
    if (file["signatures"] == 1) ++loaded;
  }
  EXPECT_EQ(loaded, 7) << info.out;
}

TEST_F(DbProgram, AnOlderVersionIsRefusedUnlessItIsAskedFor) {
  ASSERT_EQ(Import({media_.Write("test.cld", Fixture("test-6.cld"))}).exit_status, 0);
  const std::string older = media_.Write("test.cvd", Fixture("test-5.cvd"));
  const RunResult refused = Import({older});
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_THAT(refused.err, HasSubstr("older than version 6"));
  EXPECT_THAT(FilesIn(database_), ElementsAre("test.cld"));
  EXPECT_EQ(Import({"--allow-older", older}).exit_status, 0);
  // The newer one would be used instead.
  EXPECT_THAT(FilesIn(database_), ElementsAre("test.cvd"));
  EXPECT_EQ(Info()["clamav"]["databases"][0]["version"], 5);
}

TEST_F(DbProgram, WhatIsNotClamavsIsRefusedAndNothingOfItStays) {
  ASSERT_EQ(Import({media_.Write("good/test.cvd", Fixture("test-6.cvd"))}).exit_status, 0);
  std::string forged = Fixture("test-6.cvd");
  forged.replace(forged.find(":6:14:"), 6, ":9:14:");
  std::string damaged = Fixture("test-6.cvd");
  damaged[5000] = static_cast<char>(damaged[5000] ^ 1);
  const std::pair<const char*, std::string> bad[] = {
      {"a/test.cvd", forged},
      {"b/test.cvd", damaged},
      {"c/test.cvd", Fixture("test-6.cvd").substr(0, 4000)},
      {"d/test.cvd", ""},
      {"e/main.cvd", Fixture("test-6.cvd")},  // one of ClamAV's under another name
      {"f/own.ndb", "Own.Test:0:*:7369676e6174757265\n"},
      {"g/model.bin", "weights"},
      {"h/te st.cvd", Fixture("test-6.cvd")},
  };
  for (const auto& [name, content] : bad) {
    const RunResult result = Import({media_.Write(name, content)});
    EXPECT_EQ(result.exit_status, 2) << name << result.out;
    EXPECT_THAT(result.err, HasSubstr("nothing was imported")) << name;
    EXPECT_THAT(FilesIn(database_), ElementsAre("test.cvd")) << name;
    EXPECT_EQ(Info()["clamav"]["databases"][0]["version"], 6) << name;
  }
  // One bad file among good ones keeps all out.
  EXPECT_EQ(Import({media_ / "good/test.cvd", media_ / "e/main.cvd"}).exit_status, 2);
  ASSERT_EQ(mkfifo((media_ / "pipe.cvd").c_str(), 0600), 0);
  EXPECT_EQ(Import({media_ / "pipe.cvd"}).exit_status, 2);
  EXPECT_EQ(Import({media_ / "nowhere.cvd"}).exit_status, 2);
}

TEST_F(DbProgram, UnsignedFilesAreTakenByName) {
  const std::string own = media_.Write("own.ndb", "Own.Test:0:*:7369676e6174757265\n");
  EXPECT_THAT(Import({own}).err, HasSubstr("--unsigned"));
  EXPECT_EQ(Import({"--unsigned", own}).exit_status, 0);
  EXPECT_EQ(Info()["clamav"]["databases"][0]["state"], "unsigned");
  const std::string broken = media_.Write("bad.ndb", "no signature\n");
  EXPECT_EQ(Import({"--unsigned", broken}).exit_status, 2);
  EXPECT_THAT(FilesIn(database_), ElementsAre("own.ndb"));
}

TEST_F(DbProgram, ADirectoryIsImportedAsAWhole) {
  media_.Write("cvd/test.cvd", Fixture("test-6.cvd"));
  media_.Write("cvd/freshclam.dat", "not wanted");
  EXPECT_EQ(Import({media_ / "cvd"}).exit_status, 0);
  EXPECT_THAT(FilesIn(database_), ElementsAre("test.cvd"));
  EXPECT_EQ(Import({media_.MakeDirectory("empty")}).exit_status, 2);
}

TEST_F(DbProgram, WhatWasImportedIsWhatScansUse) {
  RunOptions options;
  options.environment["XDG_DATA_HOME"] = home_.path();
  const RunResult imported =
      Counterscan({"db", "import", media_.Write("test.cvd", Fixture("test-6.cvd"))}, options);
  ASSERT_EQ(imported.exit_status, 0) << imported.err;
  const std::string destination = home_ / "counterscan/db";
  struct stat status {};
  ASSERT_EQ(stat(destination.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  TempDir models;
  models.Write("a.txt", "text\n");
  const json report = Scan({"--av", "auto", models.path()}, options);
  // A system that has newer ones of its own goes before.
  if (HasSignatures(std::string(kSystemDatabase))) return;
  EXPECT_EQ(report["engines"]["clamav"]["database"], destination);
  EXPECT_EQ(report["engines"]["clamav"]["databases"][0]["version"], 6);
  EXPECT_THAT(Counterscan({"scan", models.path()}, options).out, HasSubstr("(test 6)"));
}

TEST_F(DbProgram, ADatabaseThatIsWrittenDuringAScanIsNoted) {
  TempDir db;
  db.Write("own.ndb", "Own.Test:0:*:7369676e6174757265\n");
  TempDir models;
  fs::resize_file(models.Write("big.bin", ""), 4'000'000'000);
  RunOptions options;
  // Late enough for a loaded machine to have begun, early enough for it not to have ended.
  options.while_running = [&](pid_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
    db.Write("more.ndb", "Own.More:0:*:6d6f7265206f66206974\n");
  };
  const json changed = Scan({"--av", "auto", "--db", db.path(), models.path()}, options);
  EXPECT_THAT(changed["notes"].dump(), HasSubstr("were changed during the scan"));
  const json kept = Scan({"--av", "auto", "--db", db.path(), models.path()});
  EXPECT_THAT(kept["notes"].dump(), Not(HasSubstr("were changed")));
}

TEST_F(DbProgram, OtherCommandsDoNotLoadSignatures) {
  // Loading would wait for a writer of the FIFO, or name it: here is nothing else to load.
  TempDir models;
  const std::string file = models.Write("a.pkl", HarmlessPickle());
  RunOptions options;
  options.environment["XDG_DATA_HOME"] = home_.path();
  fs::create_directories(home_ / "counterscan/db");
  ASSERT_EQ(mkfifo((home_ / "counterscan/db/daily.cvd").c_str(), 0600), 0);
  EXPECT_EQ(Counterscan({"explain", file}, options).exit_status, 0);
  EXPECT_EQ(Counterscan({"version"}, options).exit_status, 0);
  EXPECT_EQ(Counterscan({"rules"}, options).exit_status, 0);
  const json report = Scan({"--av", "auto", "--depth", "structure", file}, options);
  EXPECT_EQ(report["engines"]["clamav"]["state"], "off");
}

TEST_F(DbProgram, MisspeltWordsAreSaid) {
  EXPECT_EQ(Counterscan({"db"}).exit_status, 64);
  EXPECT_THAT(Counterscan({"db", "chekc"}).err, HasSubstr("Did you mean 'check'?"));
  EXPECT_EQ(Counterscan({"db", "check", "--max-db-age", "soon"}).exit_status, 64);
  EXPECT_THAT(Counterscan({"db", "--help"}).out, HasSubstr("import FILE"));
  EXPECT_EQ(Counterscan({"db", "import"}).exit_status, 64);
}

TEST(DatabaseDirectory, TheNewerOfTwoIsTheDefault) {
  TempDir home;
  TempDir system;
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "XDG_DATA_HOME") return home.path();
    return std::nullopt;
  };
  EXPECT_EQ(DefaultDatabase(environment, system.path()), system.path());
  home.Write("counterscan/db/test.cvd", Fixture("test-5.cvd"));
  EXPECT_EQ(DefaultDatabase(environment, system.path()), home / "counterscan/db");
  system.Write("test.cvd", Fixture("test-6.cvd"));
  EXPECT_EQ(DefaultDatabase(environment, system.path()), system.path());
  home.Write("counterscan/db/test.cvd", Fixture("test-6.cvd"));
  EXPECT_EQ(DefaultDatabase(environment, system.path()), system.path());
  system.Write("test.cvd", Fixture("test-5.cvd"));
  EXPECT_EQ(DefaultDatabase(environment, system.path()), home / "counterscan/db");
  EXPECT_EQ(ImportedDatabase([](const std::string&) { return std::optional<std::string>(); }),
            std::nullopt);
}

TEST(DatabaseDirectory, TitlesThatAreNoneAreNone) {
  TempDir dir;
  const std::string good = Fixture("test-6.cvd");
  ASSERT_TRUE(ReadContainerTitle(dir.Write("good", good)));
  EXPECT_EQ(ReadContainerTitle(dir / "good")->version, 6U);
  for (std::size_t length = 0; length < 512; length += 7) {
    EXPECT_FALSE(ReadContainerTitle(dir.Write("cut", good.substr(0, length))));
  }
  EXPECT_FALSE(ReadContainerTitle(dir.Write("none", std::string(600, 'x'))));
  EXPECT_FALSE(ReadContainerTitle(dir.Write("few", "ClamAV-VDB:a:1:2" + std::string(600, ' '))));
  EXPECT_FALSE(ReadContainerTitle(dir / "gone"));
  EXPECT_FALSE(ReadContainerTitle(dir.path()));
}

}  // namespace
}  // namespace counterscan

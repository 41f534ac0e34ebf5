#include "scanner/engine/clamav_parse.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "scanner/base/byte_reader.h"
#include "scanner/base/fd.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav.h"
#include "tests/support/archive_writer.h"
#include "tests/support/eicar.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kEicar = "Counterscan.Test.EICAR";

std::string SampleOfDebian(const std::string& name) {
  std::ifstream file("/usr/share/clamav-testfiles/" + name, std::ios::binary);
  EXPECT_TRUE(file) << "the Debian package clamav-testfiles is missing";
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string ZipOf(const std::string& name, const std::string& content) {
  ZipBuilder zip;
  zip.Deflated(name, content);
  return zip.Build();
}

class ParseEngineTest : public testing::Test {
 protected:
  std::unique_ptr<ParseEngine> Engine(const std::map<std::string, std::string>& signatures = {}) {
    EngineInfo info;
    if (!signatures.empty()) {
      for (const auto& [name, content] : signatures) database_.Write(name, content);
      ClamavEngine::Options options;
      options.scratch = scratch_.path();
      options.database = database_.path();
      const auto raw = ClamavEngine::Load(options);
      EXPECT_TRUE(raw) << (raw ? "" : raw.error().message);
      if (raw) info = (*raw)->info();
    }
    auto engine = ParseEngine::Load(info, scratch_.path());
    EXPECT_TRUE(engine) << (engine ? "" : engine.error().message);
    return engine ? std::move(*engine) : nullptr;
  }

  SignatureMatches Match(ParseEngine& engine, const std::string& content) {
    const std::string path = database_.Write("input", content);
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    SignatureMatches matches = engine.Match(file.get(), content.size());
    std::filesystem::remove(path);
    return matches;
  }

  TempDir scratch_;
  TempDir database_;
};

TEST_F(ParseEngineTest, FindsEicarHoweverItIsPacked) {
  const auto engine = Engine();
  ASSERT_TRUE(engine->SelfTest());
  const std::string inner = ZipOf("payload.com", Eicar());
  const std::pair<const char*, std::string> files[] = {
      {"a zip in a document", ZipOf("word/embeddings/object.zip", inner)},
      {"behind a program", SampleOfDebian("clam.exe") + Eicar()},
      {"a zip behind a program", SampleOfDebian("clam.exe") + inner},
      {"7z", SevenZip({{"payload.com", Eicar()}})},
  };
  for (const auto& [what, content] : files) {
    const SignatureMatches matches = Match(*engine, content);
    EXPECT_THAT(matches.names, Contains(kEicar)) << what;
  }
}

TEST_F(ParseEngineTest, MatchesSignaturesThatAreForKindsOfFilesOnly) {
  const auto engine = Engine({{"a.ndb", "Own.Pe:1:*:" + Hex(AsBytes("only in programs")) + "\n"}});
  EXPECT_THAT(Match(*engine, SampleOfDebian("clam.exe") + "only in programs").names,
              ElementsAre("Own.Pe.UNOFFICIAL"));
  EXPECT_THAT(Match(*engine, "only in programs").names, IsEmpty());
}

// Of a zip that it was handed by a reading function, libclamav passes over most members as clean.
TEST_F(ParseEngineTest, EveryMemberOfAnArchiveIsMatched) {
  ZipBuilder zip;
  std::string signatures;
  std::vector<std::string> expected;
  for (int i = 10; i < 32; ++i) {
    const std::string number = std::to_string(i);
    const std::string marker = "marker number " + number + ";";
    zip.Deflated("member " + number, std::string(300'000, 'x') + marker);
    signatures += "Own.Member" + number + ":0:*:" + Hex(AsBytes(marker)) + "\n";
    expected.push_back("Own.Member" + number + ".UNOFFICIAL");
  }
  const SignatureMatches matches = Match(*Engine({{"a.ndb", signatures}}), zip.Build());
  EXPECT_EQ(matches.names, expected);
  EXPECT_THAT(matches.gaps, IsEmpty());
}

TEST_F(ParseEngineTest, EncryptionIsAGapAndNoFinding) {
  ZipBuilder zip;
  ZipBuilder::Member& member = zip.Deflated("secret", std::string(1'000, 'x'));
  member.flags |= 1;
  member.local_flags |= 1;
  const SignatureMatches matches = Match(*Engine(), zip.Build());
  EXPECT_THAT(matches.names, IsEmpty());
  EXPECT_THAT(matches.gaps, Contains(Field(&Gap::reason, GapReason::kEncryptedMember)));
}

TEST_F(ParseEngineTest, ALimitThatIsReachedIsAGapThatNamesIt) {
  std::string content = "nothing";
  for (int i = 0; i < 20; ++i) content = ZipOf("inner", content);
  const SignatureMatches matches = Match(*Engine(), content);
  EXPECT_THAT(matches.names, IsEmpty());
  EXPECT_THAT(matches.gaps,
              ElementsAre(Field(&Gap::detail, HasSubstr("Limits.Exceeded.MaxRecursion"))));
}

TEST_F(ParseEngineTest, WithoutAPlaceToUnpackThereIsAGap) {
  const auto engine = Engine();
  ASSERT_TRUE(engine->UseTemporary(scratch_ / "gone"));
  EXPECT_FALSE(engine->SelfTest());
  const SignatureMatches matches = Match(*engine, ZipOf("payload.com", Eicar()));
  EXPECT_THAT(matches.gaps, Contains(Field(&Gap::reason, GapReason::kEngineFailed)));
}

// What a full disk, or the limit of file sizes, comes to.
TEST_F(ParseEngineTest, WhatCannotBeUnpackedWholeIsAGap) {
  const auto engine = Engine();
  const std::string content = ZipOf("large.bin", std::string(4'000'000, 'x') + Eicar());
  const std::string path = database_.Write("input", content);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 1'000'000, .rlim_max = 1'000'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const SignatureMatches matches = engine->Match(file, content.size());
    _exit(matches.gaps.empty() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(ParseEngineTest, AFileThatOnlyParsingNeedsAndThatIsBrokenIsNamed) {
  const auto engine = Engine({
      {"a.ndb", "Own.Good:0:*:" + Hex(AsBytes("good signature")) + "\n"},
      {"broken.cdb", "this is no line of such a file\n"},
  });
  EXPECT_THAT(engine->load_gaps(), ElementsAre(Field(&Gap::detail, HasSubstr("broken.cdb"))));
  EXPECT_THAT(Match(*engine, "a good signature").names, ElementsAre("Own.Good.UNOFFICIAL"));
}

}  // namespace
}  // namespace counterscan

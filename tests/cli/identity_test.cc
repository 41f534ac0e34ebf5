// What the places of a Hugging Face cache promise of the bytes in them, told by the built program
// without any network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scanner/base/digest.h"
#include "tests/cli/hub_file.h"
#include "tests/cli/scan_program.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using ::testing::Contains;

const std::string kRepo = "models--org--name/";
const std::string kSnapshot = kRepo + "snapshots/" + kCommit + "/";
// "Hello, World!" as git and as LFS name it.
constexpr char kGitName[] = "b45ef6fec89518d314f546fd6c3025367b721684";
constexpr char kLfsName[] = "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f";

json Offline(const TempDir& cache) {
  RunOptions options;
  options.environment["HF_HUB_CACHE"] = cache.path();
  return Scan({"--av", "builtin", "--offline", "org/name"}, options);
}

TEST(Identity, ABlobOfOtherBytesThanItsNameIsAMismatchOffline) {
  for (const char* name : {kGitName, kLfsName}) {
    for (const bool honest : {true, false}) {
      TempDir cache;
      cache.Write(kRepo + "refs/main", kCommit);
      cache.Write(kRepo + "blobs/" + name, honest ? "Hello, World!" : "Hello, world!");
      cache.Link(kSnapshot + "README.md", std::string("../../blobs/") + name);
      const json report = Offline(cache);
      const json& file = FileAt(report, "README.md");
      EXPECT_EQ(file["identity"]["expected"], name);
      EXPECT_EQ(file["class"] == "mismatch", !honest) << file.dump(1);
      EXPECT_EQ(report["exit"] == 4, !honest) << report["exit"];
    }
  }
}

TEST(Identity, NamesThatAreNoHashPromiseNothing) {
  const std::string partial = std::string(kLfsName) + ".1234abcd.incomplete";
  for (const std::string& name : {std::string("x"), std::string(39, 'a'), partial}) {
    TempDir cache;
    cache.Write(kRepo + "refs/main", kCommit);
    cache.Write(kRepo + "blobs/" + name, "Hello, world!");
    cache.Link(kSnapshot + "README.md", "../../blobs/" + name);
    const json report = Offline(cache);
    const json& file = FileAt(report, "README.md");
    EXPECT_EQ(file["identity"]["expected"], nullptr) << name;
    EXPECT_NE(file["class"], "mismatch") << name;
  }
}

TEST(Identity, ASharedBlobsNameIsNotItsHashButThatOfTheLinkToItIs) {
  // Newer caches keep large blobs once for all repositories, under a name of Xet's.
  TempDir cache;
  const std::string xet(64, 'e');
  cache.Write(kRepo + "refs/main", kCommit);
  cache.Write("blobs/ee/" + xet, "Hello, World!");
  cache.Link(kRepo + "blobs/" + kLfsName, "../../blobs/ee/" + xet);
  cache.Link(kSnapshot + "model.bin", std::string("../../blobs/") + kLfsName);
  const json report = Offline(cache);
  const json& file = FileAt(report, "model.bin");
  EXPECT_EQ(file["identity"]["expected"], kLfsName) << file.dump(1);
  EXPECT_NE(file["class"], "mismatch");
}

TEST(Identity, PointersAreGapsAndNeverClean) {
  TempDir cache;
  cache.Write(kRepo + "refs/main", kCommit);
  cache.Write(kSnapshot + "a.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:" +
                                       std::string(kLfsName) + "\nsize 13\n");
  cache.Write(kSnapshot + "b.bin",
              "# xet version 0\nfilesize = 13\nhash = '" + std::string(64, 'e') + "'\n");
  const json report = Offline(cache);
  for (const char* name : {"a.bin", "b.bin"}) {
    EXPECT_EQ(FileAt(report, name)["verdict"], "incomplete") << name;
    EXPECT_THAT(GapReasonsOf(FileAt(report, name)), Contains("pointer-only")) << name;
  }
  EXPECT_EQ(report["exit"], 2);
}

TEST(Identity, ADownloadsRecordPromisesAHashOffline) {
  TempDir dir;
  dir.Write("model.bin", "Hello, world!");
  dir.Write(".cache/huggingface/download/model.bin.metadata",
            kCommit + "\n" + kLfsName + "\n9999999999.0\n");
  const json report = Scan({"--av", "builtin", "--offline", dir.path()});
  const json& file = FileAt(report, "model.bin");
  EXPECT_EQ(file["identity"]["expected"], kLfsName);
  EXPECT_EQ(file["class"], "mismatch") << file.dump(1);
}

// A file that a repository holds below the folder of the records is one that the Hub is asked
// about.
TEST(Identity, AFileAmongTheRecordsOfADownloadIsNoRecord) {
  TempDir dir;
  const std::string content = "{\"a\": 1}";
  const std::string record = kCommit + "\n" + GitBlobSha1Hex(content) + "\n9999999999.0\n";
  dir.Write("d/config.json", content);
  dir.Write("d/.cache/huggingface/download/config.json.metadata", record);
  dir.Write("d/.cache/huggingface/.gitignore", "*");
  const std::string hub = HubFileOf(dir, kCommit, 200, nullptr,
                                    json::array({SafeEntry("config.json", content)}).dump());
  const auto exit_status = [&] {
    return Scan({"--av", "builtin", "--hub", hub, "--repo", "org/name", dir / "d"},
                AtAFixedTime())["exit"];
  };
  EXPECT_EQ(exit_status(), 0);
  dir.Write("d/.cache/huggingface/sub/w.json", "{}");
  EXPECT_EQ(exit_status(), 3);
}

}  // namespace
}  // namespace counterscan

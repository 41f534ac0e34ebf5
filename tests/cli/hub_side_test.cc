#include "scanner/cli/hub_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PlannedFile FileOf(const std::string& repo, const std::string& commit, const std::string& path) {
  PlannedFile planned;
  planned.file.identity.repo = repo;
  planned.file.identity.repo_type = "model";
  planned.file.identity.commit = commit;
  planned.file.identity.path = path;
  return planned;
}

TEST(QueriesFor, OneQuestionForEachRepositoryAtEachCommit) {
  const std::string first(40, '1'), second(40, '2');
  std::vector<PlannedFile> files;
  files.push_back(FileOf("a/b", first, "x"));
  files.push_back(FileOf("a/b", second, "x"));
  files.push_back(FileOf("a/b", first, "y"));
  files.push_back(FileOf("a/b", first, "x"));
  files.push_back(FileOf("c/d", "", "z"));
  const std::vector<HubQuery> queries = QueriesFor(files);
  ASSERT_EQ(queries.size(), 3u);
  EXPECT_EQ(queries[0].repo.id, "a/b");
  EXPECT_EQ(queries[0].revision, first);
  EXPECT_THAT(queries[0].paths, ElementsAre("x", "y"));
  EXPECT_EQ(queries[1].revision, second);
  EXPECT_EQ(queries[2].repo.id, "c/d");
  EXPECT_EQ(queries[2].revision, "");
}

TEST(QueriesFor, AFileWithoutAPathWantsTheWholeList) {
  std::vector<PlannedFile> files;
  files.push_back(FileOf("a/b", "", "x"));
  files.push_back(FileOf("a/b", "", ""));
  EXPECT_THAT(QueriesFor(files).at(0).paths, IsEmpty());
}

TEST(QueriesFor, NobodyIsAskedAboutWhatBelongsToNoRepository) {
  std::vector<PlannedFile> files;
  files.push_back(FileOf("", "", "x"));
  files.push_back(FileOf("a/b", "", ".git/config"));
  files.back().file.identity.comparable = false;
  EXPECT_THAT(QueriesFor(files), IsEmpty());
}

// Where it lies is not looked at again: files of tools alone are asked about.
TEST(IsNoToolsFile, IsAModelAndNoObjectOfGit) {
  FileReport file;
  file.type = "safetensors";
  EXPECT_TRUE(IsNoToolsFile(file));
  for (const char* type : {"", "empty", "text", "json", "script", "unknown", "image"}) {
    file.type = type;
    EXPECT_FALSE(IsNoToolsFile(file)) << type;
  }
  file.type = "zlib";
  EXPECT_TRUE(IsNoToolsFile(file));
  file.path = "00/" + std::string(38, 'a');
  EXPECT_FALSE(IsNoToolsFile(file));
  file.disk_path = "/x/.git/objects/00/" + std::string(37, 'a') + "g";
  EXPECT_TRUE(IsNoToolsFile(file));
}

}  // namespace
}  // namespace counterscan

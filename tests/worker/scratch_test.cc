#include "scanner/worker/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

class ScratchTest : public testing::Test {
 protected:
  ScratchTest() : parent(testing::TempDir() + "/scratch-test-" + std::to_string(getpid())) {
    fs::remove_all(parent);
    fs::create_directories(parent);
  }
  ~ScratchTest() override { fs::remove_all(parent); }

  std::string Make(const std::string& name) {
    const std::string path = parent + "/" + name;
    fs::create_directories(path);
    std::ofstream(path + "/left") << "behind";
    return path;
  }

  std::string parent;
};

TEST_F(ScratchTest, IsPrivateAndGoesWithItsOwner) {
  std::string path;
  {
    const auto scratch = ScratchDirectory::Create(parent);
    ASSERT_TRUE(scratch);
    path = scratch->path();
    struct stat status = {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);
    std::ofstream(path + "/file") << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(ScratchTest, RemovesWhatADeadRunLeftBehind) {
  const std::string left = Make("counterscan-0123456789abcdef");
  ASSERT_TRUE(ScratchDirectory::Create(parent));
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(ScratchTest, LeavesDirectoriesOfLivingRuns) {
  const auto first = ScratchDirectory::Create(parent);
  const auto second = ScratchDirectory::Create(parent);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(fs::exists(first->path()));
  EXPECT_NE(first->path(), second->path());
}

TEST_F(ScratchTest, LeavesEverythingThatIsNotExactlyOurs) {
  const std::string names[] = {"counterscan-0123456789abcde", "counterscan-0123456789abcdef0",
                               "counterscan-0123456789ABCDEF", "xcounterscan-0123456789abcdef",
                               "counterscan-"};
  for (const std::string& name : names) Make(name);
  // A symbolic link with our name leads nowhere.
  const std::string victim = Make("victim");
  fs::create_directory_symlink(victim, parent + "/counterscan-00000000000000aa");
  std::ofstream(parent + "/counterscan-00000000000000bb") << "a file";
  ASSERT_TRUE(ScratchDirectory::Create(parent));
  for (const std::string& name : names) EXPECT_TRUE(fs::exists(parent + "/" + name)) << name;
  EXPECT_TRUE(fs::exists(victim + "/left"));
  EXPECT_TRUE(fs::exists(parent + "/counterscan-00000000000000bb"));
}

TEST_F(ScratchTest, LeavesDirectoriesOfOtherUsers) {
  if (geteuid() != 0) return;  // only root can make them
  const std::string path = Make("counterscan-0123456789abcdef");
  ASSERT_EQ(chown(path.c_str(), 1, 1), 0);
  ASSERT_TRUE(ScratchDirectory::Create(parent));
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(ScratchTest, SaysWhyItCannotBeMade) {
  const auto scratch = ScratchDirectory::Create(parent + "/missing");
  ASSERT_FALSE(scratch);
  EXPECT_EQ(scratch.error().message, "cannot make a temporary directory in " + parent +
                                         "/missing: No such file or directory");
}

}  // namespace
}  // namespace counterscan

#include "scanner/base/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "scanner/base/fd.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

namespace fs = std::filesystem;

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::size_t EntriesOf(const std::string& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

TEST(AtomicFile, MakesOrReplacesAFileAndLeavesNothingElse) {
  TempDir dir;
  ASSERT_TRUE(WriteFileAtomically(dir / "report", "first"));
  ASSERT_TRUE(WriteFileAtomically(dir / "report", "2nd"));
  EXPECT_EQ(Read(dir / "report"), "2nd");
  EXPECT_EQ(EntriesOf(dir.path()), 1u);
  EXPECT_FALSE(WriteFileAtomically(dir / "gone/report", "x"));
  EXPECT_FALSE(WriteFileAtomically(dir.path(), "x"));
}

TEST(AtomicFile, ALinkStaysOneAndItsTargetIsReplaced) {
  TempDir dir;
  dir.Write("real/report", "old");
  dir.Link("near/link", "../real/report");
  dir.Link("far", "near/link");
  ASSERT_TRUE(WriteFileAtomically(dir / "far", "new"));
  EXPECT_EQ(Read(dir / "real/report"), "new");
  EXPECT_TRUE(fs::is_symlink(dir / "far"));
  EXPECT_TRUE(fs::is_symlink(dir / "near/link"));
  EXPECT_EQ(EntriesOf(dir / "near"), 1u);

  dir.Link("dangling", "real/fresh");
  ASSERT_TRUE(WriteFileAtomically(dir / "dangling", "made"));
  EXPECT_EQ(Read(dir / "real/fresh"), "made");
  dir.Link("loop", "loop");
  EXPECT_FALSE(WriteFileAtomically(dir / "loop", "x"));
}

TEST(AtomicFile, ADescriptorOfTheCallersIsWrittenToAndKeepsItsPlace) {
  TempDir dir;
  // Without O_CLOEXEC, as what is inherited.
  const UniqueFd file(open((dir / "out").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_TRUE(WriteAll(file.get(), "before "));
  const std::string number = std::to_string(file.get());
  dir.Link("stdout", "/proc/self/fd/" + number);
  for (const std::string& path : {dir / "stdout", "/dev/fd/" + number}) {
    ASSERT_TRUE(WriteFileAtomically(path, "report ")) << path;
  }
  EXPECT_EQ(Read(dir / "out"), "before report report ");
  EXPECT_TRUE(fs::is_symlink(dir / "stdout"));
}

TEST(AtomicFile, ADescriptorOfOurOwnIsNotWrittenTo) {
  TempDir dir;
  dir.Write("model", "weights");
  const UniqueFd file(open((dir / "model").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(WriteFileAtomically("/proc/self/fd/" + std::to_string(file.get()), "report"));
  EXPECT_FALSE(WriteFileAtomically("/proc/self/fd/99999", "report"));
  EXPECT_EQ(Read(dir / "model"), "weights");
}

TEST(AtomicFile, APipeNeedsAReader) {
  TempDir dir;
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(WriteFileAtomically(dir / "fifo", "report"));
  const UniqueFd reader(open((dir / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(WriteFileAtomically(dir / "fifo", "report"));
  char text[16] = {};
  EXPECT_EQ(read(reader.get(), text, sizeof text), 6);
  EXPECT_TRUE(WriteFileAtomically("/dev/null", "report"));
}

}  // namespace
}  // namespace counterscan

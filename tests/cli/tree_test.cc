#include "scanner/cli/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const auto kNever = [] { return false; };

Tree OpenTree(const std::string& root) {
  auto tree = Tree::Open(root);
  EXPECT_TRUE(tree);
  return std::move(*tree);
}

std::vector<std::string> Paths(const Tree::Listing& listing) {
  std::vector<std::string> paths;
  for (const Tree::Entry& entry : listing.entries) paths.push_back(entry.path);
  return paths;
}

std::optional<GapReason> ReasonAt(const Tree& tree, const std::string& path) {
  for (const Tree::Entry& entry : tree.List("", kNever).entries) {
    if (entry.path != path) continue;
    if (entry.failure) return entry.failure->reason;
    const auto opened = tree.OpenFile(path);
    return opened ? std::nullopt : std::optional(opened.error().reason);
  }
  ADD_FAILURE() << path << " is not listed";
  return std::nullopt;
}

TEST(Tree, ListsFilesSortedWithTheirFolders) {
  TempDir dir;
  dir.Write("b/two", "2");
  dir.Write("a", "1");
  dir.Write("b/one", "1");
  const Tree tree = OpenTree(dir.path());
  EXPECT_THAT(Paths(tree.List("", kNever)), ElementsAre("a", "b/one", "b/two"));
  EXPECT_THAT(Paths(tree.List("b", kNever)), ElementsAre("b/one", "b/two"));
}

TEST(Tree, FollowsALinkThatStaysInTheTree) {
  TempDir dir;
  dir.Write("blobs/abc", "content");
  dir.Link("snapshots/x/model.bin", "../../blobs/abc");
  const Tree tree = OpenTree(dir.path());
  const auto opened = tree.OpenFile("snapshots/x/model.bin");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->status.st_size, 7);
}

TEST(Tree, RefusesALinkThatLeavesTheTree) {
  TempDir outside;
  outside.Write("secret", "s");
  TempDir dir;
  dir.Link("absolute", outside / "secret");
  dir.Link("relative", "../../../../etc/passwd");
  dir.Link("folder", outside.path());
  const Tree tree = OpenTree(dir.path());
  EXPECT_EQ(ReasonAt(tree, "absolute"), GapReason::kSymlinkEscapes);
  EXPECT_EQ(ReasonAt(tree, "relative"), GapReason::kSymlinkEscapes);
  EXPECT_EQ(ReasonAt(tree, "folder"), GapReason::kSymlinkEscapes);
}

TEST(Tree, ReportsLinksThatLeadNowhereOrInCircles) {
  TempDir dir;
  dir.Link("gone", "nothing");
  dir.Link("self", "self");
  const Tree tree = OpenTree(dir.path());
  EXPECT_EQ(ReasonAt(tree, "gone"), GapReason::kUnreadable);
  EXPECT_EQ(ReasonAt(tree, "self"), GapReason::kUnreadable);
}

TEST(Tree, WalksADirectoryLoopOnceAndSaysSo) {
  TempDir dir;
  dir.Write("a/file", "1");
  dir.Link("a/loop", "..");
  dir.Link("a/twin", ".");
  const Tree tree = OpenTree(dir.path());
  const Tree::Listing listing = tree.List("", kNever);
  EXPECT_THAT(Paths(listing), ElementsAre("a/file"));
  EXPECT_THAT(listing.notes, ElementsAre(HasSubstr("a/loop leads back to the top"),
                                         HasSubstr("a/twin leads back to a")));
}

TEST(Tree, NeverOpensAFifoSocketOrDevice) {
  TempDir dir;
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (dir / "socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const Tree tree = OpenTree(dir.path());
  EXPECT_EQ(ReasonAt(tree, "fifo"), GapReason::kNotRegular);
  EXPECT_EQ(ReasonAt(tree, "socket"), GapReason::kNotRegular);
  close(listener);
  EXPECT_EQ(OpenNamedFile("/dev/zero").error().reason, GapReason::kNotRegular);
  EXPECT_EQ(OpenNamedFile(dir / "fifo").error().reason, GapReason::kNotRegular);
}

TEST(Tree, ALinkToAFifoDoesNotBlock) {
  TempDir dir;
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  dir.Link("link", "fifo");
  const Tree tree = OpenTree(dir.path());
  EXPECT_EQ(ReasonAt(tree, "link"), GapReason::kNotRegular);
}

TEST(Tree, AFileThatCannotBeReadIsAGap) {
  if (geteuid() == 0) {
    // Root reads everything; an open that fails for another reason stands in.
    EXPECT_EQ(OpenNamedFile("/nonexistent/file").error().reason, GapReason::kUnreadable);
    return;
  }
  TempDir dir;
  ASSERT_EQ(chmod(dir.Write("secret", "s").c_str(), 0), 0);
  EXPECT_EQ(ReasonAt(OpenTree(dir.path()), "secret"), GapReason::kUnreadable);
}

TEST(Tree, AFileThatIsNotThereIsNoLinkThatLeadsNowhere) {
  TempDir dir;
  dir.Link("dangling", "gone");
  EXPECT_EQ(OpenNamedFile(dir / "nope").error().detail, "there is no such file");
  EXPECT_EQ(OpenNamedFile(dir / "dangling/below").error().detail, "there is no such file");
  EXPECT_THAT(OpenNamedFile(dir / "dangling").error().detail, HasSubstr("link leads nowhere"));
}

TEST(Tree, StopsListingWhenAsked) {
  TempDir dir;
  dir.Write("a", "1");
  const Tree tree = OpenTree(dir.path());
  EXPECT_THAT(Paths(tree.List("", [] { return true; })), IsEmpty());
}

TEST(Tree, KeepsHostileNamesAsTheyAre) {
  TempDir dir;
  const std::string name = "a\nb\x1b[2K\xff";
  dir.Write(name, "1");
  EXPECT_THAT(Paths(OpenTree(dir.path()).List("", kNever)), ElementsAre(name));
}

}  // namespace
}  // namespace counterscan

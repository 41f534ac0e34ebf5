#include "scanner/worker/channel.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"

namespace counterscan {
namespace {

using testing::SizeIs;

class ChannelTest : public testing::Test {
 protected:
  // `ours` never waits; what the other side does is up to the test.
  explicit ChannelTest(Channel::Descriptors accept = Channel::Descriptors::kAccepted) {
    auto pair = Channel::Pair();
    EXPECT_TRUE(pair);
    theirs = std::move(pair->second);
    ours = std::make_unique<Channel>(std::move(pair->first), Channel::Wait::kNever, accept);
  }

  void Write(std::string_view bytes) {
    ASSERT_EQ(write(theirs.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  static std::string Header(std::uint32_t size, int kind, int descriptors) {
    std::string header(6, '\0');
    std::memcpy(header.data(), &size, sizeof(size));
    header[4] = static_cast<char>(kind);
    header[5] = static_cast<char>(descriptors);
    return header;
  }

  UniqueFd theirs;
  std::unique_ptr<Channel> ours;
};

std::shared_ptr<const UniqueFd> Open(const char* path) {
  return std::make_shared<const UniqueFd>(open(path, O_RDONLY | O_CLOEXEC));
}

bool SameFile(int a, int b) {
  struct stat first = {};
  struct stat second = {};
  return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_ino == second.st_ino &&
         first.st_dev == second.st_dev;
}

TEST_F(ChannelTest, CarriesFramesWithTheirDescriptors) {
  Channel other(std::move(theirs), Channel::Wait::kAlways, Channel::Descriptors::kAccepted);
  ours->Queue(FrameKind::kJobs, "first", {Open("/dev/null"), Open("/dev/zero")});
  ours->Queue(FrameKind::kJobs, "", {});
  ours->Queue(FrameKind::kSpawn, "third", {Open("/dev/full")});
  ASSERT_TRUE(ours->Flush());
  std::vector<Frame> frames;
  std::vector<std::string> payloads;
  while (frames.size() < 3) {
    ASSERT_EQ(*other.Receive(), Channel::Received::kBytes);
    for (auto frame = other.Next(); frame && *frame; frame = other.Next()) {
      payloads.emplace_back(AsText((*frame)->payload));
      frames.push_back(std::move(**frame));
    }
  }
  EXPECT_THAT(payloads, testing::ElementsAre("first", "", "third"));
  ASSERT_THAT(frames[0].descriptors, SizeIs(2));
  EXPECT_TRUE(SameFile(frames[0].descriptors[1].get(), Open("/dev/zero")->get()));
  EXPECT_THAT(frames[1].descriptors, SizeIs(0));
  ASSERT_THAT(frames[2].descriptors, SizeIs(1));
  EXPECT_TRUE(SameFile(frames[2].descriptors[0].get(), Open("/dev/full")->get()));
}

TEST_F(ChannelTest, TakesAFrameByteByByte) {
  const std::string bytes = Header(4, static_cast<int>(FrameKind::kReady), 0) + "abcd";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto frame = ours->Next();
    ASSERT_TRUE(frame);
    EXPECT_FALSE(*frame);
    Write(bytes.substr(i, 1));
    ASSERT_EQ(*ours->Receive(), Channel::Received::kBytes);
  }
  const auto frame = ours->Next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ(AsText((*frame)->payload), "abcd");
}

TEST_F(ChannelTest, NeverWaitsForAReaderThatDoesNotRead) {
  ours->Queue(FrameKind::kJobs, std::string(8 * kMiB, 'x'));
  ASSERT_TRUE(ours->Flush());
  EXPECT_TRUE(ours->waits_to_write());
  Channel other(std::move(theirs), Channel::Wait::kNever, Channel::Descriptors::kRefused);
  std::size_t got = 0;
  while (got == 0) {
    ASSERT_TRUE(ours->Flush());
    ASSERT_TRUE(other.Receive());
    const auto frame = other.Next();
    ASSERT_TRUE(frame);
    if (*frame) got = (*frame)->payload.size();
  }
  EXPECT_EQ(got, 8 * kMiB);
  EXPECT_FALSE(ours->waits_to_write());
}

TEST_F(ChannelTest, RefusesSizesKindsAndMissingDescriptors) {
  struct Row {
    std::string header;
    bool refused;
  };
  const Row rows[] = {
      {Header(kMessageBytes, 0, 0), false},  // waits for the rest
      {Header(kMessageBytes + 1, 0, 0), true},
      {Header(UINT32_MAX, 0, 0), true},
      {Header(0, static_cast<int>(FrameKind::kAnswers) + 1, 0), true},
      {Header(0, 255, 0), true},
      {Header(0, 0, 1), true},
      {Header(0, 0, 255), true},
  };
  for (const Row& row : rows) {
    auto pair = Channel::Pair();
    ASSERT_TRUE(pair);
    Channel channel(std::move(pair->first), Channel::Wait::kNever, Channel::Descriptors::kAccepted);
    ASSERT_EQ(write(pair->second.get(), row.header.data(), row.header.size()), 6);
    ASSERT_EQ(*channel.Receive(), Channel::Received::kBytes);
    EXPECT_EQ(!channel.Next(), row.refused);
  }
}

TEST_F(ChannelTest, SaysWhenTheOtherSideIsGone) {
  EXPECT_EQ(*ours->Receive(), Channel::Received::kNothing);
  Write("x");
  theirs.Close();
  EXPECT_EQ(*ours->Receive(), Channel::Received::kBytes);
  EXPECT_EQ(*ours->Receive(), Channel::Received::kEnd);
  ours->Queue(FrameKind::kJobs, "x");
  EXPECT_FALSE(ours->Flush());
}

class RefusingChannelTest : public ChannelTest {
 protected:
  RefusingChannelTest() : ChannelTest(Channel::Descriptors::kRefused) {}
};

TEST_F(RefusingChannelTest, TakesNoDescriptorFromAWorker) {
  Channel worker(std::move(theirs), Channel::Wait::kAlways, Channel::Descriptors::kAccepted);
  worker.Queue(FrameKind::kAnswers, "here", {Open("/dev/null")});
  ASSERT_TRUE(worker.Flush());
  EXPECT_FALSE(ours->Receive());
}

}  // namespace
}  // namespace counterscan

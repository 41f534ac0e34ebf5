#include "scanner/worker/byte_pass.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "scanner/base/fd.h"
#include "tests/support/eicar.h"
#include "tests/support/temp_dir.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

auto HasReason(GapReason reason) { return Field(&Gap::reason, reason); }

class BytePass : public testing::Test {
 protected:
  ClamavEngine* Engine(std::uint64_t window_bytes = kMiB) {
    if (engine_ == nullptr) {
      ClamavEngine::Options options;
      options.scratch = scratch_.path();
      options.window_bytes = window_bytes;
      auto engine = ClamavEngine::Load(options);
      if (engine) engine_ = std::move(*engine);
    }
    return engine_.get();
  }

  static UniqueFd Open(const std::string& path, int flags = O_RDONLY) {
    return UniqueFd(open(path.c_str(), flags | O_CLOEXEC));
  }

  static ByteJob JobFor(int descriptor) {
    struct stat status = {};
    EXPECT_EQ(fstat(descriptor, &status), 0);
    ByteJob job;
    job.id = 7;
    job.size = static_cast<std::uint64_t>(status.st_size);
    return job;
  }

  TempDir scratch_;
  TempDir files_;
  std::unique_ptr<ClamavEngine> engine_;
};

TEST_F(BytePass, OneReadGivesDigestsAndSignatures) {
  const std::string content = std::string(3'000'000, 'a') + Eicar();
  const UniqueFd file = Open(files_.Write("bad.bin", content));
  ByteJob job = JobFor(file.get());
  job.git_sha1 = true;
  const ByteAnswer answer = RunByteJob(job, file.get(), Engine());
  EXPECT_EQ(answer.id, 7U);
  EXPECT_EQ(answer.bytes_read, content.size());
  EXPECT_EQ(answer.bytes_matched, content.size());
  ASSERT_TRUE(answer.digests);
  EXPECT_EQ(answer.digests->sha256, Sha256Hex(content));
  EXPECT_EQ(answer.digests->git_sha1, GitBlobSha1Hex(content));
  EXPECT_THAT(answer.signatures, ElementsAre("Counterscan.Test.EICAR"));
  EXPECT_THAT(answer.gaps, IsEmpty());
  EXPECT_EQ(lseek(file.get(), 0, SEEK_CUR), 0);
}

TEST_F(BytePass, TellsHowFarItHasCome) {
  const UniqueFd file = Open(files_.Write("large.bin", std::string(1'000'000, 'a')));
  for (ClamavEngine* engine : {Engine(), static_cast<ClamavEngine*>(nullptr)}) {
    std::vector<std::uint64_t> told;
    RunByteJob(JobFor(file.get()), file.get(), engine,
               [&](std::uint64_t bytes) { told.push_back(bytes); });
    ASSERT_GT(told.size(), 1U);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_EQ(told.back(), 1'000'000U);
  }
}

TEST_F(BytePass, DoesOnlyWhatIsAsked) {
  const UniqueFd file = Open(files_.Write("bad.bin", Eicar()));
  ByteJob job = JobFor(file.get());
  job.match = false;
  const ByteAnswer digest = RunByteJob(job, file.get(), Engine());
  ASSERT_TRUE(digest.digests);
  EXPECT_FALSE(digest.digests->git_sha1);
  EXPECT_THAT(digest.signatures, IsEmpty());

  job.match = true;
  EXPECT_THAT(RunByteJob(job, file.get(), nullptr).signatures, IsEmpty());
  EXPECT_TRUE(RunByteJob(job, file.get(), nullptr).digests);

  job.digest = false;
  const ByteAnswer match = RunByteJob(job, file.get(), Engine());
  EXPECT_FALSE(match.digests);
  EXPECT_EQ(match.signatures.size(), 1U);
  EXPECT_EQ(RunByteJob(job, file.get(), nullptr).bytes_read, 0U);
}

// Whoever waits for the engine's report must not take these bytes for matched meanwhile.
TEST_F(BytePass, WithoutAnEngineNoByteIsMatched) {
  const UniqueFd file = Open(files_.Write("bad.bin", Eicar()));
  const ByteAnswer answer = RunByteJob(JobFor(file.get()), file.get(), nullptr);
  EXPECT_EQ(answer.bytes_read, Eicar().size());
  EXPECT_EQ(answer.bytes_matched, 0U);
}

TEST_F(BytePass, EmptyFileHasDigestsAndNoGap) {
  const UniqueFd file = Open(files_.Write("empty", ""));
  for (ClamavEngine* engine : {Engine(), static_cast<ClamavEngine*>(nullptr)}) {
    const ByteAnswer answer = RunByteJob(JobFor(file.get()), file.get(), engine);
    ASSERT_TRUE(answer.digests);
    EXPECT_EQ(answer.digests->sha256, Sha256Hex(""));
    EXPECT_THAT(answer.gaps, IsEmpty());
  }
}

TEST_F(BytePass, FileOfAnotherSizeThanWhenItWasOpenedHasNoDigest) {
  const UniqueFd file = Open(files_.Write("bad.bin", "before " + Eicar()));
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{10}, std::uint64_t{1'000'000}}) {
    for (ClamavEngine* engine : {Engine(), static_cast<ClamavEngine*>(nullptr)}) {
      ByteJob job = JobFor(file.get());
      job.size = size;
      const ByteAnswer answer = RunByteJob(job, file.get(), engine);
      EXPECT_FALSE(answer.digests);
      EXPECT_THAT(answer.gaps, ElementsAre(HasReason(GapReason::kChanged)));
      // An error never hides a finding.
      EXPECT_EQ(answer.signatures.empty(), engine == nullptr);
    }
  }
}

// Changes a file over and over while it is read, by `change`.
template <class Change>
ByteAnswer ReadWhile(const ByteJob& job, int descriptor, Change change) {
  std::atomic<bool> done = false;
  std::thread other([&] {
    for (unsigned i = 0; !done; ++i) {
      change(i);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const ByteAnswer answer = RunByteJob(job, descriptor, nullptr);
  done = true;
  other.join();
  return answer;
}

TEST_F(BytePass, FileThatChangesWhileItIsReadHasNoDigest) {
  constexpr std::uintmax_t kSize = 300'000'000;
  const std::string path = files_.Write("model.bin", "");
  std::filesystem::resize_file(path, kSize);
  const UniqueFd file = Open(path);
  const ByteJob job = JobFor(file.get());

  const auto expect_changed = [](const ByteAnswer& answer) {
    EXPECT_FALSE(answer.digests);
    EXPECT_THAT(answer.gaps, ElementsAre(HasReason(GapReason::kChanged)));
  };
  expect_changed(ReadWhile(job, file.get(), [&](unsigned i) {
    std::filesystem::last_write_time(path,
                                     std::filesystem::file_time_type{} + std::chrono::seconds(i));
  }));
  expect_changed(ReadWhile(job, file.get(), [&](unsigned i) {
    std::filesystem::resize_file(path, kSize + 1 + i % 100);
  }));
  std::filesystem::resize_file(path, kSize);
  expect_changed(ReadWhile(
      job, file.get(), [&](unsigned i) { std::filesystem::resize_file(path, 1000 + i % 100); }));
}

TEST_F(BytePass, DescriptorThatCannotBeReadIsAGap) {
  const UniqueFd file = Open(files_.Write("model.bin", "weights"), O_WRONLY);
  const ByteAnswer answer = RunByteJob(JobFor(file.get()), file.get(), nullptr);
  EXPECT_FALSE(answer.digests);
  EXPECT_THAT(answer.gaps, ElementsAre(HasReason(GapReason::kUnreadable)));
  const ByteAnswer matched = RunByteJob(JobFor(file.get()), file.get(), Engine());
  EXPECT_FALSE(matched.digests);
  EXPECT_THAT(matched.gaps, ElementsAre(HasReason(GapReason::kUnreadable)));
}

TEST_F(BytePass, DescriptorThatIsNoRegularFileIsAGap) {
  const UniqueFd folder = Open(files_.path(), O_RDONLY | O_DIRECTORY);
  EXPECT_THAT(RunByteJob(ByteJob{}, folder.get(), nullptr).gaps,
              ElementsAre(HasReason(GapReason::kNotRegular)));
  EXPECT_THAT(RunByteJob(ByteJob{}, -1, nullptr).gaps,
              ElementsAre(HasReason(GapReason::kUnreadable)));
}

// The parent looked when it opened the file; what changed since then has changed.
TEST_F(BytePass, ChangesSinceTheFileWasOpenedCount) {
  const UniqueFd file = Open(files_.Write("model.bin", "weights"));
  struct stat status = {};
  ASSERT_EQ(fstat(file.get(), &status), 0);
  ByteJob job = JobFor(file.get());
  job.times = FileTimes::Of(status);
  EXPECT_THAT(RunByteJob(job, file.get(), nullptr).gaps, IsEmpty());
  EXPECT_EQ(RunByteJob(job, file.get(), nullptr).digests->sha256, Sha256Hex("weights"));
  const auto expect_changed = [&] {
    const ByteAnswer answer = RunByteJob(job, file.get(), nullptr);
    EXPECT_FALSE(answer.digests);
    EXPECT_THAT(answer.gaps, ElementsAre(HasReason(GapReason::kChanged)));
  };
  --job.times->modified;
  expect_changed();
  job.times = FileTimes::Of(status);
  --job.times->changed;
  expect_changed();
  job.times = FileTimes::Of(status);
  ++job.size;
  expect_changed();
  job.size -= 2;
  expect_changed();
}

// Sparse: they take no room, but each byte is read and matched.
TEST_F(BytePass, FindsEicarInTheLastBytesOfFilesBeyondTwoAndFourGiB) {
  for (const std::uint64_t size : {kGiB * 21 / 10, kGiB * 45 / 10}) {
    const std::string path = files_.Write("large", "");
    std::filesystem::resize_file(path, size);
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(size - Eicar().size()));
      file << Eicar();
    }
    const UniqueFd file = Open(path);
    ByteJob job = JobFor(file.get());
    job.digest = false;
    const ByteAnswer answer = RunByteJob(job, file.get(), Engine(16 * kMiB));
    EXPECT_THAT(answer.signatures, ElementsAre("Counterscan.Test.EICAR")) << size;
    EXPECT_THAT(answer.gaps, IsEmpty()) << size;
    EXPECT_EQ(answer.bytes_read, size);
    std::filesystem::remove(path);
  }
}

}  // namespace
}  // namespace counterscan

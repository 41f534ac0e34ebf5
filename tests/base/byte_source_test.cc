#include "scanner/base/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/fd.h"

namespace counterscan {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

std::string ReadAt(const ByteSource& source, std::uint64_t offset, std::size_t count) {
  std::vector<std::byte> out(count, std::byte{'?'});
  const auto got = source.ReadAt(offset, out);
  if (!got) return "error: " + got.error().message;
  return std::string(AsText(std::span(out).first(*got)));
}

// An unnamed file with these bytes.
UniqueFd FileOf(std::string_view bytes) {
  std::string name = testing::TempDir() + "counterscan-XXXXXX";
  UniqueFd file(mkstemp(name.data()));
  unlink(name.c_str());
  EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

TEST(ByteSource, MemoryAndFileGiveTheSameAnswers) {
  const std::string bytes = "0123456789";
  const MemorySource memory(AsBytes(bytes));
  const UniqueFd file = FileOf(bytes);
  const FileSource on_disk(file.get(), bytes.size());
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{9}, std::uint64_t{10}, std::uint64_t{11},
        std::uint64_t{1} << 63, kHuge - 1, kHuge}) {
    for (const std::size_t count : {0u, 1u, 5u, 10u, 11u, 100'000u}) {
      const std::string expected =
          offset < bytes.size() ? bytes.substr(static_cast<std::size_t>(offset), count) : "";
      EXPECT_EQ(ReadAt(memory, offset, count), expected) << offset << ' ' << count;
      EXPECT_EQ(ReadAt(on_disk, offset, count), expected) << offset << ' ' << count;
    }
  }
}

TEST(ByteSource, AFileIsNotReadPastTheSizeItPromised) {
  const UniqueFd file = FileOf("0123456789");
  EXPECT_EQ(ReadAt(FileSource(file.get(), 4), 2, 100), "23");
}

TEST(ByteSource, AFileThatHasShrunkGivesFewerBytesThanItPromised) {
  const UniqueFd file = FileOf("0123456789");
  const FileSource source(file.get(), 10);
  ASSERT_EQ(ftruncate(file.get(), 4), 0);
  EXPECT_EQ(ReadAt(source, 2, 100), "23");
  EXPECT_EQ(ReadAt(source, 7, 100), "");
  std::array<std::byte, 8> out;
  const auto read = ReadExactly(source, 0, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kTruncated);
}

TEST(ByteSource, AReadErrorIsAnErrorAndNotAnEnd) {
  const FileSource closed(-1, 10);
  EXPECT_EQ(ReadAt(closed, 0, 4), "error: read at byte 0: Bad file descriptor");
  // A size that no file can have: the system refuses the offset.
  const UniqueFd file = FileOf("x");
  EXPECT_TRUE(ReadAt(FileSource(file.get(), kHuge), kHuge - 1, 1).starts_with("error: "));
}

TEST(ByteSource, ASliceIsCutToWhatTheWholeHas) {
  const std::string bytes = "0123456789";
  const MemorySource whole(AsBytes(bytes));
  EXPECT_EQ(SliceSource(whole, 2, 3).size(), 3u);
  EXPECT_EQ(ReadAt(SliceSource(whole, 2, 3), 0, 100), "234");
  EXPECT_EQ(ReadAt(SliceSource(whole, 2, 3), 1, 1), "3");
  EXPECT_EQ(ReadAt(SliceSource(whole, 2, 3), 3, 1), "");
  EXPECT_EQ(SliceSource(whole, 8, kHuge).size(), 2u);
  EXPECT_EQ(ReadAt(SliceSource(whole, 8, kHuge), 0, 100), "89");
  EXPECT_EQ(SliceSource(whole, 10, 1).size(), 0u);
  EXPECT_EQ(SliceSource(whole, kHuge, kHuge).size(), 0u);
  EXPECT_EQ(ReadAt(SliceSource(whole, kHuge, kHuge), kHuge, 4), "");
}

TEST(ByteSource, ASliceOfASliceStaysInside) {
  const std::string bytes = "0123456789";
  const MemorySource whole(AsBytes(bytes));
  const SliceSource outer(whole, 2, 5);
  EXPECT_EQ(ReadAt(SliceSource(outer, 1, 100), 0, 100), "3456");
  EXPECT_EQ(ReadAt(SliceSource(outer, 1, 100), 2, 100), "56");
}

TEST(SourceStream, ReadsAndSkipsToTheEnd) {
  const std::string bytes = "0123456789";
  const MemorySource source(AsBytes(bytes));
  SourceStream stream(source, 2);
  std::array<std::byte, 3> out;
  EXPECT_EQ(stream.Read(out).value(), 3u);
  EXPECT_EQ(AsText(out), "234");
  EXPECT_EQ(stream.Skip(2).value(), 2u);
  EXPECT_EQ(stream.Read(out).value(), 3u);
  EXPECT_EQ(AsText(out), "789");
  EXPECT_EQ(stream.Read(out).value(), 0u);
  EXPECT_EQ(stream.Skip(1).value(), 0u);
}

TEST(SourceStream, SkipsNoFurtherThanThereAreBytes) {
  const std::string bytes = "0123456789";
  const MemorySource source(AsBytes(bytes));
  EXPECT_EQ(SourceStream(source, 4).Skip(kHuge).value(), 6u);
  EXPECT_EQ(SourceStream(source, kHuge).Skip(kHuge).value(), 0u);
}

// A stream that gives what it is told to give, and cannot seek.
class Dripping final : public ByteStream {
 public:
  Dripping(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
  Result<std::size_t> Read(std::span<std::byte> out) override {
    const std::size_t count = std::min({out.size(), step_, bytes_.size() - position_});
    std::copy_n(AsBytes(bytes_).begin() + static_cast<std::ptrdiff_t>(position_), count,
                out.begin());
    position_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t step_;
  std::size_t position_ = 0;
};

TEST(ByteStream, SkippingByReadingStopsAtTheEnd) {
  Dripping stream(std::string(100'000, 'x'), 777);
  EXPECT_EQ(stream.Skip(0).value(), 0u);
  EXPECT_EQ(stream.Skip(99'999).value(), 99'999u);
  EXPECT_EQ(stream.Skip(kHuge).value(), 1u);
  EXPECT_EQ(stream.Skip(1).value(), 0u);
}

// Reads, and holds nothing.
class Reading final : public ByteSource {
 public:
  explicit Reading(std::string_view bytes) : bytes_(AsBytes(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    return bytes_.ReadAt(offset, out);
  }

 private:
  MemorySource bytes_;
};

TEST(Held, OnlyWhatLiesWhollyInside) {
  const std::string bytes = "0123456789";
  const MemorySource source(AsBytes(bytes));
  const SliceSource slice(source, 2, 6);
  EXPECT_EQ(AsText(source.Held(0, 10).value()), bytes);
  EXPECT_EQ(source.Held(3, 2)->data(), AsBytes(bytes).data() + 3);
  EXPECT_EQ(slice.Held(1, 3)->data(), AsBytes(bytes).data() + 3);
  EXPECT_EQ(slice.Held(6, 0)->size(), 0u);
  for (const std::uint64_t size : {std::uint64_t{6}, std::uint64_t{7}, kHuge}) {
    EXPECT_FALSE(slice.Held(1, size)) << size;
    EXPECT_FALSE(source.Held(kHuge, size)) << size;
  }
  const Reading reading(bytes);
  EXPECT_FALSE(reading.Held(0, 1));
  EXPECT_FALSE(SliceSource(reading, 1, 2).Held(0, 1));
}

TEST(Excerpt, HoldsTheSameWhateverTheSourceIs) {
  const std::string bytes = "0123456789";
  const MemorySource memory(AsBytes(bytes));
  const Reading reading(bytes);
  for (const ByteSource* source :
       {static_cast<const ByteSource*>(&memory), static_cast<const ByteSource*>(&reading)}) {
    EXPECT_EQ(AsText(Excerpt::Read(*source, 2, 3).value()), "234");
    EXPECT_EQ(AsText(Excerpt::Read(*source, 8, kHuge).value()), "89");
    EXPECT_EQ(Excerpt::Read(*source, kHuge, kHuge)->size(), 0u);
    Excerpt moved = Excerpt::Read(*source, 0, 10).value();
    const Excerpt kept = std::move(moved);
    EXPECT_EQ(AsText(kept), bytes);
  }
}

}  // namespace
}  // namespace counterscan

#include "scanner/base/stream_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"

namespace counterscan {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

// Gives at most `step` bytes a read, cannot seek, and fails with kIo once `good` bytes are out.
class Dripping final : public ByteStream {
 public:
  explicit Dripping(std::string_view bytes, std::size_t step = 1, std::size_t good = SIZE_MAX)
      : bytes_(bytes), step_(step), good_(good) {}
  Result<std::size_t> Read(std::span<std::byte> out) override {
    if (position_ >= good_) return Fail(ErrorCode::kIo, "the disk is gone");
    const std::size_t count =
        std::min({out.size(), step_, bytes_.size() - position_, good_ - position_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(position_), count, AsChars(out));
    position_ += count;
    return count;
  }

 private:
  static char* AsChars(std::span<std::byte> out) { return reinterpret_cast<char*>(out.data()); }

  std::string_view bytes_;
  std::size_t step_;
  std::size_t good_;
  std::size_t position_ = 0;
};

TEST(StreamReader, ReadsNumbersBytesAndTheirOffsets) {
  const std::string bytes = "\x01\x02\x03\x04\x05\x06\x07\x08 rest";
  Dripping stream(bytes);
  StreamReader reader(stream, 100);
  EXPECT_EQ(reader.LittleEndian<std::uint8_t>().value(), 1);
  EXPECT_EQ(reader.LittleEndian<std::uint16_t>().value(), 0x0302);
  EXPECT_EQ(reader.offset(), 103u);
  EXPECT_EQ(reader.Peek().value(), 4);
  EXPECT_EQ(reader.offset(), 103u);
  EXPECT_EQ(AsText(reader.Bytes(5).value()), "\x04\x05\x06\x07\x08");
  EXPECT_FALSE(reader.AtEnd());
  EXPECT_EQ(reader.Text(5, 3).value(), " re");
  EXPECT_EQ(reader.offset(), 113u);
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_EQ(reader.Peek().error().code, ErrorCode::kTruncated);
}

TEST(StreamReader, AReadThatDoesNotFitLeavesTheCursorWhereItWas) {
  Dripping stream("abc");
  StreamReader reader(stream);
  ASSERT_TRUE(reader.Skip(1));
  EXPECT_EQ(reader.LittleEndian<std::uint32_t>().error().code, ErrorCode::kTruncated);
  EXPECT_EQ(reader.Bytes(3).error().code, ErrorCode::kTruncated);
  EXPECT_EQ(reader.Line(10).error().code, ErrorCode::kTruncated);
  EXPECT_EQ(reader.offset(), 1u);
  EXPECT_EQ(AsText(reader.Bytes(2).value()), "bc");
}

TEST(StreamReader, NoDeclaredLengthOverflowsOrAllocates) {
  for (const std::uint64_t length :
       {std::uint64_t{100}, std::uint64_t{1} << 40, std::uint64_t{1} << 63, kHuge - 1, kHuge}) {
    Dripping text_stream("0123456789");
    StreamReader text(text_stream);
    ASSERT_TRUE(text.Skip(2));
    EXPECT_EQ(text.Text(length, 4).error().code, ErrorCode::kTruncated) << length;
    // What was there has been taken.
    EXPECT_EQ(text.offset(), 10u);
    EXPECT_TRUE(text.AtEnd());
    Dripping skip_stream("0123456789", 3);
    StreamReader skip(skip_stream);
    ASSERT_TRUE(skip.Skip(2));
    EXPECT_EQ(skip.Skip(length).error().code, ErrorCode::kTruncated) << length;
    EXPECT_EQ(skip.offset(), 10u);
    EXPECT_TRUE(skip.AtEnd());
  }
}

TEST(StreamReader, BytesAreLimitedByTheBuffer) {
  const std::string bytes(StreamReader::kBufferBytes + 10, 'x');
  Dripping stream(bytes, 1000);
  StreamReader reader(stream);
  ASSERT_TRUE(reader.Skip(3));
  EXPECT_EQ(reader.Bytes(StreamReader::kBufferBytes + 1).error().code, ErrorCode::kLimit);
  EXPECT_EQ(reader.Bytes(StreamReader::kBufferBytes).value().size(), StreamReader::kBufferBytes);
  EXPECT_EQ(reader.offset(), StreamReader::kBufferBytes + 3);
}

TEST(StreamReader, LinesEndAtTheLimitAndNotBefore) {
  Dripping stream("abcd\n\nrest");
  StreamReader reader(stream);
  EXPECT_EQ(reader.Line(3).error().code, ErrorCode::kLimit);
  EXPECT_EQ(reader.Line(0).error().code, ErrorCode::kLimit);
  EXPECT_EQ(reader.offset(), 0u);
  EXPECT_EQ(reader.Line(4).value(), "abcd");
  EXPECT_EQ(reader.Line(0).value(), "");
  EXPECT_EQ(reader.offset(), 6u);
  EXPECT_EQ(reader.Line(3).error().code, ErrorCode::kLimit);
  EXPECT_EQ(reader.Line(4).error().code, ErrorCode::kTruncated);
  EXPECT_EQ(reader.Text(4, 4).value(), "rest");
}

TEST(StreamReader, ALineMayCrossTheBuffersEnd) {
  const std::string bytes = std::string(StreamReader::kBufferBytes - 3, 'x') + "0123456789\n.";
  Dripping stream(bytes, 4096);
  StreamReader reader(stream);
  ASSERT_TRUE(reader.Skip(StreamReader::kBufferBytes - 3));
  EXPECT_EQ(reader.Line(60'000).value(), "0123456789");
  EXPECT_EQ(reader.LittleEndian<std::uint8_t>().value(), '.');
}

TEST(StreamReader, AReadErrorIsAnErrorAndNotTheEnd) {
  Dripping stream("0123456789", 1, 4);
  StreamReader reader(stream);
  EXPECT_EQ(AsText(reader.Bytes(4).value()), "0123");
  EXPECT_FALSE(reader.AtEnd());
  EXPECT_EQ(reader.Peek().error().code, ErrorCode::kIo);
  EXPECT_EQ(reader.Bytes(1).error().code, ErrorCode::kIo);
  EXPECT_EQ(reader.Line(10).error().code, ErrorCode::kIo);
  EXPECT_EQ(reader.Text(3, 3).error().code, ErrorCode::kIo);
  EXPECT_EQ(reader.Skip(3).error().code, ErrorCode::kIo);
}

TEST(StreamReader, NothingCanBeReadFromNothing) {
  Dripping stream("");
  StreamReader reader(stream);
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_EQ(reader.Bytes(0).value().size(), 0u);
  EXPECT_EQ(reader.Text(0, 10).value(), "");
  EXPECT_TRUE(reader.Skip(0));
  EXPECT_EQ(reader.Line(10).error().code, ErrorCode::kTruncated);
}

// What one reader answers to a random walk of reads, as text.
std::string Walk(StreamReader& reader, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string story;
  for (int step = 0; step < 300; ++step) {
    const auto count = random() % 5000;
    const auto tell = [&](const auto& result, auto show) {
      story += result ? show(*result) : std::string(Name(result.error().code));
    };
    const auto as_text = [](std::string_view text) { return std::string(text); };
    switch (random() % 6) {
      case 0:
        tell(reader.LittleEndian<std::uint32_t>(), [](auto n) { return std::to_string(n); });
        break;
      case 1:
        tell(reader.Bytes(count), [](auto bytes) { return std::string(AsText(bytes)); });
        break;
      case 2:
        tell(reader.Text(count, count / 2), as_text);
        break;
      case 3:
        tell(reader.Line(count), as_text);
        break;
      case 4:
        story += reader.Skip(count) ? "skipped" : "ended";
        break;
      default:
        tell(reader.Peek(), [](auto byte) { return std::to_string(byte); });
        break;
    }
    story += '@' + std::to_string(reader.offset()) + (reader.AtEnd() ? "." : ",");
  }
  return story;
}

TEST(StreamReader, BytesThatComeOneAtATimeGiveTheSameAnswers) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    std::string bytes(300'000, '\0');
    for (char& c : bytes) c = random() % 700 == 0 ? '\n' : static_cast<char>(random() & 0xFF);
    const MemorySource source(AsBytes(bytes));
    SourceStream whole(source);
    StreamReader expected(whole);
    const std::string story = Walk(expected, seed);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{65'537}}) {
      Dripping stream(bytes, step);
      StreamReader reader(stream);
      ASSERT_EQ(Walk(reader, seed), story) << seed << ' ' << step;
    }
  }
}

}  // namespace
}  // namespace counterscan

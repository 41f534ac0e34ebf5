#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/member_source.h"
#include "scanner/container/range_set.h"
#include "scanner/container/torch_legacy.h"
#include "tests/support/compress.h"

namespace counterscan::container {
namespace {

std::string Counting(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + " ";
  text.resize(size);
  return text;
}

StreamOpener Opener(const ByteSource& packed) {
  return [&packed]() -> Result<std::unique_ptr<ByteStream>> {
    return TRY(InflateStream::Open(packed));
  };
}

std::string TextAt(const ByteSource& source, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  const auto got = source.ReadAt(offset, std::as_writable_bytes(std::span(text)));
  text.resize(got ? *got : 0);
  return text;
}

TEST(StreamSource, ReadsForwardsBackwardsAndAcrossTheEnd) {
  const std::string plain = Counting(300'000);
  const std::string packed_bytes = Deflated(plain);
  const MemorySource packed(AsBytes(packed_bytes));
  UnpackBudget budget(10 * kMiB);
  const StreamSource source(Opener(packed), plain.size(), budget);
  EXPECT_EQ(TextAt(source, 0, 10), plain.substr(0, 10));
  EXPECT_EQ(TextAt(source, 200'000, 10), plain.substr(200'000, 10));
  EXPECT_EQ(TextAt(source, 5, 100'000), plain.substr(5, 100'000));
  EXPECT_EQ(TextAt(source, plain.size() - 3, 10), plain.substr(plain.size() - 3));
  EXPECT_EQ(TextAt(source, plain.size(), 10), "");
}

TEST(StreamSource, GoingBackAgainAndAgainSpendsTheBudget) {
  const std::string packed_bytes = Deflated(std::string(1'000'000, 'a'));
  const MemorySource packed(AsBytes(packed_bytes));
  UnpackBudget budget(5'000'000);
  const StreamSource source(Opener(packed), 1'000'000, budget);
  std::byte byte[1];
  std::optional<Error> error;
  for (int i = 0; i < 100 && !error; ++i) {
    const auto read = source.ReadAt(i % 2 == 0 ? 999'999 : 0, byte);
    if (!read) error = read.error();
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kLimit);
  EXPECT_TRUE(budget.exhausted());
}

TEST(InflateStream, EveryTruncationGivesAPrefixAndThenAnError) {
  const std::string plain = Counting(2000);
  const std::string whole = Deflated(plain);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string bytes = whole.substr(0, size);
    const MemorySource packed(AsBytes(bytes));
    auto stream = InflateStream::Open(packed);
    ASSERT_TRUE(stream);
    UnpackBudget budget(kMiB);
    const Unpacked unpacked = Unpack(**stream, kMiB, budget);
    EXPECT_FALSE(unpacked.complete);
    ASSERT_TRUE(unpacked.error);
    EXPECT_EQ(unpacked.error->code, ErrorCode::kTruncated);
    EXPECT_TRUE(plain.starts_with(AsText(unpacked.bytes)));
  }
}

TEST(InflateStream, BrokenDataIsMalformed) {
  const std::string bytes = "\x07 no such block type";
  const MemorySource packed(AsBytes(bytes));
  auto stream = InflateStream::Open(packed);
  UnpackBudget budget(kMiB);
  const Unpacked unpacked = Unpack(**stream, kMiB, budget);
  ASSERT_TRUE(unpacked.error);
  EXPECT_EQ(unpacked.error->code, ErrorCode::kMalformed);
}

TEST(Unpack, StopsOneByteAboveItsLimitAndAtTheBudget) {
  const std::string packed_bytes = Deflated(std::string(100'000, 'a'));
  const MemorySource packed(AsBytes(packed_bytes));
  UnpackBudget enough(kMiB);
  auto stream = InflateStream::Open(packed);
  const Unpacked cut = Unpack(**stream, 1000, enough);
  EXPECT_EQ(cut.bytes.size(), 1001U);
  EXPECT_FALSE(cut.complete);
  EXPECT_FALSE(cut.error);
  EXPECT_EQ(Measure(**stream, enough).bytes, 99'000U - 1);

  UnpackBudget little(5000);
  auto again = InflateStream::Open(packed);
  const Unpacked spent = Unpack(**again, kMiB, little);
  ASSERT_TRUE(spent.error);
  EXPECT_EQ(spent.error->code, ErrorCode::kLimit);
}

TEST(RangeSet, MergesWhatTouchesAndKnowsWhatIsMissing) {
  RangeSet set;
  set.Add(10, 20);
  set.Add(30, 40);
  set.Add(20, 25);
  set.Add(5, 5);
  set.Add(9, 3);
  EXPECT_TRUE(set.Covers({10, 25}));
  EXPECT_FALSE(set.Covers({10, 31}));
  EXPECT_EQ(set.End(), 40U);
  EXPECT_THAT(set.Missing(50), ::testing::ElementsAre(Range{0, 10}, Range{25, 30}, Range{40, 50}));
  set.Add(0, 100);
  EXPECT_THAT(set.Missing(50), ::testing::IsEmpty());
  EXPECT_THAT(RangeSet().Missing(3), ::testing::ElementsAre(Range{0, 3}));
}

std::string Storage(std::uint64_t count, std::size_t bytes) {
  std::string storage(reinterpret_cast<const char*>(&count), sizeof(count));
  for (std::size_t i = 0; i < bytes; ++i) storage += static_cast<char>(0x35 + i % 90);
  return storage;
}

TEST(CountStorages, ReadsStoragesOfMixedElementSizes) {
  const std::string bytes =
      "head" + Storage(10, 40) + Storage(3, 6) + Storage(100, 800) + Storage(0, 0) + Storage(5, 5);
  const MemorySource source(AsBytes(bytes));
  const auto count = CountStorages(source, 4);
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 5U);
  EXPECT_EQ(*CountStorages(source, bytes.size()), 0U);
}

TEST(CountStorages, ATailThatNoStorageExplainsIsUnaccounted) {
  for (const std::string_view tail : {"x", "1234567", "PK\3\4 and what follows"}) {
    const std::string bytes = Storage(10, 40) + Storage(7, 28) + std::string(tail);
    const MemorySource source(AsBytes(bytes));
    EXPECT_FALSE(CountStorages(source, 0)) << tail;
  }
}

TEST(CountStorages, EveryTruncationHasAnAnswer) {
  const std::string whole = Storage(10, 40) + Storage(7, 28);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string bytes = whole.substr(0, size);
    const MemorySource source(AsBytes(bytes));
    const auto count = CountStorages(source, 0);
    EXPECT_TRUE(size < 18 ? !count || size == 0 || size % 8 == 0 : true) << size;
  }
}

TEST(CountStorages, CountsOfAnySizeAreOnlyCompared) {
  for (const std::uint64_t count :
       {std::uint64_t{0x7fffffffffffffff}, std::uint64_t{1} << 60, ~std::uint64_t{0}}) {
    const std::string bytes = Storage(count, 40);
    const MemorySource source(AsBytes(bytes));
    EXPECT_FALSE(CountStorages(source, 0));
  }
}

TEST(CountStorages, ManyWaysToReadEndWithALimit) {
  std::string bytes(8 * 600'000 + 1, '\0');
  const MemorySource source(AsBytes(bytes));
  const auto count = CountStorages(source, 0);
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace counterscan::container

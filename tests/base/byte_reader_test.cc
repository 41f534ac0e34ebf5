#include "scanner/base/byte_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace counterscan {
namespace {

const std::string kBytes = "\x01\x02\x03\x04\x05\x06\x07\x08\xff";

TEST(ByteReader, ReadsNumbersWithTheLowestByteFirst) {
  ByteReader reader(AsBytes(kBytes));
  EXPECT_EQ(reader.LittleEndian<std::uint8_t>().value(), 0x01);
  EXPECT_EQ(reader.LittleEndian<std::uint16_t>().value(), 0x0302);
  EXPECT_EQ(reader.LittleEndian<std::uint32_t>().value(), 0x07060504u);
  EXPECT_EQ(reader.offset(), 7u);
  EXPECT_EQ(reader.remaining(), 2u);
  EXPECT_EQ(reader.LittleEndian<std::int16_t>().value(), -248);  // 0xff08
  ByteReader eight(AsBytes(kBytes));
  EXPECT_EQ(eight.LittleEndian<std::uint64_t>().value(), 0x0807060504030201u);
}

TEST(ByteReader, AReadThatDoesNotFitLeavesTheCursorWhereItWas) {
  ByteReader reader(AsBytes(kBytes));
  ASSERT_TRUE(reader.Skip(6));
  const auto number = reader.LittleEndian<std::uint32_t>();
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().code, ErrorCode::kTruncated);
  EXPECT_EQ(number.error().offset, 6u);
  EXPECT_FALSE(reader.Bytes(4));
  EXPECT_FALSE(reader.Text(4));
  EXPECT_FALSE(reader.Skip(4));
  EXPECT_EQ(reader.offset(), 6u);
  EXPECT_EQ(AsText(reader.Bytes(3).value()), "\x07\x08\xff");
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, NoDeclaredLengthOverflows) {
  for (const std::uint64_t length :
       {std::uint64_t{10}, std::uint64_t{1} << 32, std::uint64_t{1} << 63,
        std::numeric_limits<std::uint64_t>::max() - 1, std::numeric_limits<std::uint64_t>::max()}) {
    ByteReader reader(AsBytes(kBytes));
    ASSERT_TRUE(reader.Skip(1));
    EXPECT_FALSE(reader.Bytes(length)) << length;
    EXPECT_FALSE(reader.Text(length)) << length;
    EXPECT_FALSE(reader.Skip(length)) << length;
    EXPECT_EQ(reader.offset(), 1u);
  }
}

TEST(ByteReader, EveryTruncationFailsExactlyWhereBytesAreMissing) {
  for (std::size_t size = 0; size <= kBytes.size(); ++size) {
    ByteReader reader(AsBytes(std::string_view(kBytes).substr(0, size)));
    EXPECT_EQ(reader.LittleEndian<std::uint64_t>().has_value(), size >= 8);
    EXPECT_EQ(reader.offset(), size >= 8 ? 8u : 0u);
  }
}

TEST(ByteReader, NothingCanBeReadFromNothing) {
  ByteReader reader({});
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(reader.Bytes(0).value().size(), 0u);
  EXPECT_EQ(reader.Text(0).value(), "");
  EXPECT_TRUE(reader.Skip(0));
  EXPECT_FALSE(reader.LittleEndian<std::uint8_t>());
}

TEST(ByteReader, TextKeepsNulBytes) {
  const std::string text("a\0b", 3);
  ByteReader reader(AsBytes(text));
  EXPECT_EQ(reader.Text(3).value(), text);
}

}  // namespace
}  // namespace counterscan

#include "scanner/container/compressed_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "tests/support/compress.h"

namespace counterscan::container {
namespace {

struct Kind {
  const char* name;
  Packing packing;
  StreamFamily family;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

const Kind kKinds[] = {
    {"zlib", Packing::kZlib, StreamFamily::kZlib},
    {"gzip", Packing::kGzip, StreamFamily::kGzip},
    {"bzip2", Packing::kBzip2, StreamFamily::kBzip2},
    {"xz", Packing::kXz, StreamFamily::kXz},
    {"lzma", Packing::kLzma, StreamFamily::kXz},
    {"zstd", Packing::kZstd, StreamFamily::kFrames},
    {"lz4", Packing::kLz4, StreamFamily::kFrames},
    {"lz4_legacy", Packing::kLz4Legacy, StreamFamily::kFrames},
};

struct Outcome {
  std::string plain;
  std::optional<Error> error;
  std::uint64_t consumed = 0;
  std::vector<Range> skipped;
};

// Unpacks with reads of `step` bytes.
Outcome UnpackAll(std::string_view bytes, StreamFamily family, bool check = true,
                  std::size_t step = 4096, std::uint64_t memory_bytes = 144 * kMiB) {
  Outcome outcome;
  const MemorySource packed(AsBytes(bytes));
  MemoryBudget memory(memory_bytes);
  auto stream = CompressedStream::Open(packed, family, {.check = check, .memory = &memory});
  if (!stream) {
    outcome.error = stream.error();
    return outcome;
  }
  std::vector<std::byte> piece(step);
  while (true) {
    const auto got = (*stream)->Read(piece);
    if (!got) outcome.error = got.error();
    if (!got || *got == 0) break;
    outcome.plain += AsText(std::span(piece).first(*got));
  }
  outcome.consumed = (*stream)->consumed();
  outcome.skipped = (*stream)->skipped();
  stream->reset();
  EXPECT_EQ(memory.left(), memory_bytes) << "memory was not given back";
  return outcome;
}

std::string Counting(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i) + " ";
  text.resize(size);
  return text;
}

class EveryCodec : public ::testing::TestWithParam<Kind> {
 protected:
  std::string Pack(std::string_view plain) const { return Compress(plain, GetParam().packing); }
  StreamFamily family() const { return GetParam().family; }
};

TEST_P(EveryCodec, GivesBackWhatWasPacked) {
  for (const std::size_t size : {0UL, 1UL, 100UL, 70'000UL, 1'000'000UL}) {
    const std::string plain = Counting(size);
    const std::string packed = Pack(plain);
    const Outcome outcome = UnpackAll(packed, family());
    EXPECT_FALSE(outcome.error) << outcome.error->message;
    EXPECT_EQ(outcome.plain, plain);
    EXPECT_EQ(outcome.consumed, packed.size());
  }
}

TEST_P(EveryCodec, ReadByteByByteGivesTheSame) {
  const std::string plain = Counting(5000);
  const Outcome outcome = UnpackAll(Pack(plain), family(), true, 1);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.plain, plain);
}

TEST_P(EveryCodec, EveryTruncationGivesAPrefixAndAnError) {
  const std::string plain = Counting(1000);
  const std::string whole = Pack(plain);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Outcome outcome = UnpackAll(whole.substr(0, size), family());
    // A legacy lz4 frame ends where no size of a block follows.
    const bool ended = GetParam().packing == Packing::kLz4Legacy && outcome.consumed == 4;
    ASSERT_TRUE(outcome.error || ended) << size;
    EXPECT_TRUE(plain.starts_with(outcome.plain)) << size;
  }
}

TEST_P(EveryCodec, StreamsOneAfterAnotherAreOneContent) {
  const std::string packed = Pack("first ") + Pack("second ") + Pack("third");
  const Outcome outcome = UnpackAll(packed, family());
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.plain, "first second third");
  EXPECT_EQ(outcome.consumed, packed.size());
}

TEST_P(EveryCodec, WhatFollowsTheStreamIsNotConsumed) {
  // Larger than any size that could follow.
  const std::string tail = "\xff\xff\xff\x7f tail";
  const std::string packed = Pack("content");
  const Outcome outcome = UnpackAll(packed + tail, family());
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.plain, "content");
  EXPECT_EQ(outcome.consumed, packed.size());
}

TEST_P(EveryCodec, AnyByteFlippedEndsAndGivesNoMoreThanItsBudget) {
  const std::string plain = Counting(500);
  const std::string whole = Pack(plain);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    EXPECT_LE(UnpackAll(bytes, family()).plain.size(), 64 * kMiB) << at;
  }
}

TEST_P(EveryCodec, WithoutMemoryNothingIsUnpackedAndALimitIsNamed) {
  if (family() == StreamFamily::kZlib || family() == StreamFamily::kGzip) return;  // 40 KiB
  const Outcome outcome = UnpackAll(Pack(Counting(1000)), family(), true, 4096, 16 * kKiB);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kLimit);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

// What stands in the last bytes of these is a checksum of the content.
TEST(CompressedStream, AWrongChecksumIsAnErrorOnlyForThoseWhoCheck) {
  const std::string plain = Counting(3000);
  for (const auto& [packing, family] : {std::pair{Packing::kZlib, StreamFamily::kZlib},
                                        {Packing::kZstd, StreamFamily::kFrames},
                                        {Packing::kLz4, StreamFamily::kFrames}}) {
    std::string packed = Compress(plain, packing);
    packed.back() = static_cast<char>(packed.back() ^ 1);
    const Outcome checked = UnpackAll(packed, family);
    ASSERT_TRUE(checked.error);
    EXPECT_EQ(checked.error->code, ErrorCode::kMalformed);
    const Outcome unchecked = UnpackAll(packed, family, false);
    EXPECT_FALSE(unchecked.error);
    EXPECT_EQ(unchecked.plain, plain);
  }
}

TEST(CompressedStream, WhatStandsBeforeABrokenBlockIsGiven) {
  // Three blocks; the second one's checksum, which follows the block, is wrong.
  const std::string plain = Counting(9'000'000);
  std::string packed = Compress(plain, Packing::kLz4);
  const std::size_t second = packed.size() / 2;
  packed[second] = static_cast<char>(packed[second] ^ 1);
  const Outcome outcome = UnpackAll(packed, StreamFamily::kFrames);
  ASSERT_TRUE(outcome.error);
  EXPECT_GE(outcome.plain.size(), 4'000'000U);
  EXPECT_TRUE(plain.starts_with(outcome.plain));
}

TEST(CompressedStream, ASmallZstdFrameWithABrokenSecondBlockGivesItsFirst) {
  // Frame of a raw block "abc", then one of a reserved type (RFC 8878 3.1.1.2.2).
  const std::string packed = LittleEndian(0xfd2fb528, 4) + std::string("\x00\x58", 2) +
                             std::string(
                                 "\x18\x00\x00"
                                 "abc",
                                 6) +
                             std::string(
                                 "\x1f\x00\x00"
                                 "abcdefgh",
                                 11);
  const Outcome outcome = UnpackAll(packed, StreamFamily::kFrames);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.plain, "abc");
}

TEST(CompressedStream, SkippableFramesAreTold) {
  const std::string packed = SkippableFrame("one") + Compress("plain ", Packing::kZstd) +
                             SkippableFrame("three") + Compress("text", Packing::kLz4) +
                             SkippableFrame("");
  const Outcome outcome = UnpackAll(packed, StreamFamily::kFrames);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.plain, "plain text");
  EXPECT_EQ(outcome.consumed, packed.size());
  ASSERT_EQ(outcome.skipped.size(), 3U);
  EXPECT_EQ(outcome.skipped[0], (Range{8, 11}));
  EXPECT_EQ(outcome.skipped[1].size(), 5U);
}

TEST(CompressedStream, ASkippableFrameLongerThanTheFileEndsWithIt) {
  for (const std::uint64_t size : {0xffffffffU, 0x7fffffffU, 100U}) {
    const std::string packed = LittleEndian(0x184d2a50, 4) + LittleEndian(size, 4) + "hidden";
    const Outcome outcome = UnpackAll(packed, StreamFamily::kFrames);
    ASSERT_EQ(outcome.skipped.size(), 1U);
    EXPECT_EQ(outcome.skipped[0], (Range{8, 14}));
  }
}

TEST(CompressedStream, FieldsOfAGzipHeaderAreTold) {
  // RFC 1952 2.3: FEXTRA and FCOMMENT.
  const std::string member = Compress("content", Packing::kGzip);
  const std::string extra = "an extra field that holds something";
  std::string bytes = member.substr(0, 10);
  bytes[3] = 4 | 16;
  bytes += LittleEndian(extra.size(), 2) + extra + std::string(300, 'c') + '\0' + member.substr(10);
  const Outcome outcome = UnpackAll(bytes, StreamFamily::kGzip);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.plain, "content");
  ASSERT_EQ(outcome.skipped.size(), 2U);
  EXPECT_EQ(outcome.skipped[0], (Range{12, 12 + extra.size()}));
  EXPECT_EQ(outcome.skipped[1].size(), 300U);
}

TEST(CompressedStream, ZerosBetweenXzStreamsAndGzipMembersArePadding) {
  const std::string padding(8, '\0');
  const std::string xz =
      Compress("a", Packing::kXz) + padding + Compress("b", Packing::kLzma) + padding;
  EXPECT_EQ(UnpackAll(xz, StreamFamily::kXz).plain, "ab");
  const std::string gzip =
      Compress("a", Packing::kGzip) + padding + Compress("b", Packing::kGzip) + padding;
  EXPECT_EQ(UnpackAll(gzip, StreamFamily::kGzip).plain, "ab");
}

TEST(CompressedStream, BytesThatOnlyBeginLikeAnotherStreamAreNone) {
  const std::string stream = Compress("a", Packing::kZlib);
  const Outcome outcome = UnpackAll(stream + "\x78\x9c\xff\xff\xff\xff", StreamFamily::kZlib);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.plain, "a");
  EXPECT_EQ(outcome.consumed, stream.size());
}

TEST(CompressedStream, AZstdFrameThatNeedsADictionaryIsUnsupported) {
  // Frame_Header_Descriptor with a Dictionary_ID of one byte (RFC 8878 3.1.1.1.3).
  const std::string packed =
      LittleEndian(0xfd2fb528, 4) + std::string("\x01\x58\x07\x19\0\0abc", 10);
  const Outcome outcome = UnpackAll(packed, StreamFamily::kFrames);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kUnsupported);
}

TEST(CompressedStream, AnLz4FrameThatNeedsADictionaryIsUnsupported) {
  std::string packed = Compress(Counting(100), Packing::kLz4);
  packed[4] = static_cast<char>(packed[4] | 1);
  const Outcome outcome = UnpackAll(packed, StreamFamily::kFrames);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kUnsupported);
}

TEST(CompressedStream, AWindowOfGigabytesIsALimit) {
  // A window of 2^31 bytes: Window_Descriptor 0xa8 (RFC 8878 3.1.1.1.2).
  const std::string zstd = LittleEndian(0xfd2fb528, 4) + std::string("\x00\xa8\x19\0\0abc", 8);
  // An .lzma of a 1.5 GiB dictionary.
  std::string lzma = Compress(Counting(100), Packing::kLzma);
  lzma.replace(1, 4, LittleEndian(0x60000000, 4));
  for (const auto& [bytes, family] :
       {std::pair{zstd, StreamFamily::kFrames}, {lzma, StreamFamily::kXz}}) {
    const Outcome outcome = UnpackAll(bytes, family);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, ErrorCode::kLimit);
  }
}

TEST(CompressedStream, AnXzFilterThatNobodyKnowsIsUnsupported) {
  std::string packed = Compress(Counting(100), Packing::kXz);
  // The .xz File Format 3.1: the first block header stands at 12, its flags at 13, the filter's
  // identity at 14; a CRC-32 ends it. 0x22 is no filter's.
  packed[14] = 0x22;
  const std::size_t header = (static_cast<std::size_t>(packed[12]) + 1) * 4;
  // The CRC-32 of those bytes, bit by bit.
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 12; i < 12 + header - 4; ++i) {
    crc ^= static_cast<std::uint8_t>(packed[i]);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  packed.replace(12 + header - 4, 4, LittleEndian(~crc & 0xffffffff, 4));
  const Outcome outcome = UnpackAll(packed, StreamFamily::kXz);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, ErrorCode::kUnsupported);
}

TEST(CompressedStream, AHundredThousandEmptyStreamsEnd) {
  std::string packed;
  const std::string empty = Compress("", Packing::kGzip);
  for (int i = 0; i < 100'000; ++i) packed += empty;
  const Outcome outcome = UnpackAll(packed, StreamFamily::kGzip);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.consumed, packed.size());
}

}  // namespace
}  // namespace counterscan::container

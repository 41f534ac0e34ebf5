#include "scanner/container/lenient_inflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/member_inflate.h"
#include "tests/support/compress.h"
#include "tests/support/deflate_builder.h"

namespace counterscan::container {
namespace {

struct Read {
  std::string bytes;
  std::uint64_t consumed = 0;
  std::optional<ErrorCode> error{};

  bool operator==(const Read&) const = default;
};

Read ReadAll(PackedStream& stream, std::size_t step) {
  Read read;
  std::vector<std::byte> out(step);
  for (;;) {
    const auto got = stream.Read(out);
    if (!got) read.error = got.error().code;
    if (!got || *got == 0) break;
    read.bytes += AsText(std::span<const std::byte>(out).first(*got));
  }
  read.consumed = stream.consumed();
  return read;
}

Read Inflate(std::string_view packed, std::uint64_t size = 1000, std::size_t step = 4096) {
  const MemorySource source(AsBytes(packed));
  LenientInflate stream(source, size);
  return ReadAll(stream, step);
}

std::string ByZlib(std::string_view packed) {
  const MemorySource source(AsBytes(packed));
  auto stream = InflateStream::Open(source);
  const Read read = ReadAll(**stream, 4096);
  return read.error ? std::string(Name(*read.error)) : read.bytes;
}

// Text that repeats itself from near and far, as random as `letters` is large.
std::string Noise(std::mt19937& random, std::size_t size, unsigned letters) {
  std::string text;
  while (text.size() < size) {
    if (text.size() > 10 && random() % 8 == 0) {
      const std::size_t from = random() % (text.size() - 3);
      text += text.substr(from, 3 + random() % 300);
    } else {
      text += static_cast<char>(random() % letters);
    }
  }
  text.resize(size);
  return text;
}

// A, B, the end and the length 3.
CodeLengths Literals(std::size_t count = 258) { return CompleteCode({65, 66, 256, 257}, count); }

TEST(LenientInflate, WhatZlibUnpacksIsTheSame) {
  std::mt19937 random(1);
  for (int level = 0; level <= 9; ++level) {
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
      for (const std::size_t size : std::vector<std::size_t>{0, 1, 300, 70'000}) {
        const std::string plain = Noise(random, size, 1 + random() % 256);
        const std::string packed =
            Deflated(plain, {.level = level,
                             .window_bits = -(9 + static_cast<int>(random() % 7)),
                             .memory_level = 1 + static_cast<int>(random() % 9),
                             .strategy = strategy});
        EXPECT_EQ(Inflate(packed + "tail", 0), (Read{plain, packed.size()}))
            << level << " " << strategy << " " << size;
      }
    }
  }
}

TEST(LenientInflate, ReadByteByByteItIsTheSame) {
  std::mt19937 random(2);
  const std::string plain = Noise(random, 40'000, 50);
  const std::string packed = Deflated(plain, {.level = 6});
  for (const std::size_t step : std::vector<std::size_t>{1, 7, 258}) {
    EXPECT_EQ(Inflate(packed, 0, step), (Read{plain, packed.size()})) << step;
  }
}

TEST(LenientInflate, EveryTruncationGivesAPrefixAndThenAnError) {
  std::mt19937 random(3);
  const std::string plain = Noise(random, 3000, 60);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED}) {
    const std::string whole = Deflated(plain, {.strategy = strategy});
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Read read = Inflate(whole.substr(0, size));
      EXPECT_EQ(read.error, ErrorCode::kTruncated) << size;
      EXPECT_TRUE(plain.starts_with(read.bytes)) << size;
      EXPECT_EQ(read.consumed, size);
    }
  }
}

// What follows was held against torch 1.13, whose reader returns these bytes.

TEST(LenientInflate, ADistanceCodeOfOneSymbolMayHaveAnyLength) {
  for (const std::uint8_t bits : CodeLengths{2, 7, 10, 11, 12, 15}) {
    DeflateBuilder stream;
    stream.Dynamic(true, Literals(), LoneCode(4, bits, 5)).Text("AABAABAAB");
    stream.Literal(257).Distance(4).Bits(1, 1).Text("BBA").EndOfBlock();
    EXPECT_EQ(ByZlib(stream.bytes()), "malformed");
    EXPECT_EQ(Inflate(stream.bytes()), (Read{"AABAABAABAABBBA", stream.bytes().size()})) << +bits;
  }
}

TEST(LenientInflate, BitsThatAreNoDistanceReadAsTheFirstOne) {
  for (const std::uint8_t bits : CodeLengths{2, 5, 10}) {
    DeflateBuilder stream;
    stream.Dynamic(true, Literals(), LoneCode(4, bits, 5)).Text("AAB").Literal(257);
    // The next literal's second bit is set, and both stay to be read.
    stream.Text("BBA").EndOfBlock().Bits(0, 16);
    EXPECT_EQ(ByZlib(stream.bytes()), "malformed");
    EXPECT_EQ(Inflate(stream.bytes()).bytes, "AABBBBBBA") << +bits;
  }
  // A long code is read bit by bit behind its tenth.
  for (const auto& [bits, zeros] : {std::pair{11, 10}, {12, 10}, {12, 11}, {15, 14}}) {
    DeflateBuilder stream;
    stream.Dynamic(true, Literals(), LoneCode(4, static_cast<std::uint8_t>(bits), 5)).Text("AAB");
    stream.Literal(257).Bits(0, zeros).Bits(1, 1).Text("A").EndOfBlock();
    EXPECT_EQ(Inflate(stream.bytes()), (Read{"AABBBBA", stream.bytes().size()})) << bits << zeros;
  }
}

TEST(LenientInflate, WithoutAnyDistanceCodeLengthsRepeatTheLastByte) {
  for (int behind = 0; behind <= 24; ++behind) {
    DeflateBuilder stream;
    stream.Dynamic(true, Literals(), {0}).Text("AAB").Literal(257).EndOfBlock().Bits(0, behind);
    EXPECT_EQ(ByZlib(stream.bytes()), "malformed");
    // It asks for 15 bits before it finds that there is no such code.
    const Read read = Inflate(stream.bytes());
    if (read.error) {
      EXPECT_EQ(read.bytes, "AAB") << behind;
      EXPECT_EQ(read.error, ErrorCode::kTruncated) << behind;
      EXPECT_LT(behind, 14);
    } else {
      EXPECT_EQ(read.bytes, "AABBBB") << behind;
      EXPECT_GT(behind, 5);
    }
  }
}

TEST(LenientInflate, MoreLengthsThanTheFormatAllowsAreRead) {
  for (const std::size_t literals : std::vector<std::size_t>{286, 287, 288}) {
    for (const std::size_t distances : std::vector<std::size_t>{30, 31, 32}) {
      DeflateBuilder stream;
      stream.Dynamic(true, Literals(literals), CompleteCode({0, 1}, distances)).Text("AAB");
      stream.Literal(257).Distance(1).Text("B").EndOfBlock();
      const bool allowed = literals == 286 && distances == 30;
      EXPECT_EQ(ByZlib(stream.bytes()), allowed ? "AABABAB" : "malformed");
      EXPECT_EQ(Inflate(stream.bytes()), (Read{"AABABAB", stream.bytes().size()}));
    }
  }
}

TEST(LenientInflate, ABlockWithoutAnEndGoesOnToTheEndOfAll) {
  DeflateBuilder stream;
  stream.Dynamic(true, CompleteCode({65, 66}, 257), {0}).Text("AABABBABABAB");
  EXPECT_EQ(ByZlib(stream.bytes()), "malformed");
  const Read read = Inflate(stream.bytes());
  EXPECT_TRUE(read.bytes.starts_with("AABABBABABAB"));
  EXPECT_EQ(read.error, ErrorCode::kTruncated);
}

TEST(LenientInflate, LengthsWithoutAMeaningCopyNothing) {
  for (const std::size_t symbol : std::vector<std::size_t>{286, 287}) {
    DeflateBuilder fixed;
    fixed.Fixed(true).Text("AABB").Literal(symbol).Distance(2).Text("CD").EndOfBlock();
    EXPECT_EQ(ByZlib(fixed.bytes()), "malformed");
    EXPECT_EQ(Inflate(fixed.bytes()), (Read{"AABBCD", fixed.bytes().size()}));
    DeflateBuilder far;
    far.Fixed(true).Text("AABB").Literal(symbol).Distance(4).Bits(0, 1).Text("C").EndOfBlock();
    EXPECT_EQ(Inflate(far.bytes()).error, ErrorCode::kMalformed);
    EXPECT_EQ(Inflate(far.bytes()).bytes, "AABB");
  }
}

TEST(LenientInflate, BytesThatOnlyTheReadersMemoryKnowsAreZerosAndAnError) {
  for (const std::size_t symbol : std::vector<std::size_t>{30, 31}) {
    for (const std::string_view before : {"", "AB"}) {
      DeflateBuilder stream;
      stream.Fixed(true).Text(before).Literal(257).Distance(symbol).Text("CD").EndOfBlock();
      EXPECT_EQ(ByZlib(stream.bytes()), "malformed");
      EXPECT_EQ(Inflate(stream.bytes()), (Read{std::string(before) + std::string(3, '\0') + "CD",
                                               stream.bytes().size(), ErrorCode::kMalformed}));
    }
  }
}

TEST(LenientInflate, ACodeWithoutBitsIsZerosUpToTheDeclaredSize) {
  for (const CodeLengths& code : {CodeLengths{}, LoneCode(0, 7, 1), LoneCode(3, 1, 4)}) {
    DeflateBuilder builder;
    builder.Fixed(false).Text("AB").EndOfBlock();
    builder.DynamicHead(true, code, CodeLengths(257), {0}).Bits(~0U, 32).Bits(~0U, 32);
    for (const std::uint64_t size : std::vector<std::uint64_t>{0, 2, 3, 40}) {
      const Read read = Inflate(builder.bytes(), size);
      EXPECT_EQ(read.bytes, "AB" + std::string(size < 2 ? 0 : size - 2, '\0'));
      EXPECT_EQ(read.error, ErrorCode::kMalformed);
    }
    for (const std::uint64_t size : {~std::uint64_t{0}, std::uint64_t{0xffffffff}}) {
      EXPECT_EQ(Inflate(builder.bytes(), size).bytes.size(), 2 + LenientInflate::kEndlessZeros);
    }
  }
}

TEST(LenientInflate, ALiteralCodeOfOneSymbolHasZerosBesidesIt) {
  DeflateBuilder stream;
  stream.Dynamic(true, LoneCode(65, 12, 257), {0}).Text("AA").Bits(0, 10).Bits(1, 1).Text("A");
  stream.Bits(1, 1).Bits(0, 16);
  EXPECT_EQ(ByZlib(stream.bytes()), "malformed");
  EXPECT_EQ(Inflate(stream.bytes(), 8).bytes, std::string("AA\0A\0\0\0\0", 8));
}

// What miniz refuses as well.

TEST(LenientInflate, BrokenBlocksAreMalformed) {
  DeflateBuilder type;
  type.Bits(7, 3);
  DeflateBuilder stored;
  stored.Bits(1, 8).Bits(5, 16).Bits(5, 16).Bytes("hello");
  DeflateBuilder far;
  far.Fixed(true).Text("A").Literal(257).Distance(1).EndOfBlock();
  DeflateBuilder underfull;  // two symbols of two bits
  underfull.Dynamic(true,
                    [] {
                      CodeLengths lengths(257);
                      lengths[65] = lengths[256] = 2;
                      return lengths;
                    }(),
                    {0});
  DeflateBuilder overfull;
  overfull.Dynamic(true,
                   [] {
                     CodeLengths lengths(257);
                     lengths[65] = lengths[66] = lengths[256] = 1;
                     return lengths;
                   }(),
                   {0});
  DeflateBuilder repeat;  // the length before the first
  repeat.DynamicHead(true, CompleteCode({0, 16}, 17), CodeLengths(257), {0}).Bits(~0U, 32);
  DeflateBuilder beyond;  // 138 times none, twice
  beyond.DynamicHead(true, CompleteCode({0, 18}, 19), CodeLengths(257), {0}).Bits(~0U, 32);
  for (const DeflateBuilder* stream :
       {&type, &stored, &far, &underfull, &overfull, &repeat, &beyond}) {
    const std::string bytes = stream->bytes() + std::string(300, '\0');
    EXPECT_EQ(ByZlib(bytes), "malformed");
    EXPECT_EQ(Inflate(bytes).error, ErrorCode::kMalformed);
  }
}

TEST(MemberInflate, WhatBothUnpackIsSaidToBeNeithersAlone) {
  std::mt19937 random(4);
  const std::string plain = Noise(random, 50'000, 100);
  const std::string packed = Deflated(plain, {.level = 6});
  const MemorySource source(AsBytes(packed));
  std::optional<StrictEnd> strict_end;
  const auto stream = MemberInflate::Open(source, plain.size(), &strict_end);
  EXPECT_EQ(ReadAll(**stream, 1000), (Read{plain, packed.size()}));
  EXPECT_FALSE(strict_end);
}

TEST(MemberInflate, GoesOnWhereZlibStops) {
  for (const std::size_t step : std::vector<std::size_t>{1, 3, 4096}) {
    DeflateBuilder bytes;
    bytes.Fixed(false).Text("first ").EndOfBlock();
    bytes.Fixed(true).Text("second ").Literal(287).Distance(0).Text("third").EndOfBlock();
    const MemorySource source(AsBytes(bytes.bytes()));
    std::optional<StrictEnd> strict_end;
    const auto stream = MemberInflate::Open(source, 100, &strict_end);
    EXPECT_EQ(ReadAll(**stream, step), (Read{"first second third", bytes.bytes().size()}));
    ASSERT_TRUE(strict_end);
    EXPECT_EQ(strict_end->unpacked, 13U);
    EXPECT_THAT(strict_end->reason, ::testing::HasSubstr("invalid literal/length code"));
  }
}

TEST(MemberInflate, ZlibMayStopForWantOfBitsThatMinizDoesNotTake) {
  DeflateBuilder bytes;
  bytes.Fixed(false).Text("AB").EndOfBlock();
  bytes.DynamicHead(true, {}, CodeLengths(257), {0}).Bits(0, 16);
  EXPECT_EQ(ByZlib(bytes.bytes()), "truncated");
  const MemorySource source(AsBytes(bytes.bytes()));
  std::optional<StrictEnd> strict_end;
  const auto stream = MemberInflate::Open(source, 5, &strict_end);
  EXPECT_EQ(ReadAll(**stream, 100).bytes, std::string("AB\0\0\0", 5));
  EXPECT_TRUE(strict_end);
}

TEST(MemberInflate, WhatNeitherUnpacksIsZlibsError) {
  DeflateBuilder bytes;
  bytes.Fixed(false).Text("first").EndOfBlock().Bits(7, 3);
  const MemorySource source(AsBytes(bytes.bytes()));
  std::optional<StrictEnd> strict_end;
  const auto stream = MemberInflate::Open(source, 100, &strict_end);
  std::array<std::byte, 100> out;
  EXPECT_EQ((*stream)->Read(out).value(), 5U);
  const auto end = (*stream)->Read(out);
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().message, ::testing::HasSubstr("invalid block type"));
  EXPECT_FALSE(strict_end);
}

}  // namespace
}  // namespace counterscan::container

// Members of zips packed by each method that some loader unpacks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "scanner/container/member_source.h"
#include "scanner/container/zip_method.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/support/compress.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

struct Method {
  std::uint16_t number;
  std::string name;
  std::string packed;
};

std::vector<Method> Methods(std::string_view plain) {
  return {{12, "bzip2", Compress(plain, Packing::kBzip2)},
          {14, "lzma", ZipLzma(plain, true)},
          {14, "lzma without a mark", ZipLzma(plain, false)},
          {93, "zstd", Compress(plain, Packing::kZstd)},
          {95, "xz", Compress(plain, Packing::kXz)}};
}

// A zip of one such member, honest in every field.
ZipBuilder ZipOf(const Method& method, std::string_view plain) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", plain);
  member.data = method.packed;
  member.method = member.local_method = method.number;
  member.compressed_size = static_cast<std::uint32_t>(method.packed.size());
  return zip;
}

TEST(ZipMethods, EachIsUnpackedToItsEnd) {
  // Long enough to come in pieces, and with a tail that packs into fractions of a bit.
  for (const std::string& plain :
       {Payload(), Payload() + std::string(300'000, '\0'), std::string("x")}) {
    for (const Method& method : Methods(plain)) {
      const FileAnalysis analysis = Analyse(ZipOf(method, plain).Build());
      EXPECT_EQ(SeesSystem(analysis, "a.pkl"), plain != "x") << method.name;
      EXPECT_THAT(Rules(analysis), Not(Contains("ARC-107"))) << method.name;
      EXPECT_THAT(Rules(analysis), Not(Contains("ARC-112"))) << method.name;
      EXPECT_THAT(Rules(analysis), Not(Contains("ARC-102"))) << method.name;
      EXPECT_THAT(Gaps(analysis), Not(Contains("unsupported-compression"))) << method.name;
    }
  }
}

TEST(ZipMethods, WhatUnpacksToAnHonestPickleIsClean) {
  for (const Method& method : Methods(Harmless())) {
    const FileAnalysis analysis = Analyse(ZipOf(method, Harmless()).Build());
    EXPECT_THAT(Rules(analysis), IsEmpty()) << method.name;
    EXPECT_THAT(Gaps(analysis), IsEmpty()) << method.name;
  }
}

TEST(ZipMethods, BytesBehindThePackedOnesAreLookedAt) {
  for (Method method : Methods(Harmless())) {
    // What lzma without a mark ends with is for its size to say: what follows is more of it.
    if (method.name == "lzma without a mark") continue;
    method.packed += Payload();
    const FileAnalysis analysis = Analyse(ZipOf(method, Harmless()).Build());
    EXPECT_THAT(Rules(analysis), Contains("ARC-107")) << method.name;
    EXPECT_TRUE(SeesSystem(analysis)) << method.name;
  }
}

TEST(ZipMethods, ASizeThatLiesDoesNotEndLzmaEarly) {
  // One reader stops where the mark is, another where the size says.
  const std::string plain = Harmless() + Payload();
  for (const Method& method : Methods(plain)) {
    ZipBuilder zip;
    auto& member = zip.Stored("a.pkl", Harmless());
    member.data = method.packed;
    member.method = member.local_method = method.number;
    member.compressed_size = static_cast<std::uint32_t>(method.packed.size());
    const FileAnalysis analysis = Analyse(zip.Build());
    EXPECT_TRUE(SeesSystem(analysis, "a.pkl")) << method.name;
    EXPECT_THAT(Rules(analysis), Contains("ARC-112")) << method.name;
  }
}

TEST(ZipMethods, EveryTruncationIsSaid) {
  const std::string plain = Payload() + Numbers(200);
  for (const Method& whole : Methods(plain)) {
    for (std::size_t size = 0; size < whole.packed.size(); ++size) {
      Method method = whole;
      method.packed.resize(size);
      const FileAnalysis analysis = Analyse(ZipOf(method, plain).Build());
      EXPECT_FALSE(analysis.findings.empty() && analysis.gaps.empty()) << method.name << size;
    }
  }
}

constexpr std::size_t kDictionaryAt = 5;

TEST(ZipMethods, ADictionaryLargerThanTheLimitIsAsLongAsTheContentAtMost) {
  for (const bool mark : {true, false}) {
    std::string packed = ZipLzma(Payload(), mark);
    packed.replace(kDictionaryAt, 4, "\xff\xff\xff\xff");
    const FileAnalysis analysis = Analyse(ZipOf({14, "", packed}, Payload()).Build());
    EXPECT_TRUE(SeesSystem(analysis, "a.pkl"));
    EXPECT_THAT(Gaps(analysis), IsEmpty());
  }
}

TEST(ZipMethods, ContentThatNeedsMoreOfItsDictionaryIsAGapThatNamesMemory) {
  Limits limits;
  limits.decoder_bytes = 192 * kKiB;
  std::string plain;
  for (std::uint32_t state = 1; plain.size() < 300'000; state = state * 1664525 + 1013904223) {
    plain += static_cast<char>(state >> 24);
  }
  plain += plain;  // its second half is all far behind
  EXPECT_THAT(Gaps(Analyse(ZipOf({14, "", ZipLzma(plain, true)}, plain).Build(), limits)),
              Contains("limit-memory"));
  EXPECT_THAT(Gaps(Analyse(ZipOf({14, "", ZipLzma(plain, true)}, plain).Build())),
              Not(Contains("limit-memory")));
}

TEST(ZipMethods, LzmaPropertiesThatAreNoneAreAGap) {
  for (const char first : {'\xff', '\xe1'}) {
    std::string packed = ZipLzma(Payload(), true);
    packed[4] = first;
    EXPECT_THAT(Gaps(Analyse(ZipOf({14, "", packed}, Payload()).Build())),
                Contains("member-unreadable"));
  }
  for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{0xffff}}) {
    std::string packed = ZipLzma(Payload(), true);
    packed.replace(2, 2, LittleEndian(length, 2));
    EXPECT_THAT(Gaps(Analyse(ZipOf({14, "", packed}, Payload()).Build())),
                Contains("member-unreadable"));
  }
}

TEST(ZipMethods, OnlyTheFirstStreamCountsAsPythonHasIt) {
  // bz2, lzma and zstd objects of Python stop at the end of a stream.
  for (const auto& [number, packing] :
       {std::pair{std::uint16_t{12}, Packing::kBzip2}, {93, Packing::kZstd}, {95, Packing::kXz}}) {
    const std::string first = Compress(Harmless(), packing);
    const FileAnalysis analysis =
        Analyse(ZipOf({number, "", first + Compress(Payload(), packing)}, Harmless()).Build());
    EXPECT_TRUE(SeesSystem(analysis)) << number;
    EXPECT_THAT(Rules(analysis), Contains("ARC-107")) << number;
  }
}

}  // namespace
}  // namespace counterscan

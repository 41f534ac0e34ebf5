#include "scanner/format/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"

namespace counterscan::format {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

std::string File(std::string_view header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes += header;
  bytes.append(data_bytes, 'd');
  return bytes;
}

FormatReport Check(std::string_view bytes, std::uint64_t memory_bytes = Limits{}.listed_bytes) {
  container::MemoryBudget memory(memory_bytes);
  return CheckSafetensors(MemorySource(AsBytes(bytes)), memory);
}

std::vector<std::string> Rules(const FormatReport& report) {
  std::vector<std::string> rules;
  for (const Finding& finding : report.findings) rules.push_back(finding.rule);
  return rules;
}

constexpr std::string_view kTwo =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
    R"("b":{"dtype":"U8","shape":[4],"data_offsets":[24,28]}}   )";

TEST(Safetensors, AGoodFileIsInertToTheLastByte) {
  const std::string bytes = File(kTwo, 28);
  const FormatReport report = Check(bytes);
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_THAT(report.gaps, IsEmpty());
  EXPECT_THAT(report.claimed.Missing(bytes.size()), IsEmpty());
}

TEST(Safetensors, OrderScalarsAndEmptyTensorsAreFree) {
  const std::string bytes = File(R"({"z":{"dtype":"BF16","shape":[],"data_offsets":[4,6]},)"
                                 R"("e":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]},)"
                                 R"("f":{"dtype":"F4","shape":[4],"data_offsets":[6,8]},)"
                                 R"("a":{"shape":[1],"data_offsets":[0,4],"dtype":"F32"}})",
                                 8);
  const FormatReport report = Check(bytes);
  EXPECT_THAT(Rules(report), IsEmpty());
  EXPECT_THAT(report.gaps, IsEmpty());
  EXPECT_THAT(report.claimed.Missing(bytes.size()), IsEmpty());
}

TEST(Safetensors, EveryTruncationIsFoundAndLeavesAGap) {
  const std::string whole = File(kTwo, 28);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const FormatReport report = Check(whole.substr(0, size));
    EXPECT_THAT(report.gaps, ::testing::Not(IsEmpty())) << size;
    EXPECT_THAT(Rules(report), Contains("FMT-201")) << size;
  }
}

TEST(Safetensors, HeaderLengthsThatLieAreRefused) {
  const std::string good = File(kTwo, 28);
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{good.size() - 7},
        std::uint64_t{100'000'001}, std::uint64_t{1} << 40, ~std::uint64_t{0} - 7,
        ~std::uint64_t{0}}) {
    std::string bytes = good;
    std::memcpy(bytes.data(), &length, sizeof(length));
    const FormatReport report = Check(bytes);
    EXPECT_THAT(Rules(report), Contains("FMT-201")) << length;
    EXPECT_THAT(report.gaps, ::testing::Not(IsEmpty())) << length;
  }
}

struct Broken {
  std::string_view header;
  std::size_t data_bytes;
  std::string_view rule;
};

TEST(Safetensors, EachBrokenHeaderIsAFindingAndAGap) {
  const Broken cases[] = {
      // Ranges.
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
       6, "FMT-202"},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}})",
       6, "FMT-202"},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})", 4, "FMT-202"},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}})", 4, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", 4, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,4]}})", 4, "FMT-201"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0,
       "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]}})",
       4, "FMT-201"},
      {R"({"a":{"dtype":"F6_E2M3","shape":[1],"data_offsets":[0,1]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"X9","shape":[1],"data_offsets":[0,1]}})", 1, "FMT-201"},
      // Grammar.
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
       1, "FMT-201"},
      {R"({"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", 1, "FMT-201"},
      {R"({"__metadata__":{"k":"1","k":"2"}})", 0, "FMT-201"},
      {R"({"__metadata__":{"k":1}})", 0, "FMT-201"},
      {R"({"__metadata__":{"k":{"deeper":"1"}}})", 0, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[1]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1}})", 1, "FMT-201"},
      {R"({"a":[]})", 0, "FMT-201"},
      {R"([])", 0, "FMT-201"},
      {R"({} {})", 0, "FMT-201"},
      {R"({"a":null})", 0, "FMT-201"},
      {R"(  {})", 0, "FMT-201"},
      {"\xEF\xBB\xBF{}", 0, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}})", 0, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}})", 1, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}})", 1, "FMT-201"},
      {R"({"__metadata__":{"k":"1",}})", 0, "FMT-201"},
      {R"({"__metadata__":{"\udc00":"1"}})", 0, "FMT-201"},
      {R"({"__metadata__":{"k":"\ud800"}})", 0, "FMT-201"},
      {"{\"__metadata__\":{\"k\":\"\t\"}}", 0, "FMT-201"},
      {R"({"__metadata__":{},"__metadata__":{}})", 0, "FMT-201"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
       2, "FMT-201"},
      {std::string_view("{}\0 more", 8), 0, "FMT-201"},
      {R"({} // more)", 0, "FMT-201"},
      {"{\"a\xE3", 0, "FMT-201"},
      {"{\"a\xF0", 0, "FMT-201"},
      {"{\"\xff\":1}", 0, "FMT-201"},
  };
  for (const Broken& broken : cases) {
    const FormatReport report = Check(File(broken.header, broken.data_bytes));
    EXPECT_THAT(Rules(report), Contains(std::string(broken.rule))) << broken.header;
    EXPECT_THAT(report.gaps, ::testing::Not(IsEmpty())) << broken.header;
  }
}

TEST(Safetensors, BytesAfterTheLastTensorAreFoundAndClaimedByNobody) {
  const std::string bytes = File(kTwo, 28 + 9);
  const FormatReport report = Check(bytes);
  EXPECT_THAT(Rules(report), ::testing::ElementsAre("FMT-203"));
  EXPECT_THAT(report.claimed.Missing(bytes.size()),
              ::testing::ElementsAre(container::Range{bytes.size() - 9, bytes.size()}));
}

TEST(Safetensors, DeepNestingIsRefusedWithoutFollowingIt) {
  std::string header = R"({"a":)";
  header.append(1'000'000, '[');
  const FormatReport report = Check(File(header, 0));
  EXPECT_THAT(Rules(report), Contains("FMT-201"));
}

std::string ManyTensors(int count) {
  std::string header = "{";
  for (int i = 0; i < count; ++i) {
    header += (i == 0 ? "\"" : ",\"") + std::to_string(i) +
              R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  return header + "}";
}

TEST(Safetensors, MoreTensorsThanThereIsMemoryForAreAGapThatNamesIt) {
  const std::string bytes = File(ManyTensors(100'000), 0);
  EXPECT_THAT(Check(bytes).gaps, IsEmpty());
  const FormatReport report = Check(bytes, kMiB);
  EXPECT_THAT(Rules(report), IsEmpty());
  ASSERT_EQ(report.gaps.size(), 1U);
  EXPECT_EQ(report.gaps[0].reason, GapReason::kLimitMemory);
}

TEST(Safetensors, KeysOfMetadataAreBoundedInMemory) {
  std::string header = R"({"__metadata__":{)";
  for (int i = 0; i < 100'000; ++i) {
    header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":"")";
  }
  const FormatReport report = Check(File(header + "}}", 0), kMiB);
  ASSERT_EQ(report.gaps.size(), 1U);
  EXPECT_EQ(report.gaps[0].reason, GapReason::kLimitMemory);
}

TEST(Safetensors, NamesAreWhatTheirEscapesSay) {
  const FormatReport report =
      Check(File(R"({"\u00e9\n":{"dtype":"X9","shape":[0],"data_offsets":[0,0]}})", 0));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].message, ::testing::HasSubstr("\xc3\xa9"));
}

}  // namespace
}  // namespace counterscan::format

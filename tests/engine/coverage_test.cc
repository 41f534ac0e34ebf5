// The map of coverage: no byte is left out, and "full" means no gap.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "scanner/model/range_painter.h"
#include "tests/engine/analysis_test_util.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

using ::testing::ElementsAre;

FileAnalysis Draw(std::string_view bytes, const Limits& limits = {}) {
  AnalysisOptions options;
  options.limits = limits;
  options.coverage = true;
  return AnalyseFile(MemorySource(AsBytes(bytes)), options);
}

// Every part is covered from its first byte to its last, and the map has gaps where the file has.
void CheckMap(const FileAnalysis& analysis, std::uint64_t size, const std::string& what) {
  const CoverageMap& map = analysis.coverage;
  ASSERT_FALSE(map.parts.empty()) << what;
  EXPECT_EQ(map.parts.front().where, "") << what;
  EXPECT_EQ(map.parts.front().size, size) << what;
  bool has_gap = false;
  for (const CoveredPart& part : map.parts) {
    std::uint64_t at = 0;
    for (const CoveredRange& range : part.ranges) {
      ASSERT_EQ(range.first, at) << what << " " << part.where;
      ASSERT_LT(range.first, range.last) << what << " " << part.where;
      ASSERT_FALSE(range.by.empty()) << what << " " << part.where;
      has_gap = has_gap || range.handling == Handling::kGap;
      at = range.last;
    }
    ASSERT_EQ(at, part.size) << what << " " << part.where;
  }
  if (analysis.gaps.empty()) {
    EXPECT_FALSE(has_gap) << what;
  }
}

std::vector<std::string> Samples() {
  ZipBuilder inner;
  inner.Deflated("in.pkl", Payload());
  inner.Stored("in.bin", Numbers(50));
  ZipBuilder outer;
  outer.Stored("inner.zip", inner.Build());
  outer.Stored("hidden.pkl", Payload()).listed = false;
  outer.Stored("b.txt", "words").junk = Numbers(20);
  outer.Deflated("c.txt", "words words words").descriptor = true;
  outer.comment = "a comment";
  return {
      "",
      "words",
      Harmless(),
      Harmless() + Numbers(30),
      Numbers(100),
      TorchZip(Tensors({40, 8}), {Numbers(40), Numbers(12)}),
      outer.Build(),
      "front" + outer.Build() + Payload(),
  };
}

TEST(Coverage, NoByteOfAnyPartIsLeftOut) {
  for (const std::string& bytes : Samples())
    CheckMap(Draw(bytes), bytes.size(), bytes.substr(0, 9));
}

TEST(Coverage, NoByteOfATruncatedFileIsLeftOut) {
  for (const std::string& whole : Samples()) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CheckMap(Draw(std::string_view(whole).substr(0, size)), size,
               whole.substr(0, 9) + " cut to " + std::to_string(size));
    }
  }
}

TEST(Coverage, NoByteOfAMutatedFileIsLeftOut) {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    for (std::string bytes : Samples()) {
      if (bytes.empty()) continue;
      for (int change = 0; change < 3; ++change) {
        bytes[random() % bytes.size()] = static_cast<char>(random() % 3 == 0 ? 0xff : random());
      }
      CheckMap(Draw(bytes), bytes.size(), "mutation " + std::to_string(i));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Coverage, AMapNamesRecordsMembersAndNumbers) {
  const std::string bytes = TorchZip(Tensors({40}), {Numbers(40)});
  const FileAnalysis analysis = Draw(bytes);
  EXPECT_TRUE(analysis.gaps.empty());
  const CoverageMap& map = analysis.coverage;
  ASSERT_EQ(map.parts.size(), 4U);
  EXPECT_EQ(map.parts[0].type, "torch-zip");
  EXPECT_EQ(map.parts[0].ranges[0].by, "zip record");
  EXPECT_EQ(map.parts[0].ranges[1].by, "member archive/data.pkl");
  EXPECT_EQ(map.parts[1].where, "archive/data.pkl");
  EXPECT_EQ(map.parts[3].where, "archive/data/0");
  ASSERT_EQ(map.parts[3].ranges.size(), 1U);
  EXPECT_EQ(map.parts[3].ranges[0].handling, Handling::kInert);
}

TEST(Coverage, GapsAreDrawnWhereTheyAre) {
  const FileAnalysis analysis = Draw(TorchZip(Tensors({40}), {Numbers(60)}));
  const CoveredPart& storage = analysis.coverage.parts.back();
  EXPECT_EQ(storage.where, "archive/data/0");
  ASSERT_EQ(storage.ranges.size(), 2U);
  EXPECT_EQ(storage.ranges[1], (CoveredRange{40, 60, Handling::kGap, "unparsed-bytes"}));
}

TEST(Coverage, AMemberThatCannotBeOpenedIsAGapOfItsOwn) {
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", Numbers(40));
  member.method = member.local_method = 9;
  const FileAnalysis analysis = Draw(zip.Build());
  const auto& parts = analysis.coverage.parts;
  const auto part = std::ranges::find(parts, "a.pkl", &CoveredPart::where);
  ASSERT_NE(part, parts.end());
  EXPECT_THAT(part->ranges,
              ElementsAre(CoveredRange{0, 40, Handling::kGap, "unsupported-compression"}));
}

TEST(Coverage, AnArchiveOfManyMembersIsDrawnAsFarAsAMapGoes) {
  ZipBuilder zip;
  for (int i = 0; i < 5000; ++i) zip.Stored("m" + std::to_string(i), "words");
  const std::string bytes = zip.Build();
  const FileAnalysis analysis = Draw(bytes);
  CheckMap(analysis, bytes.size(), "5000 members");
  EXPECT_LE(analysis.coverage.parts.size(), 2000U);
  EXPECT_EQ(analysis.coverage.parts.size() + analysis.coverage.parts_left_out, 5001U);
  EXPECT_LE(analysis.coverage.parts[0].ranges.size(), 4000U);
}

TEST(RangePainter, WhoComesFirstPaintsAndAGapPaintsOverAll) {
  RangePainter painter;
  painter.Fill(10, 20, Handling::kInert, "inner");
  painter.Fill(0, 30, Handling::kAnalysed, "outer");
  painter.Cover(15, 25, Handling::kGap, "gap");
  EXPECT_THAT(painter.Take(40),
              ElementsAre(CoveredRange{0, 10, Handling::kAnalysed, "outer"},
                          CoveredRange{10, 15, Handling::kInert, "inner"},
                          CoveredRange{15, 25, Handling::kGap, "gap"},
                          CoveredRange{25, 30, Handling::kAnalysed, "outer"},
                          CoveredRange{30, 40, Handling::kGap, "unparsed-bytes"}));
}

TEST(RangePainter, AnyOrderOfStrokesIsAPartition) {
  std::mt19937 random(2);
  for (int round = 0; round < 500; ++round) {
    RangePainter painter;
    for (int stroke = 0; stroke < 40; ++stroke) {
      const std::uint64_t first = random() % 100;
      const std::uint64_t last = first + random() % 40;
      if (random() % 2 == 0) {
        painter.Fill(first, last, Handling::kAnalysed, random() % 2 == 0 ? "a" : "b");
      } else {
        painter.Cover(first, last, Handling::kGap, "g");
      }
    }
    std::uint64_t at = 0;
    for (const CoveredRange& range : painter.Take(100)) {
      ASSERT_EQ(range.first, at);
      ASSERT_LT(range.first, range.last);
      at = range.last;
    }
    ASSERT_EQ(at, 100U);
  }
}

TEST(CoverageMap, AFileThatNobodyReadIsOneGap) {
  CoverageMap map = UnreadMap(10, "timed-out");
  EXPECT_THAT(map.parts[0].ranges, ElementsAre(CoveredRange{0, 10, Handling::kGap, "timed-out"}));
  map = UnreadMap(0, "timed-out");
  EXPECT_TRUE(map.parts[0].ranges.empty());
}

}  // namespace
}  // namespace counterscan

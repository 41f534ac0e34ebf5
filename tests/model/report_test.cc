#include "scanner/model/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace counterscan {
namespace {

Finding FindingOf(Level level, std::string where = "") {
  Finding finding;
  finding.rule = "PKL-101";
  finding.level = level;
  finding.where = std::move(where);
  finding.message = "calls posix.system";
  return finding;
}

Gap GapOf(GapReason reason) {
  Gap gap;
  gap.reason = reason;
  return gap;
}

TEST(Verdict, IsCleanOnlyWithoutFindingsAndWithoutGaps) {
  FileReport file;
  EXPECT_EQ(VerdictOf(file), Verdict::kClean);
  file.gaps.push_back(GapOf(GapReason::kNoSignatures));
  EXPECT_EQ(VerdictOf(file), Verdict::kIncomplete);
}

TEST(Verdict, EveryGapReasonAloneMakesAFileIncomplete) {
  for (const GapReasonRow& row : GapReasons()) {
    FileReport file;
    file.gaps.push_back(GapOf(row.reason));
    EXPECT_EQ(VerdictOf(file), Verdict::kIncomplete) << row.name;
    EXPECT_EQ(CoverageOf(file), CoverageState::kPartial) << row.name;
  }
}

TEST(Verdict, AFileNobodyReadIsIncompleteEvenIfNobodySaidWhy) {
  FileReport file;
  file.nothing_read = true;
  EXPECT_EQ(VerdictOf(file), Verdict::kIncomplete);
  EXPECT_EQ(CoverageOf(file), CoverageState::kNone);
}

TEST(Verdict, TheWorstFindingOutranksAGap) {
  for (const Level level : {Level::kCaution, Level::kSuspicious, Level::kUnsafe}) {
    FileReport file;
    file.findings = {FindingOf(Level::kCaution), FindingOf(level)};
    file.gaps.push_back(GapOf(GapReason::kTimedOut));
    EXPECT_EQ(LevelOf(VerdictOf(file)), level);
    EXPECT_EQ(Name(VerdictOf(file)), Name(level));
  }
}

TEST(Verdict, ASuppressedFindingDoesNotCountButAGapStillDoes) {
  FileReport file;
  file.findings.push_back(FindingOf(Level::kUnsafe));
  file.findings[0].suppressed = "reviewed";
  EXPECT_EQ(WorstLevel(file), Level::kClean);
  EXPECT_EQ(VerdictOf(file), Verdict::kClean);
  file.gaps.push_back(GapOf(GapReason::kTimedOut));
  EXPECT_EQ(VerdictOf(file), Verdict::kIncomplete);
}

TEST(Verdict, NamesAreThoseOfTheReport) {
  EXPECT_EQ(Name(Verdict::kClean), "clean");
  EXPECT_EQ(Name(Verdict::kIncomplete), "incomplete");
  EXPECT_EQ(Name(Verdict::kUnsafe), "unsafe");
  EXPECT_EQ(LevelOf(Verdict::kClean), Level::kClean);
  EXPECT_EQ(LevelOf(Verdict::kIncomplete), Level::kClean);
  EXPECT_EQ(Name(CoverageState::kFull), "full");
  EXPECT_EQ(Name(CoverageState::kPartial), "partial");
  EXPECT_EQ(Name(CoverageState::kNone), "none");
}

// Items that differ in one member each, several times over: the hardest case for "sorted, and
// exact duplicates dropped".
std::vector<Finding> Findings() {
  std::vector<Finding> all;
  for (int copy = 0; copy < 3; ++copy) {
    Finding finding = FindingOf(Level::kSuspicious);
    all.push_back(finding);
    finding.engine = EngineId::kClamav;
    all.push_back(finding);
    finding.offset = 0;
    all.push_back(finding);
    finding.suppressed = "";
    all.push_back(finding);
    finding.level = Level::kUnsafe;
    all.push_back(finding);
    finding.message = "other";
    all.push_back(finding);
    finding.rule = "PKL-102";
    all.push_back(finding);
    finding.where = "a";
    all.push_back(finding);
  }
  return all;
}

std::vector<Import> Imports() {
  std::vector<Import> all;
  for (int copy = 0; copy < 3; ++copy) {
    Import import;
    all.push_back(import);
    import.module = "";
    all.push_back(import);
    import.name = "";
    all.push_back(import);
    import.level = Level::kUnsafe;
    all.push_back(import);
    import.offset = 7;
    all.push_back(import);
    import.where = "a";
    all.push_back(import);
  }
  return all;
}

std::vector<Gap> Gaps() {
  std::vector<Gap> all;
  for (int copy = 0; copy < 3; ++copy) {
    Gap gap = GapOf(GapReason::kTimedOut);
    all.push_back(gap);
    gap.engine = EngineId::kPickle;
    all.push_back(gap);
    gap.detail = "d";
    all.push_back(gap);
    gap.last = 9;
    all.push_back(gap);
    gap.first = 3;
    all.push_back(gap);
    gap.where = "a";
    all.push_back(gap);
    gap.reason = GapReason::kChanged;
    all.push_back(gap);
  }
  return all;
}

TEST(Normalise, DropsExactDuplicatesOnly) {
  FileReport file;
  file.findings = Findings();
  file.imports = Imports();
  file.gaps = Gaps();
  Normalise(file);
  EXPECT_EQ(file.findings.size(), 8u);
  EXPECT_EQ(file.imports.size(), 6u);
  EXPECT_EQ(file.gaps.size(), 7u);
}

TEST(Normalise, GivesTheSameOrderWhateverOrderTheWorkersAnsweredIn) {
  FileReport expected;
  expected.findings = Findings();
  expected.imports = Imports();
  expected.gaps = Gaps();
  FileReport shuffled = expected;
  Normalise(expected);
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::shuffle(shuffled.findings.begin(), shuffled.findings.end(), random);
    std::shuffle(shuffled.imports.begin(), shuffled.imports.end(), random);
    std::shuffle(shuffled.gaps.begin(), shuffled.gaps.end(), random);
    FileReport normal = shuffled;
    Normalise(normal);
    ASSERT_EQ(normal.findings, expected.findings);
    ASSERT_EQ(normal.imports, expected.imports);
    ASSERT_EQ(normal.gaps, expected.gaps);
  }
}

TEST(Normalise, PutsTheWorstFindingFirst) {
  FileReport file;
  file.findings = {FindingOf(Level::kCaution, "a"), FindingOf(Level::kUnsafe, "z"),
                   FindingOf(Level::kSuspicious, "m")};
  Normalise(file);
  EXPECT_EQ(file.findings[0].level, Level::kUnsafe);
  EXPECT_EQ(file.findings[2].level, Level::kCaution);
}

}  // namespace
}  // namespace counterscan

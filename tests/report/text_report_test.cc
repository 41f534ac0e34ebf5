#include "scanner/report/text_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "scanner/base/text.h"
#include "scanner/report/exit_reason.h"
#include "scanner/report/text_layout.h"
#include "tests/report/golden.h"
#include "tests/report/sample_reports.h"
#include "tests/report/showable.h"

namespace counterscan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t Lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string WithoutColor(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

TEST(TextReport, WholeReportsAreAsInTheGoldenFiles) {
  for (const sample::Story& story : sample::Stories()) {
    SCOPED_TRACE(story.name);
    ExpectGolden(std::string(story.name) + ".txt", TextReport(story.report));
  }
}

TEST(TextReport, VerboseReportsAreAsInTheGoldenFiles) {
  const TextOptions verbose{.columns = 100, .color = false, .verbose = true};
  ExpectGolden("gaps-verbose.txt", TextReport(sample::Gaps(), verbose));
  ExpectGolden("local-only-verbose.txt", TextReport(sample::LocalOnly(), verbose));
}

TEST(TextReport, HostileTextNeverReachesTheTerminal) {
  const Report report = sample::FullOf(sample::HostileText());
  for (const bool verbose : {false, true}) {
    for (const int columns : {-5, 0, 40, 100, 100'000}) {
      TextOptions options;
      options.verbose = verbose;
      options.columns = columns;
      ExpectShowable(TextReport(report, options));
      options.color = true;
      ExpectShowable(WithoutColor(TextReport(report, options)));
    }
  }
}

TEST(TextReport, ANewlineInANameForgesNoLine) {
  Report report = sample::LocalOnly();
  const std::size_t lines = Lines(TextReport(report));
  report.files[3].path = "a\n  NOTHING FOUND   here: nothing in 5 files\nb";
  const std::string text = TextReport(report, {.columns = 1000, .color = false, .verbose = false});
  EXPECT_LE(Lines(text), lines);
  EXPECT_THAT(text, Not(HasSubstr("\n  NOTHING FOUND")));
}

TEST(TextReport, ColorChangesNothingButTheVerdictWords) {
  for (const sample::Story& story : sample::Stories()) {
    TextOptions options;
    const std::string plain = TextReport(story.report, options);
    options.color = true;
    const std::string colored = TextReport(story.report, options);
    EXPECT_NE(colored, plain);
    EXPECT_EQ(WithoutColor(colored), plain) << story.name;
    // Every sequence is closed on its own line, around capital letters only.
    std::string rest =
        std::regex_replace(colored, std::regex("\x1b\\[1(;3[13])?m[A-Z ]+\x1b\\[0m"), "");
    EXPECT_THAT(rest, Not(HasSubstr("\x1b"))) << story.name;
  }
}

TEST(TextReport, SafeIsOnlyEverAWordOfTheHub) {
  for (const sample::Story& story : sample::Stories()) {
    std::string text = TextReport(story.report, {.columns = 100, .color = false, .verbose = true});
    text = std::regex_replace(text, std::regex(R"re(\\?"safe\\?"|safetensors)re"), "");
    EXPECT_FALSE(std::regex_search(text, std::regex("\\bsafe\\b", std::regex::icase))) << text;
  }
}

TEST(TextReport, LinesFitTheWidthUnlessAWordIsLonger) {
  for (const int columns : {60, 80, 100, 140}) {
    for (const sample::Story& story : sample::Stories()) {
      TextOptions options;
      options.columns = columns;
      std::istringstream lines(TextReport(story.report, options));
      for (std::string line; std::getline(lines, line);) {
        if (ColumnsOf(line) <= static_cast<std::size_t>(columns)) continue;
        // Then there was no space to break at behind the indentation.
        const std::size_t text = std::min(line.find_first_not_of(' '), line.size());
        EXPECT_LE(std::count(line.begin() + static_cast<std::ptrdiff_t>(text), line.end(), ' '), 12)
            << columns << ": " << line;
      }
    }
  }
}

TEST(TextReport, TwentyThousandQuietFilesAreOneLine) {
  Report report = sample::Clean();
  const FileReport file = report.files[1];
  for (int i = 0; i < 20'000; ++i) {
    report.files.push_back(file);
    report.files.back().path = "model-" + std::to_string(i) + ".safetensors";
  }
  const std::string text = TextReport(report);
  EXPECT_LT(Lines(text), 15u);
  EXPECT_THAT(text, HasSubstr("20,003 files"));
  TextOptions verbose;
  verbose.verbose = true;
  EXPECT_GT(Lines(TextReport(report, verbose)), 20'000u);
}

TEST(TextReport, VerboseNamesEveryImportOnceWorstFirst) {
  Report report = sample::LocalOnly();
  std::vector<Import>& imports = report.files[3].imports;
  imports.push_back(imports[0]);
  imports.push_back({.module = "collections", .name = "OrderedDict"});
  const std::string text = TextReport(report, {.columns = 100, .color = false, .verbose = true});
  EXPECT_THAT(text, HasSubstr("    pytorch_model-2.bin\n"
                              "        unsafe      posix.system\n"
                              "        suspicious  (unknown).load\n"
                              "        harmless    collections.OrderedDict\n"));
  EXPECT_THAT(text, HasSubstr("    pytorch_model.bin\n"
                              "        harmless    torch._utils._rebuild_tensor_v2\n"));
  EXPECT_THAT(TextReport(report), Not(HasSubstr("_rebuild_tensor_v2")));
}

TEST(TextReport, AHubThatMustBeAskedAndWasNotCouldNotBeReached) {
  Report report = sample::Clean();
  report.hub = {};
  report.hub.mode = "require";
  report.hub.endpoint = "https://huggingface.co";
  EXPECT_THAT(TextReport(report), HasSubstr("the Hub       could not be reached\n"));
  report.hub.endpoint = "";  // there was nothing to ask about
  EXPECT_THAT(TextReport(report), HasSubstr("the Hub       was not asked\n"));
}

TEST(TextReport, GapsOfTwentyThousandFilesAreCountedNotListed) {
  Report report = sample::Gaps();
  for (int i = 0; i < 20'000; ++i) {
    report.files.push_back(report.files[3]);
    report.files.back().path = "archive-" + std::to_string(i) + ".zip";
  }
  EXPECT_LT(Lines(TextReport(report)), 60u);
}

TEST(TextReport, EveryThreatIsShownHoweverManyThereAre) {
  Report report = sample::LocalOnly();
  for (int i = 0; i < 500; ++i) {
    report.files.push_back(report.files[3]);
    report.files.back().path = "bad-" + std::to_string(i) + ".bin";
  }
  const std::string text = TextReport(report);
  for (int i = 0; i < 500; ++i) {
    EXPECT_THAT(text, HasSubstr("bad-" + std::to_string(i) + ".bin "));
  }
}

TEST(TextReport, AThousandFindingsInOneFileLeaveRoomForTheNext) {
  Report report = sample::LocalOnly();
  report.files[3].findings.assign(1000, sample::PickleFinding());
  const std::string text = TextReport(report);
  EXPECT_LT(Lines(text), 40u);
  EXPECT_THAT(text, HasSubstr("and 995 more findings"));
}

TEST(TextReport, MissingSignaturesGiveExactlyTwoWaysOn) {
  const std::string text = TextReport(sample::Gaps());
  EXPECT_THAT(text, HasSubstr("sudo freshclam"));
  EXPECT_THAT(text, HasSubstr("clamav-freshclam"));
  EXPECT_THAT(text, HasSubstr("--av builtin"));
  Report accepted = sample::Gaps();
  accepted.accepted = {"no-signatures"};
  EXPECT_THAT(TextReport(accepted), Not(HasSubstr("freshclam")));
  EXPECT_THAT(TextReport(accepted), HasSubstr("no-signatures (accepted)"));
}

TEST(TextReport, NoExitStatusMakesAFindingLookLikeNothingFound) {
  for (const Report& report : {sample::LocalOnly(), sample::HubOnly(), sample::Withdrawn()}) {
    for (const int status : {0, 1, 2, 3, 4, 64, 130, -7}) {
      Report wrong = report;
      wrong.exit_status = status;
      EXPECT_THAT(TextReport(wrong), HasSubstr("  DO NOT LOAD")) << status;
      EXPECT_THAT(TextReport(wrong), Not(HasSubstr("NOTHING FOUND"))) << status;
    }
  }
}

TEST(TextReport, AFindingBelowTheBarIsNotCalledNothing) {
  const std::string text = TextReport(sample::NotCompared());
  EXPECT_THAT(text, Not(HasSubstr("NOTHING FOUND")));
  EXPECT_THAT(text, HasSubstr("CAUTION"));
}

TEST(TextReport, AnEmptyReportIsIncompleteWhateverItsStatus) {
  Report report;
  EXPECT_THAT(TextReport(report), HasSubstr("INCOMPLETE    nothing was scanned"));
  EXPECT_THAT(TextReport(report), Not(HasSubstr("NOTHING FOUND")));
}

TEST(TextReport, AFileThatNobodyReadIsNamedEvenWithoutAGap) {
  Report report = sample::Clean();
  report.files[1].nothing_read = true;
  report.files[1].agreement = Agreement::kLocalGap;
  report.exit_status = 2;
  EXPECT_THAT(TextReport(report), HasSubstr("not read: model.safetensors"));
}

TEST(TextReport, ScannersThatFlagStandBeforeThoseThatSayNothing) {
  Report report = sample::HubOnly();
  auto& scanners = report.files[3].hub.scanners;
  scanners.insert(scanners.begin(), scanners[0]);
  scanners[0].name = "virusTotalScan";
  scanners[0].status = "unscanned";
  const std::string text = TextReport(report);
  EXPECT_LT(text.find("jFrogScan"), text.find("avScan \"safe\""));
  EXPECT_LT(text.find("avScan \"safe\""), text.find("virusTotalScan"));
  // A link stands whole, on a line of its own.
  EXPECT_THAT(text, HasSubstr("\n                jFrogScan: https://example.org/report/1\n"));
}

TEST(TextReport, WhatAnEngineDidNotSeeIsNotCalledChecked) {
  Report report = sample::HubOnly();
  EXPECT_THAT(TextReport(report), HasSubstr("here: nothing found; checked in full"));
  for (const char* option : {"--depth structure", "--av off", "--av builtin"}) {
    report.header.switched_off = {option};
    EXPECT_THAT(TextReport(report), HasSubstr("here: nothing found by the engines that ran"));
  }
}

TEST(TextReport, FilesThatNobodyHashedAreNotTheHubsSilence) {
  Report report = sample::Unconfirmed();
  EXPECT_THAT(TextReport(report), Not(HasSubstr("--depth structure")));
  report.header.depth = "structure";
  for (FileReport& file : report.files) file.sha256.clear();
  EXPECT_THAT(TextReport(report), HasSubstr("leave out --depth structure"));
}

TEST(TextReport, AGapOfAWholeFileNeedsNoNumbers) {
  Report report = sample::Gaps();
  EXPECT_THAT(TextReport(report), Not(HasSubstr("bytes 0 to")));
  report.files[3].gaps[1] = sample::GapOf(GapReason::kUnparsedBytes);
  report.files[3].gaps[1].first = 10;
  report.files[3].gaps[1].last = 20;
  EXPECT_THAT(TextReport(report), HasSubstr("bytes 10 to 19"));
}

TEST(TextReport, PathsInCommandsAreQuotedForTheShell) {
  Report report = sample::LocalOnly();
  report.files[3].disk_path = "a; touch x.bin";
  EXPECT_THAT(TextReport(report), HasSubstr("counterscan explain 'a; touch x.bin'\n"));
}

TEST(TextReport, NoCommandNamesAFileThatLiesNowhere) {
  Report report = sample::LocalOnly();
  report.files[3].disk_path = "";
  EXPECT_THAT(TextReport(report), Not(HasSubstr("counterscan explain")));
}

TEST(TextReport, FilesStandWorstFirstAndDisagreementsBeforeAll) {
  Report report = sample::LocalOnly();
  const std::string text = TextReport(report);
  EXPECT_LT(text.find("DISAGREEMENT"), text.find("AGREEMENT   "));
  // The order of the input does not matter.
  std::reverse(report.files.begin(), report.files.end());
  EXPECT_EQ(TextReport(report), text);
}

TEST(ExitReason, HasWordsForEveryStatusOfEveryStory) {
  for (const sample::Story& story : sample::Stories()) {
    for (const int status : {0, 1, 2, 3, 4, 64, 130}) {
      Report report = story.report;
      report.exit_status = status;
      const std::string reason = ExitReason(report);
      EXPECT_FALSE(reason.empty());
      EXPECT_THAT(reason, Not(HasSubstr("\n")));
    }
  }
}

TEST(ExitReason, NamesWhatWasAccepted) {
  Report report = sample::Clean();
  report.accepted = {"no-signatures"};
  EXPECT_THAT(ExitReason(report), HasSubstr("accepted: no-signatures"));
}

TEST(ExitReason, DoesNotCountGapsThatWereAccepted) {
  Report report = sample::Gaps();
  EXPECT_THAT(ExitReason(report), HasSubstr("10 files not checked in full"));
  report.accepted = {"no-signatures", "pointer-only"};
  EXPECT_THAT(ExitReason(report), HasSubstr("6 files not checked in full"));
}

TEST(IsThreat, TakesTheWorseOfBothSides) {
  FileReport file = sample::File("a");
  EXPECT_FALSE(IsThreat(file, Level::kSuspicious));
  EXPECT_FALSE(IsThreat(file, Level::kClean));
  file.hub.state = HubState::kSuspicious;
  EXPECT_TRUE(IsThreat(file, Level::kSuspicious));
  EXPECT_FALSE(IsThreat(file, Level::kUnsafe));
  file.findings = {sample::PickleFinding()};
  EXPECT_TRUE(IsThreat(file, Level::kUnsafe));
  file = sample::File("a", HubState::kDisabled, Agreement::kWithdrawn);
  EXPECT_TRUE(IsThreat(file, Level::kUnsafe));
}

}  // namespace
}  // namespace counterscan

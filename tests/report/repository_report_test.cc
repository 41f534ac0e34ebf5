#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scanner/report/repository_json.h"
#include "scanner/report/repository_table.h"
#include "tests/report/golden.h"
#include "tests/report/sample_reports.h"
#include "tests/report/showable.h"

namespace counterscan {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

RepositoryWord Word(std::string repo, HubState state) {
  RepositoryWord word;
  word.repo = std::move(repo);
  word.state = state;
  word.asked_at = "2026-11-26T02:13:20Z";
  return word;
}
RepositoryWord Listed(std::string repo, HubState state, RepositoryWord::Counts counts) {
  RepositoryWord word = Word(std::move(repo), state);
  word.commit = std::string(40, 'a');
  word.counts = counts;
  word.scans_done = state != HubState::kPending;
  return word;
}

RepositoryReport Sample() {
  RepositoryReport report;
  report.tool_version = "0.1.0";
  report.created = "2026-11-26T02:15:00Z";
  report.endpoint = "https://huggingface.co";
  report.words.push_back(
      Listed("google-bert/bert-base-uncased", HubState::kSafe, {.files = 16, .safe = 16}));
  RepositoryWord flagged =
      Listed("mcpotato/42-eicar-street", HubState::kUnsafe, {.files = 8, .safe = 5, .flagged = 3});
  flagged.flags = {{"eicar_test_file", HubState::kUnsafe, {"avScan"}},
                   {"danger.dat", HubState::kUnsafe, {"avScan", "pickleImportScan"}},
                   {"build_pickles.py", HubState::kCaution, {}}};
  flagged.notes = {"the Hub's scanners differ"};
  flagged.flags.push_back({"gone.pkl", HubState::kCaution, {}, false});
  flagged.unlisted_flags = 1;
  report.words.push_back(flagged);
  RepositoryWord gated =
      Listed("acme/gated", HubState::kSafe, {.files = 3, .safe = 3, .masked = 1});
  gated.no_access =
      RepositoryWord::NoAccess{"this account has not asked for access (HTTP 403)",
                               "gated-never-asked", "ask for access on the page of the repository"};
  report.words.push_back(gated);
  RepositoryWord pending =
      Listed("acme/new-model", HubState::kPending, {.files = 24, .pending = 23, .silent = 1});
  pending.reason = "model.bin: jFrogScan: queued";
  pending.next = "ask again in a few minutes";
  report.words.push_back(pending);
  for (const char* name : {"acme/private-1", "acme/private-2"}) {
    RepositoryWord denied = Word(name, HubState::kDenied);
    denied.reason = "the repository is gated";
    denied.cause = "gated";
    denied.next = "ask for access";
    report.words.push_back(denied);
  }
  RepositoryWord quick = Word("acme/quick", HubState::kMissing);
  quick.repo_type = "dataset";
  quick.revision = "v1.0";
  quick.no_issues = true;
  quick.scans_done = true;
  report.words.push_back(quick);
  report.words.push_back(Word("acme/withdrawn", HubState::kDisabled));
  report.errors = {"the list of repositories broke off: timeout"};
  report.quota = HubQuota{.remaining = 472, .reset_seconds = 235, .limit = 500};
  report.left = 3;
  report.complete = false;
  report.exit_status = 1;
  return report;
}

TEST(RepositoryReport, TheTableIsAsInTheGoldenFile) {
  ExpectGolden("hub-status.txt", RepositoryTable(Sample(), {}));
}
TEST(RepositoryReport, TheJsonIsAsInTheGoldenFile) {
  ExpectGolden("hub-status.json", RepositoryJson(Sample()));
}

TEST(RepositoryReport, JsonLinesHoldTheSame) {
  const RepositoryReport report = Sample();
  const json whole = json::parse(RepositoryJson(report));
  const json header = json::parse(RepositoryJsonlHeader(report));
  EXPECT_EQ(header["schema"], "counterscan.hub-status/1");
  EXPECT_EQ(header["endpoint"], whole["endpoint"]);
  for (std::size_t i = 0; i < report.words.size(); ++i) {
    const std::string line = RepositoryJsonlWord(report.words[i]);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(json::parse(line), whole["repositories"][i]);
  }
  const json end = json::parse(RepositoryJsonlEnd(report));
  EXPECT_EQ(end["summary"], whole["summary"]);
  EXPECT_EQ(end["complete"], false);
}

TEST(RepositoryReport, EachWordCountsOnce) {
  const RepositorySummary summary = Summarise(Sample());
  EXPECT_EQ(summary.repositories, 8u);
  EXPECT_EQ(summary.safe, 2u);
  EXPECT_EQ(summary.flagged, 1u);
  EXPECT_EQ(summary.withdrawn, 1u);
  EXPECT_EQ(summary.unknown, 4u);
}

TEST(RepositoryReport, AFewOfManyScannersAreNamedOnTheScreen) {
  RepositoryReport report;
  RepositoryWord word = Listed("a/b", HubState::kUnsafe, {.files = 1, .flagged = 1});
  word.flags = {{"m", HubState::kUnsafe, {}}};
  for (int i = 0; i < 60; ++i) word.flags[0].scanners.push_back("scan" + std::to_string(i));
  report.words = {word};
  for (const bool verbose : {false, true}) {
    const std::string text = RepositoryTable(report, {.verbose = verbose});
    EXPECT_THAT(text, HasSubstr("m   scan0, scan1, scan2, scan3, scan4 and 55 more\n"));
    EXPECT_THAT(text, Not(HasSubstr("scan5,")));
  }
  EXPECT_THAT(RepositoryJsonlWord(word), HasSubstr("\"scan59\""));
}

TEST(RepositoryReport, OneReasonIsEnoughForAllThatShareIt) {
  const std::string table = RepositoryTable(Sample(), {});
  EXPECT_EQ(table.find("the repository is gated"), table.rfind("the repository is gated"));
  TextOptions verbose;
  verbose.verbose = true;
  const std::string all = RepositoryTable(Sample(), verbose);
  EXPECT_NE(all.find("the repository is gated"), all.rfind("the repository is gated"));
}

TEST(RepositoryReport, OnlySafeIsCalledSafe) {
  for (int i = 0; i < kHubStateCount; ++i) {
    const auto state = static_cast<HubState>(i);
    RepositoryReport report;
    report.words = {Word("a/b", state)};
    const std::string table = RepositoryTable(report, {});
    const std::string row =
        table.substr(table.find("a/b"), table.find('\n', table.find("a/b")) - table.find("a/b"));
    EXPECT_EQ(row.find(" safe") != std::string::npos, state == HubState::kSafe) << row;
    EXPECT_EQ(table.find("1 safe") != std::string::npos, state == HubState::kSafe) << table;
  }
}

TEST(RepositoryReport, HostileTextIsEscapedEverywhere) {
  const std::string text = sample::HostileText();
  RepositoryReport report = Sample();
  report.errors = {text};
  report.endpoint = report.source = report.created = text;
  for (RepositoryWord& word : report.words) {
    word.repo = word.repo_type = word.revision = word.commit = word.asked_at = text;
    word.reason = word.cause = word.next = text;
    word.flags = {{text, HubState::kUnsafe, {text}}};
    word.notes = {text};
  }
  for (const bool verbose : {false, true}) {
    TextOptions options;
    options.verbose = verbose;
    ExpectShowable(RepositoryTable(report, options));
  }
  EXPECT_FALSE(json::parse(RepositoryJson(report), nullptr, false).is_discarded());
  EXPECT_FALSE(json::parse(RepositoryJsonlWord(report.words[0]), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace counterscan

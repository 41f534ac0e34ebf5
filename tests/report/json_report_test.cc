#include "scanner/report/json_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "scanner/base/text.h"
#include "tests/report/golden.h"
#include "tests/report/sample_reports.h"
#include "tests/report/showable.h"

namespace counterscan {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

std::vector<std::string> Keys(const json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

std::string Jsonl(const Report& report) {
  std::string out = JsonlHeader(report);
  for (const FileReport& file : report.files) out += JsonlFile(file);
  return out + JsonlEnd(report, Summarise(report));
}

std::vector<json> Lines(const std::string& jsonl) {
  std::vector<json> lines;
  std::istringstream in(jsonl);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(JsonReport, WholeReportsAreAsInTheGoldenFiles) {
  for (const sample::Story& story : sample::Stories()) {
    SCOPED_TRACE(story.name);
    ExpectGolden(std::string(story.name) + ".json", JsonReport(story.report));
  }
  ExpectGolden("local-only.jsonl", Jsonl(sample::LocalOnly()));
}

TEST(JsonReport, HoldsThePromisedNames) {
  const json report = json::parse(JsonReport(sample::LocalOnly()));
  EXPECT_EQ(report["schema"], "counterscan.report/1");
  for (const char* key : {"schema", "complete", "exit", "tool", "engines", "sandbox", "accepted",
                          "hub", "summary", "files"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  const json& file = report["files"][3];
  for (const char* key : {"path", "size", "sha256", "git_sha1", "type", "identity", "verdict",
                          "coverage", "findings", "imports", "hub", "class"}) {
    EXPECT_TRUE(file.contains(key)) << key;
  }
  for (const char* key : {"repo", "repo_type", "commit", "expected"}) {
    EXPECT_TRUE(file["identity"].contains(key)) << key;
  }
  for (const char* key : {"rule", "level", "engine", "where", "offset", "message", "suppressed"}) {
    EXPECT_TRUE(file["findings"][0].contains(key)) << key;
  }
  for (const char* key : {"module", "name", "level", "where", "offset"}) {
    EXPECT_TRUE(file["imports"][0].contains(key)) << key;
  }
  for (const char* key : {"state", "scanners", "asked_at"}) {
    EXPECT_TRUE(file["hub"].contains(key)) << key;
  }
  const json gaps = json::parse(JsonReport(sample::Gaps()))["files"][8]["coverage"];
  EXPECT_EQ(gaps["state"], "partial");
  EXPECT_EQ(gaps["gaps"][1]["reason"], "pointer-only");
  EXPECT_EQ(gaps["gaps"][1]["engine"], "archive");
  EXPECT_EQ(gaps["gaps"][1]["where"], "");
  EXPECT_EQ(gaps["gaps"][1]["bytes"], json::array({0, 134}));
}

TEST(JsonReport, WhatIsNotKnownIsNull) {
  const json file = json::parse(JsonReport(sample::Gaps()))["files"][9];
  EXPECT_TRUE(file["sha256"].is_null());
  EXPECT_TRUE(file["git_sha1"].is_null());
  EXPECT_TRUE(file["type"].is_null());
  EXPECT_EQ(file["coverage"]["state"], "none");
  const json found = json::parse(JsonReport(sample::LocalOnly()))["files"][3];
  EXPECT_TRUE(found["findings"][0]["suppressed"].is_null());
  EXPECT_TRUE(found["imports"][1]["module"].is_null());
  const json alone = json::parse(JsonReport(sample::NotCompared()))["files"][0];
  EXPECT_TRUE(alone["identity"]["repo"].is_null());
  EXPECT_TRUE(alone["hub"]["asked_at"].is_null());
}

TEST(JsonReport, APathThatIsNotUtf8CarriesItsBytes) {
  Report report = sample::Clean();
  report.files[0].path = "a\xff\n";
  report.files[1].path = "b\n\u202E";
  const json files = json::parse(JsonReport(report))["files"];
  EXPECT_EQ(files[0]["path"], "a\\xff\\n");
  EXPECT_EQ(files[0]["path_b64"], Base64("a\xff\n"));
  EXPECT_EQ(files[1]["path"], "b\n\u202E");
  EXPECT_FALSE(files[1].contains("path_b64"));
}

TEST(JsonReport, HostileTextGivesValidHarmlessJson) {
  const Report report = sample::FullOf(sample::HostileText());
  const std::string whole = JsonReport(report);
  ExpectShowable(whole);
  EXPECT_EQ(whole.find("</"), std::string::npos);
  const json parsed = json::parse(whole);
  EXPECT_EQ(parsed["files"].size(), report.files.size());
  EXPECT_EQ(parsed["files"][0]["path_b64"], Base64(sample::HostileText()));
  const std::string lines = Jsonl(report);
  ExpectShowable(lines);
  EXPECT_EQ(Lines(lines).size(), report.files.size() + 2);
}

TEST(JsonReport, EveryByteAndItsNeighbourSurviveInAReport) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = {'a', static_cast<char>(byte), 'b'};
    const std::string whole = JsonReport(sample::FullOf(text));
    ExpectShowable(whole);
    const json parsed = json::parse(whole, nullptr, false);
    ASSERT_FALSE(parsed.is_discarded()) << byte;
    EXPECT_EQ(parsed["files"][0]["path"], IsUtf8(text) ? text : Printable(text));
  }
}

TEST(JsonReport, ScannersOfTheSameNameAreAllKept) {
  Report report = sample::HubOnly();
  auto& scanners = report.files[3].hub.scanners;
  scanners = {scanners[1], scanners[0], scanners[0]};
  scanners[1].name = scanners[2].name = scanners[0].name;
  const json hub = json::parse(JsonReport(report))["files"][3]["hub"]["scanners"];
  EXPECT_THAT(Keys(hub), ElementsAre("jFrogScan", "jFrogScan (2)", "jFrogScan (3)"));
  EXPECT_EQ(hub["jFrogScan"]["status"], "unsafe");
}

TEST(JsonReport, SummaryCountsWhatTheFilesSay) {
  const json report = json::parse(JsonReport(sample::Gaps()));
  const json& summary = report["summary"];
  EXPECT_EQ(summary["files"], report["files"].size());
  EXPECT_EQ(summary["verdicts"]["incomplete"], 10);
  EXPECT_EQ(summary["verdicts"]["clean"], 0);
  EXPECT_EQ(summary["classes"]["local-gap"], 9);
  EXPECT_EQ(summary["classes"]["unknown-both"], 1);
  EXPECT_EQ(summary["classes"].size(), static_cast<std::size_t>(kAgreementCount));
  EXPECT_EQ(summary["gaps"]["encrypted-member"], 10);
  EXPECT_FALSE(summary["gaps"].contains("timed-out"));
  const json suppressed = json::parse(JsonReport(sample::NotCompared()))["summary"]["findings"];
  EXPECT_EQ(suppressed["caution"], 1);
  EXPECT_EQ(suppressed["unsafe"], 0);
  EXPECT_EQ(suppressed["suppressed"], 1);
}

TEST(JsonReport, TheTimeOfDayStandsInTheToolObjectOnly) {
  Report report = sample::LocalOnly();
  json before = json::parse(JsonReport(report));
  report.header.created = "2031-01-01T00:00:00Z";
  json after = json::parse(JsonReport(report));
  EXPECT_NE(before["tool"], after["tool"]);
  before.erase("tool");
  after.erase("tool");
  EXPECT_EQ(before, after);
}

TEST(JsonLines, HaveAHeaderEachFileAndAnEnd) {
  const Report report = sample::LocalOnly();
  const auto lines = Lines(Jsonl(report));
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0]["schema"], "counterscan.report/1");
  EXPECT_FALSE(lines[0].contains("files"));
  EXPECT_EQ(lines[4]["class"], "local-only");
  EXPECT_EQ(lines[6]["complete"], true);
  EXPECT_EQ(lines[6]["exit"], 1);
  EXPECT_EQ(lines[6]["summary"]["files"], 5);
}

TEST(JsonLines, SayTheSameAsTheWholeReport) {
  for (const sample::Story& story : sample::Stories()) {
    const json whole = json::parse(JsonReport(story.report));
    const auto lines = Lines(Jsonl(story.report));
    json joined = lines.front();
    joined.update(lines.back());
    joined["files"] = json::array();
    for (std::size_t i = 1; i + 1 < lines.size(); ++i) joined["files"].push_back(lines[i]);
    EXPECT_EQ(joined, whole) << story.name;
  }
}

}  // namespace
}  // namespace counterscan

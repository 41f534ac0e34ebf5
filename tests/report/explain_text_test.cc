#include "scanner/report/explain_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "scanner/base/text.h"
#include "tests/report/golden.h"
#include "tests/report/sample_reports.h"
#include "tests/report/showable.h"

namespace counterscan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ExplainText, AnExplanationIsAsInTheGoldenFiles) {
  const sample::Explained explained = sample::Explanation();
  ExpectGolden("explain.txt", ExplainText(explained.file, explained.pickles));
  ExpectGolden("explain.json", ExplainJson(explained.file, explained.pickles));
}

TEST(ExplainText, HostileTextNeverReachesTheTerminal) {
  const sample::Explained explained = sample::ExplanationFullOf(sample::HostileText());
  TextOptions options;
  ExpectShowable(ExplainText(explained.file, explained.pickles, options));
  options.verbose = true;
  ExpectShowable(ExplainText(explained.file, explained.pickles, options));
  const std::string json = ExplainJson(explained.file, explained.pickles);
  ExpectShowable(json);
  EXPECT_EQ(nlohmann::json::parse(json)["pickles"].size(), 3u);
}

ExplainedLine Harmless(int number) {
  return {.offset = static_cast<std::uint64_t>(number),
          .text = "x_" + std::to_string(number) + " = f()",
          .kind = LineKind::kCall,
          .subject = "m.f" + std::to_string(number % 1000)};
}

TEST(ExplainText, AJudgedLineIsShownHoweverManyHarmlessOnesStandBeforeIt) {
  sample::Explained explained = sample::Explanation();
  auto& lines = explained.pickles[0].lines;
  std::vector<ExplainedLine> many;
  for (int i = 0; i < 10'000; ++i) many.push_back(Harmless(i));
  lines.insert(lines.begin(), many.begin(), many.end());
  const std::string text = ExplainText(explained.file, explained.pickles);
  EXPECT_THAT(text, HasSubstr("system('true')"));
  EXPECT_THAT(text, HasSubstr("... 9,920 more lines: 10 calls of m.f"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 130);
  TextOptions all;
  all.verbose = true;
  const std::string whole = ExplainText(explained.file, explained.pickles, all);
  EXPECT_GT(std::count(whole.begin(), whole.end(), '\n'), 11'000);
  EXPECT_THAT(whole, Not(HasSubstr("more lines:")));
}

TEST(ExplainText, AFloodOfJudgedLinesIsCountedToo) {
  sample::Explained explained = sample::Explanation();
  auto& lines = explained.pickles[0].lines;
  lines.insert(lines.begin(), 500, lines[1]);
  explained.file.findings.assign(500, explained.file.findings[0]);
  const std::string text = ExplainText(explained.file, explained.pickles);
  EXPECT_THAT(text, HasSubstr("... 490 more lines: 490 calls of posix.system"));
  EXPECT_THAT(text, HasSubstr("... 460 more findings"));
}

TEST(ExplainText, AFloodOfPicklesIsCounted) {
  sample::Explained explained = sample::Explanation();
  ExplainedPickle plain;
  plain.lines = {Harmless(1)};
  explained.pickles.assign(5000, plain);
  explained.pickles[4000].error = "ends before STOP";
  const std::string text = ExplainText(explained.file, explained.pickles);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 120);
  EXPECT_THAT(text, HasSubstr("breaks off here: ends before STOP"));
  EXPECT_THAT(text, HasSubstr("... 4,979 more pickles"));
}

TEST(ExplainText, ALineThatTheUserAllowedSaysSo) {
  sample::Explained explained = sample::Explanation();
  explained.pickles[0].lines[1].level = Level::kClean;
  explained.pickles[0].lines[1].rule = "PKL-302";
  EXPECT_THAT(ExplainText(explained.file, explained.pickles),
              HasSubstr("<- PKL-302, allowed by the policy posix.system"));
}

TEST(ExplainText, TheJsonSaysWhatBelongsToWhichPickle) {
  sample::Explained explained = sample::Explanation();
  explained.pickles[1].offset = 104;
  explained.pickles[1].where = explained.pickles[0].where = "archive/data.pkl";
  explained.file.gaps[0].first = 113;
  const auto json = nlohmann::json::parse(ExplainJson(explained.file, explained.pickles));
  EXPECT_EQ(json["schema"], "counterscan.explain/1");
  EXPECT_EQ(json["pickles"][0]["findings"][0]["rule"], "PKL-101");
  EXPECT_EQ(json["pickles"][0]["imports"].size(), 4u);
  EXPECT_EQ(json["pickles"][1]["imports"].size(), 0u);
  EXPECT_EQ(json["pickles"][1]["gaps"].size(), 1u);
  EXPECT_EQ(json["pickles"][0]["lines"][1]["kind"], "call");
  EXPECT_EQ(json["pickles"][0]["lines"][1]["subject"], "posix.system");
}

TEST(ExplainText, AFileWithoutPicklesSaysSo) {
  FileReport file = sample::File("model.safetensors");
  const std::string text = ExplainText(file, {});
  EXPECT_THAT(text, HasSubstr("no pickle"));
  EXPECT_THAT(text, HasSubstr("imports: none"));
  file.nothing_read = true;
  EXPECT_THAT(ExplainText(file, {}), HasSubstr("not read"));
}

TEST(ExplainText, TextThatIsEscapedAlreadyIsNotEscapedTwice) {
  sample::Explained explained = sample::Explanation();
  explained.pickles[0].lines[1].text = "system('a\\nb')";
  EXPECT_THAT(ExplainText(explained.file, explained.pickles), HasSubstr("('a\\nb')"));
  EXPECT_THAT(ExplainText(explained.file, explained.pickles), Not(HasSubstr("\\\\n")));
}

}  // namespace
}  // namespace counterscan

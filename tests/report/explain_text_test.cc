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
  EXPECT_EQ(nlohmann::json::parse(json)["pickles"].size(), 2u);
}

TEST(ExplainText, AJudgedLineIsShownHoweverManyHarmlessOnesStandBeforeIt) {
  sample::Explained explained = sample::Explanation();
  auto& lines = explained.pickles[0].lines;
  lines.insert(lines.begin(), 10'000,
               {.offset = 0, .level = Level::kClean, .rule = "", .text = "x"});
  const std::string text = ExplainText(explained.file, explained.pickles);
  EXPECT_THAT(text, HasSubstr("posix.system('true')"));
  EXPECT_THAT(text, HasSubstr("more harmless lines"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 500);
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
  explained.pickles[0].lines[1].text = "r0 = posix.system('a\\nb')";
  EXPECT_THAT(ExplainText(explained.file, explained.pickles), HasSubstr("('a\\nb')"));
  EXPECT_THAT(ExplainText(explained.file, explained.pickles), Not(HasSubstr("\\\\n")));
}

}  // namespace
}  // namespace counterscan

#include "scanner/cli/scan_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ScanOptions Parse(std::vector<std::string> arguments) {
  auto parsed = ParseScan(arguments);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->options : ScanOptions{};
}

std::string ErrorOf(const std::vector<std::string>& arguments) {
  const auto parsed = ParseScan(arguments);
  EXPECT_FALSE(parsed);
  return parsed ? "" : parsed.error().message;
}

TEST(ScanOptions, DefaultsAreTheCarefulOnes) {
  const ScanOptions options = Parse({"model.pt"});
  EXPECT_THAT(options.targets, ElementsAre("model.pt"));
  EXPECT_EQ(options.hub, HubMode::kAuto);
  EXPECT_EQ(options.av, AvChoice::kAuto);
  EXPECT_EQ(options.fail_on, Level::kSuspicious);
  EXPECT_EQ(options.depth, Depth::kFull);
  EXPECT_TRUE(options.sandbox);
  EXPECT_TRUE(options.accept.empty());
  ASSERT_EQ(options.outputs.size(), 1u);
  EXPECT_EQ(options.outputs[0].format, OutputChoice::Format::kText);
}

TEST(ScanOptions, TakesAFileOfHubAnswers) {
  const ScanOptions options = Parse({"d", "--hub", "file:a b/hub.json"});
  EXPECT_EQ(options.hub, HubMode::kFile);
  EXPECT_EQ(options.hub_file, "a b/hub.json");
}

TEST(ScanOptions, ADashIsStandardInput) { EXPECT_THAT(Parse({"-"}).targets, ElementsAre("-")); }

TEST(ScanOptions, NamesAfterTwoDashesAreTargets) {
  EXPECT_THAT(Parse({"--", "--hub", "-x"}).targets, ElementsAre("--hub", "-x"));
}

TEST(ScanOptions, ManyOutputsAtOnce) {
  const ScanOptions options = Parse({"d", "-o", "text", "-o", "json=a.json", "-o", "jsonl=b"});
  ASSERT_EQ(options.outputs.size(), 3u);
  EXPECT_EQ(options.outputs[1].file, "a.json");
  EXPECT_THAT(ErrorOf({"d", "-o", "text", "-o", "json"}), HasSubstr("only one"));
}

TEST(ScanOptions, AcceptTakesNamesAndRefusesWhatItDoesNotKnow) {
  EXPECT_THAT(Parse({"d", "--accept", "no-signatures,unconfirmed"}).accept,
              ElementsAre("no-signatures", "unconfirmed"));
  EXPECT_THAT(Parse({"d", "--accept", "mismatch", "--accept", "pointer-only"}).accept,
              ElementsAre("mismatch", "pointer-only"));
  EXPECT_THAT(ErrorOf({"d", "--accept", "no-signature"}),
              HasSubstr("Did you mean 'no-signatures'?"));
}

TEST(ScanOptions, SuggestsTheOptionThatWasMeant) {
  EXPECT_THAT(ErrorOf({"d", "--hubs", "off"}),
              HasSubstr("unknown option '--hubs' for counterscan scan. Did you mean '--hub'?"));
  EXPECT_THAT(ErrorOf({"d", "--av", "built-in"}), HasSubstr("Did you mean 'builtin'?"));
}

TEST(ScanOptions, HostileWordsAreEscapedInMessages) {
  EXPECT_THAT(ErrorOf({"d", "--av", "\x1b[2Kx"}), HasSubstr("\\x1b[2Kx"));
  EXPECT_THAT(ErrorOf({"d", "--\x1b[2K"}), HasSubstr("\\x1b"));
}

TEST(ScanOptions, RefusesWhatContradictsItself) {
  EXPECT_THAT(ErrorOf({"d", "--offline", "--hub", "require"}), HasSubstr("exclude each other"));
  EXPECT_THAT(ErrorOf({"d", "--hub-digest", std::string(64, 'a')}), HasSubstr("--hub file:"));
  EXPECT_THAT(ErrorOf({}), HasSubstr("nothing to scan"));
  EXPECT_THAT(ErrorOf({"d", "--db", "/no/such/folder"}), HasSubstr("not a directory"));
  EXPECT_THAT(ErrorOf({"d", "--revision", "main"}), HasSubstr("40 hexadecimal"));
}

TEST(ScanOptions, DurationsHaveUnits) {
  using std::chrono::seconds;
  EXPECT_EQ(*ParseDuration("90m"), seconds(5400));
  EXPECT_EQ(*ParseDuration("7d"), seconds(604800));
  EXPECT_EQ(*ParseDuration("0"), seconds(0));
  for (const char* wrong : {"", "d", "-1d", "1y", "1 d", "99999999999999999999", "9999999w"}) {
    EXPECT_FALSE(ParseDuration(wrong)) << wrong;
  }
}

TEST(ScanOptions, HelpIsAskedForNotAnError) {
  const auto parsed = ParseScan({"--help"});
  ASSERT_TRUE(parsed);
  ASSERT_TRUE(parsed->help);
  EXPECT_THAT(*parsed->help, HasSubstr("--hub"));
  EXPECT_THAT(*parsed->help, HasSubstr("Usage: counterscan scan "));
  std::istringstream lines(*parsed->help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace counterscan

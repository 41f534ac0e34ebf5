// Names are a promise: reports, --accept and other programs rely on them.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "scanner/model/finding.h"
#include "scanner/model/gap_reason.h"
#include "scanner/model/hub_view.h"
#include "scanner/model/rules.h"

namespace counterscan {
namespace {

bool IsKebab(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == name.npos &&
         name.front() != '-' && name.back() != '-';
}

TEST(GapReasonNames, StandInTheOrderOfTheEnumeration) {
  std::size_t i = 0;
  for (const GapReasonRow& row : GapReasons()) {
    EXPECT_EQ(static_cast<std::size_t>(row.reason), i++) << row.name;
    EXPECT_EQ(Name(row.reason), row.name);
    EXPECT_EQ(Sentence(row.reason), row.sentence);
  }
}

TEST(GapReasonNames, AreUniqueAndGoBothWays) {
  std::set<std::string_view> names;
  for (const GapReasonRow& row : GapReasons()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(IsKebab(row.name)) << row.name;
    EXPECT_FALSE(row.sentence.empty()) << row.name;
    EXPECT_FALSE(row.sentence.ends_with('.')) << row.name;
    EXPECT_EQ(GapReasonFromName(row.name), row.reason);
  }
  EXPECT_EQ(GapReasonFromName(""), std::nullopt);
  EXPECT_EQ(GapReasonFromName("no-signature"), std::nullopt);
}

TEST(GapReasonNames, DoNotClashWithTheOtherNamesThatAcceptTakes) {
  EXPECT_EQ(GapReasonFromName("unconfirmed"), std::nullopt);
  EXPECT_EQ(GapReasonFromName("mismatch"), std::nullopt);
}

TEST(EngineNames, GoBothWays) {
  for (const EngineId engine : {EngineId::kPickle, EngineId::kClamav, EngineId::kFormat,
                                EngineId::kArchive, EngineId::kScan}) {
    EXPECT_EQ(EngineFromName(Name(engine)), engine);
  }
  EXPECT_EQ(Name(EngineId::kClamav), "clamav");
  EXPECT_EQ(EngineFromName("ClamAV"), std::nullopt);
}

TEST(HubStateNames, GoBothWaysAndOnlyFlagsHaveALevel) {
  for (int i = 0; i < kHubStateCount; ++i) {
    const auto state = static_cast<HubState>(i);
    EXPECT_EQ(HubStateFromName(Name(state)), state);
    EXPECT_TRUE(IsKebab(Name(state)));
    const bool flag =
        state == HubState::kCaution || state == HubState::kSuspicious || state == HubState::kUnsafe;
    EXPECT_EQ(FlagLevel(state).has_value(), flag) << Name(state);
    if (flag) {
      EXPECT_EQ(Name(*FlagLevel(state)), Name(state));
    }
  }
  EXPECT_EQ(HubStateFromName("Safe"), std::nullopt);
  EXPECT_EQ(HubStateFromName("safe "), std::nullopt);
  EXPECT_EQ(HubStateFromName(""), std::nullopt);
  // A default view confirms nothing.
  EXPECT_EQ(HubView().state, HubState::kNotAsked);
}

TEST(AgreementNames, AreThoseOfTheMatrixAndHaveASentenceEach) {
  std::set<std::string_view> names;
  std::set<std::string_view> sentences;
  for (int i = 0; i < kAgreementCount; ++i) {
    const auto agreement = static_cast<Agreement>(i);
    EXPECT_TRUE(names.insert(Name(agreement)).second);
    EXPECT_TRUE(sentences.insert(Sentence(agreement)).second);
    EXPECT_TRUE(IsKebab(Name(agreement)));
    EXPECT_TRUE(Sentence(agreement).ends_with('.'));
  }
  EXPECT_EQ(Name(Agreement::kLocalOnly), "local-only");
  EXPECT_EQ(Name(Agreement::kHubOnlyGap), "hub-only-gap");
  EXPECT_EQ(Name(Agreement::kUnknownBoth), "unknown-both");
  EXPECT_EQ(Name(Agreement::kNotComparedGap), "not-compared-gap");
}

TEST(FileRuleTable, HasUniqueIdsAndSaysWhy) {
  std::set<std::string_view> ids;
  for (const Rule& rule : FileRules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_EQ(FindFileRule(rule.id), &rule);
    EXPECT_FALSE(rule.title.empty()) << rule.id;
    EXPECT_FALSE(rule.title.ends_with('.')) << rule.id;
    EXPECT_TRUE(rule.why.ends_with('.')) << rule.id;
    EXPECT_NE(rule.level, Level::kClean) << rule.id;
    EXPECT_FALSE(rule.id.starts_with("PKL-")) << "pickle/rules.h has those";
  }
  EXPECT_EQ(FindFileRule("CLAM-0"), nullptr);
}

}  // namespace
}  // namespace counterscan

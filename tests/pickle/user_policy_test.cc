#include "pickle/policy/user_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pickle/rules.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

using Verb = ImportRow::Verb;
using Use = ImportRow::Use;

ImportRow Allow(std::string module, std::string name, Use use = Use::kCall) {
  return {.verb = Verb::kAllow,
          .module = std::move(module),
          .name = std::move(name),
          .use = use,
          .reason = "",
          .origin = "policy p:1"};
}
ImportRow Deny(std::string module, std::string name, Level level = Level::kUnsafe) {
  return {.verb = Verb::kDeny,
          .module = std::move(module),
          .name = std::move(name),
          .level = level,
          .reason = "not ours",
          .origin = "policy p:2"};
}

Analysis With(std::vector<ImportRow> rows, const std::string& bytes) {
  const UserPolicy policy(std::move(rows));
  Options options;
  options.explain = true;
  options.policy = &policy;
  return AnalyzeBytes(bytes, options);
}

// The worst finding that counts.
Level Counted(const Analysis& analysis) {
  Level worst = Level::kClean;
  for (const Finding& finding : analysis.findings) {
    if (finding.suppressed.empty()) worst = Worse(worst, finding.level);
  }
  return worst;
}

const std::string kCall = "cacme.layers\nbuild\n(S'x'\ntR.";
const std::string kObject =
    "\x80\x02"
    "cacme.layers\nBlock\n)\x81.";

TEST(UserPolicy, AnAllowedNameIsExcusedAndStaysInTheReport) {
  EXPECT_EQ(Counted(With({}, kCall)), Level::kSuspicious);
  const Analysis analysis = With({Allow("acme.layers", "build")}, kCall);
  EXPECT_EQ(Counted(analysis), Level::kClean) << Summary(analysis);
  ASSERT_EQ(analysis.findings.size(), 1u);
  EXPECT_EQ(analysis.findings[0].rule, "PKL-302");
  EXPECT_EQ(analysis.findings[0].message, "calls acme.layers.build('x')");
  EXPECT_EQ(analysis.findings[0].suppressed, "policy p:1");
  EXPECT_EQ(analysis.imports[0].level, Level::kClean);
  const Line& call = analysis.pickles[0].lines[1];
  EXPECT_EQ(call.level, Level::kClean);
  EXPECT_EQ(call.rule, "PKL-302");
}

TEST(UserPolicy, RowsAreExact) {
  for (const ImportRow& row :
       {Allow("acme", "layers.build"), Allow("acme.layers", "Build"), Allow("acme.layers", "*"),
        Allow("acme", "build"), Allow("*", "build")}) {
    EXPECT_EQ(Counted(With({row}, kCall)), Level::kSuspicious) << row.module << " " << row.name;
  }
}

TEST(UserPolicy, ToInstantiateIsNotToCall) {
  EXPECT_EQ(Counted(With({Allow("acme.layers", "Block", Use::kInstantiate)}, kObject)),
            Level::kClean);
  EXPECT_EQ(Counted(With({Allow("acme.layers", "build", Use::kInstantiate)}, kCall)),
            Level::kSuspicious);
  EXPECT_EQ(Counted(With({Allow("acme.layers", "Block")}, kObject)), Level::kClean);
}

TEST(UserPolicy, NothingUnsafeIsExcused) {
  const std::string system = "cposix\nsystem\n(S'true'\ntR.";
  EXPECT_EQ(Counted(With({Allow("posix", "system")}, system)), Level::kUnsafe);
  // What is done to an allowed thing is judged all the same.
  const std::string changed = "cacme.layers\nBlock\n}(S'x'\nI1\nub.";
  EXPECT_EQ(Counted(With({Allow("acme.layers", "Block")}, changed)), Level::kUnsafe);
  const std::string through = "cacme.layers\nrun\n(cposix\nsystem\ntR.";
  EXPECT_EQ(Counted(With({Allow("acme.layers", "run")}, through)), Level::kUnsafe);
}

TEST(UserPolicy, AnExcusedFloodPushesOutNothing) {
  std::string bytes;
  std::vector<ImportRow> rows;
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "f" + std::to_string(i);
    bytes += "cacme\n" + name + "\n0";
    rows.push_back(Allow("acme", name));
  }
  const Analysis analysis = With(std::move(rows), bytes + "cother\nname\n)R.");
  EXPECT_EQ(Counted(analysis), Level::kSuspicious);
  EXPECT_TRUE(HasMessage(analysis, "calls other.name()"));
}

TEST(UserPolicy, ADeniedNameIsAFindingWhateverItIs) {
  const std::string listed = "ccollections\nOrderedDict\n)R.";
  const Analysis analysis = With({Deny("collections", "OrderedDict", Level::kCaution)}, listed);
  ASSERT_EQ(analysis.findings.size(), 1u) << Summary(analysis);
  EXPECT_EQ(analysis.findings[0].rule, kDeniedByUser);
  EXPECT_EQ(analysis.findings[0].level, Level::kCaution);
  EXPECT_EQ(analysis.findings[0].message,
            "calls collections.OrderedDict, denied by policy p:2: not ours");
  EXPECT_EQ(analysis.imports[0].level, Level::kCaution);
  EXPECT_EQ(analysis.pickles[0].lines[0].rule, kDeniedByUser);
}

TEST(UserPolicy, DeniedAreAllSplitsOfAPathAndWholeModules) {
  for (const ImportRow& row : {Deny("acme.layers", "build"), Deny("acme", "layers.build"),
                               Deny("acme", "*"), Deny("acme.layers", "*")}) {
    EXPECT_EQ(Counted(With({row}, kCall)), Level::kUnsafe) << row.module << " " << row.name;
    EXPECT_EQ(Counted(With({row},
                           "\x80\x04\x8c\x04"
                           "acme\x8c\x0clayers.build\x93.")),
              Level::kUnsafe)
        << row.module << " " << row.name;
  }
  EXPECT_EQ(Counted(With({Deny("acme.lay", "*")}, kCall)), Level::kSuspicious);
}

TEST(UserPolicy, DenyWinsOverAllow) {
  const Analysis analysis =
      With({Allow("acme.layers", "build"), Deny("acme", "*", Level::kSuspicious)}, kCall);
  EXPECT_EQ(Counted(analysis), Level::kSuspicious);
  EXPECT_EQ(analysis.imports[0].level, Level::kSuspicious);
}

TEST(UserPolicy, BothNamesOfPython2And3Count) {
  const std::string old = "cCookie\nSimpleCookie\n.";  // http.cookies in Python 3
  EXPECT_EQ(Counted(With({Deny("http.cookies", "SimpleCookie")}, old)), Level::kUnsafe);
}

TEST(UserPolicy, EveryPickleOfAFileIsJudgedByIt) {
  EXPECT_EQ(Counted(With({Allow("acme.layers", "build")}, kCall + kCall)), Level::kClean);
}

}  // namespace
}  // namespace counterscan::pickle

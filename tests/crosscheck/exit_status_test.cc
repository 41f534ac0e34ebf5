#include "scanner/crosscheck/exit_status.h"

#include <gtest/gtest.h>

#include <vector>

#include "scanner/crosscheck/agreement.h"

namespace counterscan {
namespace {

constexpr Level kLevels[] = {Level::kClean, Level::kCaution, Level::kSuspicious, Level::kUnsafe};
constexpr Level kThresholds[] = {Level::kCaution, Level::kSuspicious, Level::kUnsafe};

std::vector<HubState> AllStates() {
  std::vector<HubState> states;
  for (int i = 0; i < kHubStateCount; ++i) states.push_back(static_cast<HubState>(i));
  return states;
}

FileReport File(HubState state, Level level = Level::kClean, bool gap = false) {
  FileReport file;
  file.path = "f";
  file.hub.state = state;
  if (level != Level::kClean) {
    Finding finding;
    finding.rule = "PKL-101";
    finding.level = level;
    file.findings.push_back(finding);
  }
  if (gap) file.gaps.push_back({.reason = GapReason::kNoSignatures, .where = "", .detail = ""});
  return file;
}

Report Of(std::vector<FileReport> files, std::vector<std::string> accepted = {},
          Level fail_on = Level::kSuspicious) {
  Report report;
  report.files = std::move(files);
  report.accepted = std::move(accepted);
  report.fail_on = fail_on;
  report.hub.mode = "file";
  return report;
}
int Exit(HubState state, Level level, bool gap, Level fail_on, std::vector<std::string> accepted) {
  return ExitStatusOf(Of({File(state, level, gap)}, std::move(accepted), fail_on));
}

const std::vector<std::vector<std::string>> kAccepted = {
    {},
    {"unconfirmed"},
    {"mismatch"},
    {"no-signatures"},
    {"mismatch", "unconfirmed"},
    {"no-signatures", "unconfirmed"},
    {"mismatch", "no-signatures"},
    {"mismatch", "no-signatures", "unconfirmed"},
};
bool Holds(const std::vector<std::string>& accepted, const char* name) {
  return std::find(accepted.begin(), accepted.end(), name) != accepted.end();
}

// The rule, said a second time in other words, over every state, level, gap, threshold and set of
// accepted names.
TEST(ExitStatus, EveryCellFollowsFromThreatAndKnowledge) {
  for (const HubState state : AllStates()) {
    for (const Level level : kLevels) {
      for (const bool gap : {false, true}) {
        for (const Level fail_on : kThresholds) {
          for (const auto& accepted : kAccepted) {
            const Level worst = Worse(level, FlagLevel(state).value_or(Level::kClean));
            int expected = 0;
            if (worst >= fail_on || state == HubState::kDisabled) {
              expected = 1;
            } else if (state == HubState::kMismatch && !Holds(accepted, "mismatch")) {
              expected = 4;
            } else if (gap && !Holds(accepted, "no-signatures")) {
              expected = 2;
            } else if (state != HubState::kSafe && state != HubState::kNotAsked &&
                       !Holds(accepted, "unconfirmed")) {
              expected = 3;
            }
            EXPECT_EQ(Exit(state, level, gap, fail_on, accepted), expected)
                << Name(state) << " " << Name(level) << " gap " << gap << " fail on "
                << Name(fail_on) << " accepted " << testing::PrintToString(accepted);
          }
        }
      }
    }
  }
}

// Property 1: more threat, or less knowledge, never gives a better exit.
TEST(ExitStatus, MoreThreatOrLessKnowledgeIsNeverBetter) {
  // Better to worse on the Hub's side: confirmed, unknown, other bytes or a flag.
  const auto hub_rank = [](HubState state) {
    if (state == HubState::kSafe) return 0;
    if (FlagLevel(state)) return 2 + static_cast<int>(*FlagLevel(state));
    if (state == HubState::kDisabled) return 9;
    return 1;
  };
  for (const auto& accepted : kAccepted) {
    for (const Level fail_on : kThresholds) {
      const auto badness = [&](HubState state, Level level, bool gap) {
        return Badness(Exit(state, level, gap, fail_on, accepted));
      };
      for (const HubState state : AllStates()) {
        for (const bool gap : {false, true}) {
          for (std::size_t i = 1; i < std::size(kLevels); ++i) {
            EXPECT_LE(badness(state, kLevels[i - 1], gap), badness(state, kLevels[i], gap));
          }
        }
        for (const Level level : kLevels) {
          EXPECT_LE(badness(state, level, false), badness(state, level, true));
          for (const HubState other : AllStates()) {
            if (state == HubState::kNotAsked || other == HubState::kNotAsked) continue;
            // Whether other bytes are worse than a flag below the threshold has no answer.
            if (state == HubState::kMismatch || hub_rank(state) > hub_rank(other)) continue;
            EXPECT_LE(badness(state, level, false), badness(other, level, false))
                << Name(state) << " " << Name(other) << " " << Name(level);
          }
          EXPECT_LE(badness(HubState::kPending, level, false),
                    badness(HubState::kMismatch, level, false));
        }
      }
    }
  }
}

// Property 2: no unknown state gives 0 unless accepted by name.
TEST(ExitStatus, NoUnknownStateGivesZeroUnlessAccepted) {
  for (const HubState state : AllStates()) {
    if (state == HubState::kSafe || state == HubState::kNotAsked) continue;
    for (const Level level : kLevels) {
      for (const Level fail_on : kThresholds) {
        for (const auto& accepted : kAccepted) {
          if (Holds(accepted, "unconfirmed")) continue;
          EXPECT_NE(Exit(state, level, false, fail_on, accepted), 0) << Name(state);
        }
      }
    }
  }
}

TEST(ExitStatus, NothingRelaxesAThreatOrAWithdrawal) {
  for (const auto& accepted : kAccepted) {
    EXPECT_EQ(Exit(HubState::kUnsafe, Level::kClean, false, Level::kSuspicious, accepted), 1);
    EXPECT_EQ(Exit(HubState::kSafe, Level::kUnsafe, false, Level::kSuspicious, accepted), 1);
    EXPECT_EQ(Exit(HubState::kDisabled, Level::kClean, false, Level::kUnsafe, accepted), 1);
  }
}

TEST(ExitStatus, ASuppressedFindingIsNoThreat) {
  FileReport file = File(HubState::kSafe, Level::kUnsafe);
  file.findings[0].suppressed = "known";
  EXPECT_EQ(ExitStatusOf(Of({file})), 0);
}

TEST(ExitStatus, AcceptingOneGapReasonLeavesTheOthers) {
  FileReport file = File(HubState::kSafe);
  file.gaps.push_back({.reason = GapReason::kPointer, .where = "", .detail = ""});
  file.gaps.push_back({.reason = GapReason::kNoSignatures, .where = "", .detail = ""});
  EXPECT_EQ(ExitStatusOf(Of({file}, {"pointer-only"})), 2);
  EXPECT_EQ(ExitStatusOf(Of({file}, {"pointer-only", "no-signatures"})), 0);
}

TEST(ExitStatus, EveryGapReasonCanBeAcceptedByItsName) {
  for (const GapReasonRow& row : GapReasons()) {
    EXPECT_TRUE(IsAcceptName(row.name));
    FileReport file = File(HubState::kSafe);
    file.gaps.push_back({.reason = row.reason, .where = "", .detail = ""});
    EXPECT_EQ(ExitStatusOf(Of({file})), 2) << row.name;
    EXPECT_EQ(ExitStatusOf(Of({file}, {std::string(row.name)})), 0) << row.name;
  }
  EXPECT_TRUE(IsAcceptName("unconfirmed"));
  EXPECT_TRUE(IsAcceptName("mismatch"));
  for (const char* name : {"", "all", "unsafe", "safe", "disabled", "no_signatures"}) {
    EXPECT_FALSE(IsAcceptName(name)) << name;
  }
}

TEST(ExitStatus, TheWorstFileDecides) {
  // In the order 0 < 3 < 2 < 4 < 1.
  const FileReport files[] = {File(HubState::kSafe), File(HubState::kPending),
                              File(HubState::kSafe, Level::kClean, true), File(HubState::kMismatch),
                              File(HubState::kUnsafe)};
  const int exits[] = {0, 3, 2, 4, 1};
  for (std::size_t a = 0; a < std::size(files); ++a) {
    for (std::size_t b = 0; b < std::size(files); ++b) {
      EXPECT_EQ(ExitStatusOf(Of({files[a], files[b]})), exits[std::max(a, b)]);
    }
  }
}

TEST(ExitStatus, NothingScannedErrorsAndInterruptionsAreIncomplete) {
  EXPECT_EQ(ExitStatusOf(Of({})), 2);
  Report report = Of({File(HubState::kSafe)});
  report.errors.push_back("nothing to scan in x");
  EXPECT_EQ(ExitStatusOf(report), 2);
  report = Of({File(HubState::kSafe)});
  report.complete = false;
  EXPECT_EQ(ExitStatusOf(report), 2);
  report.files.push_back(File(HubState::kUnsafe));
  EXPECT_EQ(ExitStatusOf(report), 1);
  FileReport unread = File(HubState::kSafe);
  unread.nothing_read = true;
  EXPECT_EQ(ExitStatusOf(Of({unread})), 2);
}

TEST(ExitStatus, RequireWantsAnAnswerForEveryComparableFile) {
  Report report = Of({File(HubState::kNotAsked)});
  EXPECT_EQ(ExitStatusOf(report), 0);
  report.hub.mode = "require";
  EXPECT_EQ(ExitStatusOf(report), 3);
  report.files.push_back(File(HubState::kSafe));
  EXPECT_EQ(ExitStatusOf(report), 3);
  report.files[0].identity.comparable = false;  // a file of the download tool
  EXPECT_EQ(ExitStatusOf(report), 0);
  report.files.pop_back();  // now nothing at all was compared
  EXPECT_EQ(ExitStatusOf(report), 3);
  report.accepted = {"unconfirmed"};
  EXPECT_EQ(ExitStatusOf(report), 0);
}

// Each file should say so itself. Where one does not, the run still was not what was asked for.
TEST(ExitStatus, AnEngineThatFailedIsNeverExitZero) {
  Report report = Of({File(HubState::kSafe)});
  EXPECT_EQ(ExitStatusOf(report), kExitClear);
  report.engines.clamav_state = "failed";
  EXPECT_EQ(ExitStatusOf(report), kExitIncomplete);
  report.accepted = {"engine-failed"};
  EXPECT_EQ(ExitStatusOf(report), kExitClear);
}

}  // namespace
}  // namespace counterscan

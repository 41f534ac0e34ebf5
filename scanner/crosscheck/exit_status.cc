#include "scanner/crosscheck/exit_status.h"

#include <algorithm>
#include <string_view>

#include "scanner/crosscheck/agreement.h"

namespace counterscan {
namespace {

constexpr std::string_view kUnconfirmed = "unconfirmed";
constexpr std::string_view kMismatch = "mismatch";

int WorseExit(int a, int b) { return Badness(a) < Badness(b) ? b : a; }

class ExitRule {
 public:
  explicit ExitRule(const Report& report) : report_(report) {}

  int OfReport() const {
    int worst = kExitClear;
    for (const FileReport& file : report_.files) worst = WorseExit(worst, OfFile(file));
    if (report_.files.empty() || !report_.errors.empty() || !report_.complete) {
      worst = WorseExit(worst, kExitIncomplete);
    }
    // Every file should have the gap; if one has not, it is not because its signatures matched.
    if (report_.engines.clamav_state == "failed" && !Accepts(Name(GapReason::kEngineFailed))) {
      worst = WorseExit(worst, kExitIncomplete);
    }
    if (!RequirementIsMet()) worst = WorseExit(worst, kExitUnconfirmed);
    return worst;
  }

 private:
  int OfFile(const FileReport& file) const {
    if (IsThreat(file)) return kExitThreat;
    const Knowledge knowledge = RowOf(file.hub.state).knowledge;
    int worst = kExitClear;
    if (knowledge == Knowledge::kDiffers && !Accepts(kMismatch)) {
      worst = WorseExit(worst, kExitDiffers);
    }
    if (HasOpenGap(file)) worst = WorseExit(worst, kExitIncomplete);
    if (!IsConfirmed(file) && !Accepts(kUnconfirmed)) worst = WorseExit(worst, kExitUnconfirmed);
    return worst;
  }

  bool IsThreat(const FileReport& file) const {
    const Level level = Worse(WorstLevel(file), FlagLevel(file.hub.state).value_or(Level::kClean));
    // A threshold of "clean" would call every file a threat.
    return level >= std::max(report_.fail_on, Level::kCaution) ||
           RowOf(file.hub.state).knowledge == Knowledge::kWithdrawn;
  }

  bool HasOpenGap(const FileReport& file) const {
    if (file.nothing_read && file.gaps.empty()) return true;
    return std::any_of(file.gaps.begin(), file.gaps.end(),
                       [&](const Gap& gap) { return !Accepts(Name(gap.reason)); });
  }

  bool IsConfirmed(const FileReport& file) const {
    switch (RowOf(file.hub.state).knowledge) {
      case Knowledge::kConfirmed:
        return true;
      case Knowledge::kNotWanted:
        return !IsRequired() || !file.identity.comparable;
      case Knowledge::kUnconfirmed:
      case Knowledge::kDiffers:
      case Knowledge::kWithdrawn:
        break;
    }
    return false;
  }

  bool IsRequired() const { return report_.hub.mode == "require"; }

  // --hub require: somebody must have been asked about at least one file.
  bool RequirementIsMet() const {
    return !IsRequired() || Accepts(kUnconfirmed) ||
           std::any_of(report_.files.begin(), report_.files.end(), [](const FileReport& file) {
             return RowOf(file.hub.state).knowledge != Knowledge::kNotWanted;
           });
  }

  bool Accepts(std::string_view name) const {
    return std::find(report_.accepted.begin(), report_.accepted.end(), name) !=
           report_.accepted.end();
  }

  const Report& report_;
};

}  // namespace

bool IsAcceptName(std::string_view name) {
  return name == kUnconfirmed || name == kMismatch || GapReasonFromName(name).has_value();
}

int ExitStatusOf(const Report& report) { return ExitRule(report).OfReport(); }

}  // namespace counterscan

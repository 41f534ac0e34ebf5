#include "scanner/report/summary.h"

namespace counterscan {

void Summary::Add(const FileReport& file) {
  ++files;
  bytes += file.size;
  ++verdicts[static_cast<std::size_t>(VerdictOf(file))];
  ++classes[static_cast<std::size_t>(file.agreement)];
  ++hub_states[static_cast<std::size_t>(file.hub.state)];
  for (const Finding& finding : file.findings) {
    if (finding.suppressed) {
      ++suppressed;
    } else {
      ++findings[static_cast<std::size_t>(finding.level)];
    }
  }
  for (const Gap& gap : file.gaps) ++gaps[gap.reason];
}

Summary Summarise(const Report& report) {
  Summary summary;
  for (const FileReport& file : report.files) summary.Add(file);
  return summary;
}

}  // namespace counterscan

// The reason of a report's exit status, in words.
#pragma once

#include <string>

#include "scanner/model/report.h"

namespace counterscan {

// "2 files at or above --fail-on suspicious". One line, without a full stop. Explains
// report.exit_status; it does not compute it.
std::string ExitReason(const Report& report);

// "301 of 302 files finished", of a report that was cut short.
std::string FinishedFiles(const Report& report);

// True when a file counts as a threat: the worse of the local level and the Hub's is at or above
// `fail_on`, or the Hub has disabled the repository.
bool IsThreat(const FileReport& file, Level fail_on);

}  // namespace counterscan

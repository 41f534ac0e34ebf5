// What our engines and the Hub's scanners saw differently, engine by engine.
#pragma once

#include <string>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/model/report.h"

namespace counterscan {

// Lines such as "posix.system is not among the Hub's 2 imports". Holds our imports against
// pickleImportScan, one by one; our ClamAV against avScan; and avScan's Py.Malware names, which the
// Hub's own signatures give to pickles, against our pickle findings.
std::vector<std::string> EngineNotes(const FileReport& file, const HubLimits& limits);

}  // namespace counterscan

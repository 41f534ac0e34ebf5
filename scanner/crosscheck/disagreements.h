// What our engines and the Hub's scanners saw differently in the same bytes, scanner by scanner.
//
// Imports are held against pickleImportScan one by one; ClamAV against avScan, and avScan's
// Py.Malware names, which are about pickles, against our imports; every other scanner, those we do
// not know too, beside our verdict. Nothing here changes a verdict: it says where to look.
#pragma once

#include <vector>

#include "scanner/base/limits.h"
#include "scanner/model/report.h"

namespace counterscan {

// `file` has its findings, imports, gaps, and the Hub's scanners in file.hub. Worst first; the last
// one says how many more there are, past HubLimits::notes_per_file.
std::vector<Disagreement> DisagreementsOf(const FileReport& file, const HubLimits& limits);

}  // namespace counterscan

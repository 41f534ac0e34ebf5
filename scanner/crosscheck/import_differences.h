// Our imports held against those of the Hub's pickleImportScan, in both directions.
#pragma once

#include <vector>

#include "scanner/crosscheck/import_names.h"
#include "scanner/model/hub_view.h"
#include "scanner/model/report.h"

namespace counterscan {

// Worst first: one for each import that we judge and the Hub does not list, that the Hub judges and
// we do not have, or that both judge differently. Harmless ones are counted. Nothing where both say
// the same, or where there is nothing to compare.
std::vector<Disagreement> ImportDifferences(const FileReport& file, const OurImports& ours,
                                            const HubScanner& scanner);

}  // namespace counterscan

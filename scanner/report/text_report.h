// The report as text for a person, and the reason of the exit status in words.
//
// Headline, files with threats (disagreements with the Hub first), other bytes than the Hub's, gaps
// by reason, files without a word from the Hub, and one line at the bottom. Files of which there is
// nothing to say are only counted. Never says "safe" in its own voice: the Hub's word stands in
// quotes.
#pragma once

#include <string>

#include "scanner/model/report.h"
#include "scanner/report/text_options.h"

namespace counterscan {

std::string TextReport(const Report& report, const TextOptions& options = {});

}  // namespace counterscan

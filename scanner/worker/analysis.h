// RunAnalysisJob: what AnalyseFile says of one open file, and whether the file kept still.
#pragma once

#include "scanner/base/limits.h"
#include "scanner/worker/messages.h"

namespace counterscan {

// `descriptor` stays the caller's; its file offset is neither used nor moved. Never fails: what
// could not be read or trusted is a gap of the answer.
AnalysisAnswer RunAnalysisJob(const AnalysisJob& job, int descriptor, const Limits& limits);

}  // namespace counterscan

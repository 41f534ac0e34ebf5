// What the analysis engines say of one open file, and whether the file kept still.
#pragma once

#include "scanner/base/limits.h"
#include "scanner/engine/clamav.h"
#include "scanner/engine/clamav_parse.h"
#include "scanner/engine/file_analysis.h"
#include "scanner/worker/messages.h"

namespace counterscan {

// `descriptor` stays the caller's; its file offset is neither used nor moved. Neither ever fails:
// what could not be read or trusted is a gap of the answer.

// AnalyseFile. `policy`: what the user adds, or nullptr.
AnalysisAnswer RunAnalysisJob(const AnalysisJob& job, int descriptor, const Limits& limits,
                              const pickle::UserPolicy* policy = nullptr);

// MatchUnpacked: findings of signatures in members and streams that are packed, and gaps.
AnalysisAnswer RunMembersJob(const AnalysisJob& job, int descriptor, const Limits& limits,
                             ClamavEngine& engine);

// What libclamav finds where it takes the file apart, and gaps. Alone in moving the file offset.
AnalysisAnswer RunParseJob(const AnalysisJob& job, int descriptor, ParseEngine& parser);

}  // namespace counterscan

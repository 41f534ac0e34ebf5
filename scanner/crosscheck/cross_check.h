// CrossCheckFile: holds one file's report against what the Hub says of the same bytes.
//
// By content first: an answer counts for a file when the SHA-256 or git blob id is the same,
// wherever the Hub lists it. A flag for these bytes always counts. Then by path at the pinned
// commit: other bytes under the same path are a mismatch, a path that is not listed is not-found.
#pragma once

#include <chrono>

#include "hubclient/hub_answers.h"
#include "scanner/base/level.h"
#include "scanner/base/limits.h"
#include "scanner/model/report.h"

namespace counterscan {

struct CrossCheckOptions {
  // How long a "safe" counts. After that it is stale wherever it would confirm anything; where we
  // found a threat ourselves there is nothing to confirm, and the old "safe" stays, with its age:
  // that the Hub saw nothing in the same bytes is what the reader must know. Flags never expire.
  std::chrono::seconds max_age = std::chrono::days(30);
  std::chrono::sys_seconds now{};
  // The threat threshold of the run, which decides whether there is anything left to confirm.
  Level fail_on = Level::kSuspicious;
  // The user asked for a comparison (--hub file:PATH, --hub require): a file that nothing is known
  // of is not-found. Otherwise a file without a repository was simply not asked about.
  bool comparison_demanded = false;
  HubLimits limits;
};

// Fills in file.hub and file.agreement. `file` is finished otherwise: digests, findings, imports,
// gaps and identity.
void CrossCheckFile(FileReport& file, const HubAnswers& answers, const CrossCheckOptions& options);

}  // namespace counterscan

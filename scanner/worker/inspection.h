// InspectDatabase: loads a directory of ClamAV signatures in a process of its own, and says what is
// in it.
//
// Nothing of it needs to be trusted: the process has a sandbox around it before it reads the first
// byte, verifies what claims to be signed, and ends when it has answered.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/model/finding.h"
#include "scanner/model/report.h"

namespace counterscan {

struct Inspection {
  EngineInfo engine;  // clamav_state "failed" where there is nothing to match with
  std::vector<Gap> gaps;
  SandboxInfo sandbox;
};

struct InspectionRequest {
  std::string worker_program;  // path of counterscan-worker
  std::string database;        // an absolute path
  bool sandbox = true;
};

// Told from time to time how far it has come, in percent; false ends it.
using KeepInspecting = std::function<bool(unsigned percent)>;

// An Error: no process, or it died, or it was not kept.
Result<Inspection> InspectDatabase(const InspectionRequest& request, const KeepInspecting& keep);

}  // namespace counterscan

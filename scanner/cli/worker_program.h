// Where the worker program is.
#pragma once

#include <string>

#include "scanner/base/result.h"

namespace counterscan {

// counterscan-worker beside this program (a build folder), or in ../libexec/counterscan
// (installed). Never taken from the environment: whoever chooses the worker chooses the verdict.
Result<std::string> FindWorkerProgram();

}  // namespace counterscan

// The system calls that a worker may make. Any other kills it with SIGSYS.
#pragma once

#include "scanner/base/result.h"
#include "scanner/worker/messages.h"

namespace counterscan {

// For good. Fails where the kernel has no seccomp filters.
Result<void> CloseSystemCalls(Pool pool);

}  // namespace counterscan

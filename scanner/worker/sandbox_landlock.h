// Landlock: takes every path, TCP port and outside process away from the calling process.
#pragma once

#include "scanner/base/result.h"

namespace counterscan {

// Returns the kernel's Landlock version. Fails where there is none, or it is forbidden: nothing has
// changed then. Needs no_new_privs.
Result<int> CloseLandlock();

}  // namespace counterscan

// The system calls that a worker may make. Any other kills it with SIGSYS.
#pragma once

#include <cstdint>

#include "scanner/base/result.h"

namespace counterscan {

// Calls that make, change, remove and look for files.
enum class FileCalls : std::uint8_t {
  kRefused,    // each fails
  kPretended,  // opening fails; making and removing succeeds and does nothing
  kAllowed,    // as far as Landlock lets them
};

// For good. Fails where the kernel has no seccomp filters.
Result<void> CloseSystemCalls(FileCalls files);

}  // namespace counterscan

// Landlock: takes every path, TCP port and outside process away from the calling process.
#pragma once

#include <string>
#include <vector>

#include "scanner/base/result.h"

namespace counterscan {

// Directories that stay, with all below them.
struct LandlockPaths {
  std::vector<std::string> read;
  std::vector<std::string> write;  // and read; make and remove files and directories
};

// Returns the kernel's Landlock version. Fails where there is none, it is forbidden, or a directory
// cannot be opened: nothing has changed then. Needs no_new_privs.
Result<int> CloseLandlock(const LandlockPaths& stay = {});

}  // namespace counterscan

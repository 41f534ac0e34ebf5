// Files that are written whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace counterscan {

// Replaces the file at `path` by `content`: written beside it, flushed to disk, renamed over it. On
// an Error the old file, if any, is untouched. A symbolic link stays one: what it leads to is
// replaced. A device, a pipe that somebody reads, or a descriptor of the caller's ("/dev/stdout")
// is written to directly, because it cannot be replaced.
Result<void> WriteFileAtomically(const std::string& path, std::string_view content);

// Writes all of `content` to an open descriptor.
Result<void> WriteAll(int descriptor, std::string_view content);

}  // namespace counterscan

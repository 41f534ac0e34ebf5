// Opening files in places that somebody else filled.
//
// A path below a folder leads out of it through a symbolic link, and opening a FIFO or device can
// block or set something off. So: the kernel resolves the path (openat2, RESOLVE_BENEATH), an
// O_PATH descriptor is looked at first, and the file is opened through it, so that it is the one
// that was looked at.
#pragma once

#include <cstdint>
#include <string>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"

namespace counterscan {

// openat2 below the directory `folder`: `path` is relative, and no link or ".." leads out. An empty
// UniqueFd says why in errno (EXDEV: it leads out).
UniqueFd OpenBeneath(int folder, const std::string& path, std::uint64_t flags);

// Opens for reading what an O_PATH descriptor stands for; an empty UniqueFd and errno when it may
// not. The caller has looked: it is a regular file.
UniqueFd OpenForReading(const UniqueFd& path_descriptor);

// A regular file below the directory `folder`, opened for reading.
Result<UniqueFd> OpenRegularBeneath(const std::string& folder, const std::string& path);

// A regular file that the user named: links are followed, because the user asked for it.
Result<UniqueFd> OpenRegular(const std::string& path);

}  // namespace counterscan

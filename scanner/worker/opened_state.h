// What an open file was when its job was made: what comes after is held against it.
#pragma once

#include <cstdint>
#include <optional>

#include "scanner/base/result.h"
#include "scanner/model/finding.h"
#include "scanner/worker/messages.h"

namespace counterscan {

struct OpenedState {
  std::uint64_t size = 0;
  FileTimes times{};
};

// As the parent says, who saw a regular file; where it says no times, as fstat says now. Else the
// gap of a file that cannot be read.
tl::expected<OpenedState, Gap> OpenedStateOf(std::uint64_t size,
                                             const std::optional<FileTimes>& times, int descriptor);

}  // namespace counterscan

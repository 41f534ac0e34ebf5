// The options that set ceilings: what one file may cost, and the scan as a whole.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "scanner/base/limits.h"
#include "scanner/base/result.h"

namespace CLI {
class App;
}

namespace counterscan {

// As typed, before they are checked.
struct LimitWords {
  std::string depth, members, ratio, unpacked, memory, file_time, time;
};

struct ChosenLimits {
  Limits file{};
  std::optional<std::chrono::milliseconds> scan_time{};  // nothing: as long as it takes
};

void DeclareLimits(CLI::App& app, LimitWords& words);

// An Error is a usage error, in words for the user.
Result<ChosenLimits> ParseLimits(const LimitWords& words);

// "500000", "64K", "512M", "4G" or "1T" as bytes.
Result<std::uint64_t> ParseSize(const std::string& text);

}  // namespace counterscan

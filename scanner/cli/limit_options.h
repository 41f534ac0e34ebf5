// The options that set ceilings: what one file may cost, and the scan as a whole.
#pragma once

#include <string>

#include "scanner/base/limits.h"
#include "scanner/base/result.h"

namespace CLI {
class App;
}

namespace counterscan {

// As typed, before they are checked.
struct LimitWords {
  std::string depth, members, ratio, unpacked, memory, file_time;
  std::string time, total_bytes, total_members;
};

struct ChosenLimits {
  Limits file{};
  ScanBudget scan{};
};

// Those of one file.
void DeclareFileLimits(CLI::App& app, LimitWords& words);
// Those of one file, and of the scan as a whole.
void DeclareLimits(CLI::App& app, LimitWords& words);

// An Error is a usage error, in words for the user.
Result<ChosenLimits> ParseLimits(const LimitWords& words);

// "500000", "64K", "512M", "4G" or "1T" as bytes.
Result<std::uint64_t> ParseSize(const std::string& text);

}  // namespace counterscan

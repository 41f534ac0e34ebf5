// The exit status of a scan, from its report alone.
//
// Two questions. Threat: is the worse of our level and the Hub's at or above `fail_on`, or is the
// repository withdrawn? Then 1. Knowledge: else 4 when bytes differ from the Hub's; else 2 for a
// gap, an error or nothing scanned; else 3 when the Hub could not confirm; else 0. The worst file
// decides, 1 before 4 before 2 before 3 before 0.
//
// A name in `accepted` relaxes one thing: a gap reason drops the gaps of that reason, "mismatch"
// drops 4, "unconfirmed" drops 3. Bytes that differ are not confirmed either, so accepting only
// "mismatch" leaves 3. A flag below `fail_on` is no threat and no confirmation: 3. Nothing
// relaxes 1.
#pragma once

#include <string_view>

#include "scanner/model/report.h"

namespace counterscan {

inline constexpr int kExitClear = 0;
inline constexpr int kExitThreat = 1;
inline constexpr int kExitIncomplete = 2;
inline constexpr int kExitUnconfirmed = 3;
inline constexpr int kExitDiffers = 4;

// How bad an exit status is: 0 < 3 < 2 < 4 < 1.
constexpr int Badness(int exit_status) {
  switch (exit_status) {
    case kExitClear:
      return 0;
    case kExitUnconfirmed:
      return 1;
    case kExitIncomplete:
      return 2;
    case kExitDiffers:
      return 3;
    default:
      return 4;
  }
}

// True for "unconfirmed", "mismatch" and every gap reason: what --accept takes.
bool IsAcceptName(std::string_view name);

int ExitStatusOf(const Report& report);

}  // namespace counterscan

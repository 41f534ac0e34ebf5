// The time of day, which only the report's header and the age of what others said may see.
#pragma once

#include <chrono>

#include "scanner/base/result.h"

namespace counterscan {

struct Clock {
  // What reports carry: SOURCE_DATE_EPOCH where it is set, so that they can be reproduced; else
  // now.
  std::chrono::sys_seconds report_time;
  // What ages are judged by: the later of now and report_time. A fixed report time must not make
  // old signatures or an old "safe" of the Hub fresh again.
  std::chrono::sys_seconds age_time;
};

// An Error is one for the user: SOURCE_DATE_EPOCH is set, and is no time.
Result<Clock> ReadClock();

}  // namespace counterscan

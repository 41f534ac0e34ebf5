// The time of day, which only the report's header and the age of what others said may see.
#pragma once

#include <chrono>

namespace counterscan {

// SOURCE_DATE_EPOCH where it is set, so that reports can be reproduced; else now.
std::chrono::sys_seconds ReportTime();

}  // namespace counterscan

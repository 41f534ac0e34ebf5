#include "scanner/base/processors.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace counterscan {

unsigned ProcessorCount() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  // Fails on machines with more than 1,024 processors.
  if (sched_getaffinity(0, sizeof(usable), &usable) == 0) {
    return std::max(1U, static_cast<unsigned>(CPU_COUNT(&usable)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace counterscan

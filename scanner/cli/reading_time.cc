#include "scanner/cli/reading_time.h"

#include <utility>

namespace counterscan {

StopReading StopReadingAfter(std::optional<std::chrono::milliseconds> timeout,
                             std::function<bool()> stop) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds kToReadTheLast(5);
  const Clock::time_point begin = Clock::now();
  return [timeout, stop = std::move(stop), begin, kToReadTheLast]() -> std::optional<NoAnswer> {
    if (stop && stop()) return NoAnswer::kInterrupted;
    if (timeout && Clock::now() - begin > *timeout + kToReadTheLast) return NoAnswer::kDeadline;
    return std::nullopt;
  };
}

}  // namespace counterscan

#include "tests/fake_hub/script.h"

#include "tests/fake_hub/recorder.h"

namespace counterscan::fake {

void Script::Add(std::string pattern, Handler handler, int times) {
  const std::lock_guard lock(mutex_);
  lines_.push_back({std::move(pattern), std::move(handler), times});
}

void Script::Clear() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
}

std::optional<Reply> Script::Answer(const Request& request) {
  Handler chosen;
  {
    const std::lock_guard lock(mutex_);
    for (Line& line : lines_) {
      if (line.left == 0 || !Matches(line.pattern, request)) continue;
      if (line.left > 0) --line.left;
      chosen = line.handler;
      break;
    }
  }
  if (!chosen) return std::nullopt;
  return chosen(request);
}

}  // namespace counterscan::fake

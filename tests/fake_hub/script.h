// Script: what to answer to which request, in the order in which it was laid down.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "tests/fake_hub/http.h"

namespace counterscan::fake {

// How often a line of the script is used before it is spent.
inline constexpr int kAlways = -1;

class Script {
 public:
  // See Matches() in recorder.h for the pattern.
  void Add(std::string pattern, Handler handler, int times = kAlways);
  void Clear();
  // The answer of the first line that fits and is not spent.
  std::optional<Reply> Answer(const Request& request);

 private:
  struct Line {
    std::string pattern;
    Handler handler;
    int left;
  };

  std::mutex mutex_;
  std::list<Line> lines_;
};

}  // namespace counterscan::fake

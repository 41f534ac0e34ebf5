// Pacer: when the next request may start.
//
// Keeps the pause that the user asked for between two requests, and never makes more than the Hub
// says it takes: what is on its way counts as spent before the Hub has counted it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "hubclient/rate_limit.h"

namespace counterscan {

class Pacer {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Pacer(std::chrono::milliseconds pause) : pause_(pause) {}

  // The moment from which a request may start: `now`, or later.
  Time NextStart(Time now) const;

  void Started(Time now);
  // A reply came; with the Hub's word on its limit, or with nothing.
  void Finished(Time now, const std::optional<RateLimit>& limit);
  // What was on its way will not be heard of: it was given up.
  void ForgetOnTheirWay() { on_their_way_ = 0; }
  // No request before `until`: the Hub asked for it.
  void HoldUntil(Time until);

  const std::optional<RateLimit>& last() const { return last_; }

 private:
  void BeginWindow(Time now);

  std::chrono::milliseconds pause_;
  std::optional<Time> last_start_;
  std::optional<Time> hold_until_;
  std::uint64_t on_their_way_ = 0;
  std::optional<RateLimit> last_;
  // Requests that may still start before `window_end_`; nothing when that is not known.
  std::optional<std::uint64_t> allowance_;
  Time window_end_{};
  // A new window has begun, and no reply has told of it yet.
  bool window_is_assumed_ = false;
};

}  // namespace counterscan

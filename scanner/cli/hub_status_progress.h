// HubStatusProgress: what the person at the terminal sees while `hub status` asks.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "hubclient/rate_limit.h"

namespace counterscan {

class HubStatusProgress {
 public:
  // `shown`: draws a line that is erased again. `quiet`: says nothing of waits either.
  HubStatusProgress(bool shown, bool quiet) : shown_(shown), quiet_(quiet) {}
  ~HubStatusProgress() { Clear(); }
  HubStatusProgress(const HubStatusProgress&) = delete;
  HubStatusProgress& operator=(const HubStatusProgress&) = delete;

  // `done` of `total` repositories have a word.
  void Count(std::size_t done, std::size_t total, const std::optional<RateLimit>& quota);
  // Nothing has come for a moment. Says once, until when, that the quota is waited for.
  void Wait(std::size_t total, const std::optional<RateLimit>& quota);
  // A line of its own on standard error.
  void Say(const std::string& message) const;
  void Clear() const;

 private:
  using Clock = std::chrono::steady_clock;
  void Draw(const std::string& text);

  bool shown_;
  bool quiet_;
  mutable bool drawn_ = false;
  bool announced_ = false;  // the wait that goes on
  std::size_t done_ = 0;
  Clock::time_point last_word_ = Clock::now();
  Clock::time_point last_drawn_{};
};

}  // namespace counterscan

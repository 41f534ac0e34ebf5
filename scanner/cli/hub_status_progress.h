// HubStatusProgress: what the person at the terminal sees while `hub status` asks.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "scanner/model/hub_quota.h"

namespace counterscan {

class HubStatusProgress {
 public:
  // `shown`: draws a line that is erased again.
  explicit HubStatusProgress(bool shown) : shown_(shown) {}
  ~HubStatusProgress() { Clear(); }
  HubStatusProgress(const HubStatusProgress&) = delete;
  HubStatusProgress& operator=(const HubStatusProgress&) = delete;

  // `done` of `total` repositories have a word.
  void Count(std::size_t done, std::size_t total, const std::optional<HubQuota>& quota);
  // Nothing may be asked for so long. Of more than a moment it is said once, whatever is shown:
  // a run that stands still for minutes must not look like one that hangs.
  void Wait(std::size_t total, const std::optional<HubQuota>& quota,
            std::chrono::milliseconds left);
  // A line of its own on standard error.
  void Say(const std::string& message) const;
  void Clear() const;

 private:
  using Clock = std::chrono::steady_clock;
  void Draw(const std::string& text);

  bool shown_;
  mutable bool drawn_ = false;
  bool announced_ = false;  // the wait that goes on
  std::size_t done_ = 0;
  Clock::time_point last_drawn_{};
};

}  // namespace counterscan

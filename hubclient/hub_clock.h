// HubClock: time for whoever waits for the Hub, behind an interface so that tests need not wait.
#pragma once

#include <chrono>

namespace counterscan {

class HubClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  HubClock() = default;
  HubClock(const HubClock&) = delete;
  HubClock& operator=(const HubClock&) = delete;
  virtual ~HubClock() = default;

  virtual Time Now() = 0;
  // The time of day, for what is recorded.
  virtual std::chrono::sys_seconds WallTime() = 0;
  virtual void Sleep(std::chrono::milliseconds duration) = 0;
  // A number from 0 to 1 that nobody foresees.
  virtual double Chance() = 0;
};

// The machine's clock.
class SystemHubClock final : public HubClock {
 public:
  Time Now() override;
  std::chrono::sys_seconds WallTime() override;
  void Sleep(std::chrono::milliseconds duration) override;
  double Chance() override;
};

}  // namespace counterscan

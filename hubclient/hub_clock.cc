#include "hubclient/hub_clock.h"

#include <random>
#include <thread>

namespace counterscan {

HubClock::Time SystemHubClock::Now() { return std::chrono::steady_clock::now(); }

std::chrono::sys_seconds SystemHubClock::WallTime() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void SystemHubClock::Sleep(std::chrono::milliseconds duration) {
  std::this_thread::sleep_for(duration);
}

double SystemHubClock::Chance() {
  std::random_device device;
  return static_cast<double>(device()) / static_cast<double>(std::random_device::max());
}

}  // namespace counterscan

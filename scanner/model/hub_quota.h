// HubQuota: how many requests the Hub still takes from who asks. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace counterscan {

struct HubQuota {
  std::uint64_t remaining = 0;           // requests left in this window
  std::uint64_t reset_seconds = 0;       // until the next window
  std::optional<std::uint64_t> limit{};  // requests in one window
  std::optional<std::uint64_t> window_seconds{};
};

// "472 of 500 requests left, new ones in 235 s".
std::string QuotaWords(const HubQuota& quota);

}  // namespace counterscan

#include "scanner/model/hub_quota.h"

#include <fmt/format.h>

namespace counterscan {

std::string QuotaWords(const HubQuota& quota) {
  return fmt::format("{}{} requests left, new ones in {} s", quota.remaining,
                     quota.limit ? fmt::format(" of {}", *quota.limit) : "", quota.reset_seconds);
}

}  // namespace counterscan

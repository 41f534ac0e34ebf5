#include "hubclient/offline_hub.h"

#include <utility>

namespace counterscan {

OfflineHub::OfflineHub(std::string endpoint, std::string why)
    : endpoint_(std::move(endpoint)), reason_("nobody was asked: " + std::move(why)) {}

void OfflineHub::Ask(std::span<const HubQuery> queries, const OnRecord& on_record) {
  for (std::size_t number = 0; number < queries.size(); ++number) {
    HubRecord record;
    record.repo = queries[number].repo;
    HubExchange exchange;
    exchange.cause = Name(NoAnswer::kOffline);
    exchange.error = reason_;
    record.exchanges.push_back(std::move(exchange));
    if (!on_record(number, std::move(record))) return;
  }
}

std::optional<Refusal> OfflineHub::ListRepositories(const RepositorySearch&, const OnRepository&) {
  return Refusal{RowOf(NoAnswer::kOffline).state, reason_, NoAnswer::kOffline};
}

}  // namespace counterscan

// LiveHub: the Hub itself, asked over the network.
//
// Many repositories at once, each by its own RepoConversation; each is handed over when it is done.
// Memory is that of the repositories in work, and bounded: where they take too much together, the
// largest is handed over as far as it came.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "hubclient/http.h"
#include "hubclient/hub_clock.h"
#include "hubclient/hub_source.h"
#include "hubclient/pacer.h"
#include "scanner/base/limits.h"

namespace counterscan {

class LiveHub final : public HubSource {
 public:
  struct Options {
    std::string endpoint;                // as HubEndpoint::url
    std::chrono::milliseconds pause{0};  // between two requests
    // For each call of Ask or ListRepositories, all its requests together; nothing for ever.
    std::optional<std::chrono::milliseconds> timeout{};
    std::function<bool()> stop{};  // true: give everything up
    // As RequestQueue::Options.
    std::function<void(std::chrono::milliseconds)> held_back{};
    HubLimits limits = LiveHubLimits();
    HttpLimits http{};
  };

  // Transport and clock must outlive it.
  LiveHub(HttpTransport& transport, HubClock& clock, Options options);

  const std::string& endpoint() const override { return options_.endpoint; }
  void Ask(std::span<const HubQuery> queries, const OnRecord& on_record) override;
  std::optional<Refusal> ListRepositories(const RepositorySearch& search,
                                          const OnRepository& on_repository) override;
  std::optional<HubQuota> quota() const override;

 private:
  HttpTransport& transport_;
  HubClock& clock_;
  Options options_;
  Pacer pacer_;
};

}  // namespace counterscan

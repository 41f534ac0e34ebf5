// OfflineHub: the Hub that nobody asks. Opens no socket; every question ends unanswered.
#pragma once

#include <string>

#include "hubclient/hub_source.h"

namespace counterscan {

class OfflineHub final : public HubSource {
 public:
  // `why` is who said so: "--offline", "HF_HUB_OFFLINE".
  OfflineHub(std::string endpoint, std::string why);

  const std::string& endpoint() const override { return endpoint_; }
  void Ask(std::span<const HubQuery> queries, const OnRecord& on_record) override;
  std::optional<Refusal> ListRepositories(const RepositorySearch& search,
                                          const OnRepository& on_repository) override;

 private:
  std::string endpoint_;
  std::string reason_;
};

}  // namespace counterscan

// Lists of repositories, as the Hub gives them page by page.
#pragma once

#include <optional>
#include <vector>

#include "hubclient/http_outcome.h"
#include "hubclient/hub_record.h"
#include "hubclient/repo_id.h"
#include "scanner/base/limits.h"

namespace counterscan {

struct ListPage {
  std::vector<RepoId> repositories;
  // Why the list breaks off here, or is not whole; nothing for a good page.
  std::optional<Refusal> refusal{};
};

ListPage ReadListPage(const HubExchange& exchange, RepoType type, const HubLimits& limits);

}  // namespace counterscan

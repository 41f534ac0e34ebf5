#include "hubclient/repository_list.h"

#include <string>
#include <utility>

#include "hubclient/hub_json.h"

namespace counterscan {

ListPage ReadListPage(const HubExchange& exchange, RepoType type, const HubLimits& limits) {
  ListPage page;
  page.refusal = RefusalOf(exchange, limits);
  if (page.refusal) return page;
  const auto document = ParseHubJson(exchange.body, limits.body_bytes, limits);
  if (!document) {
    page.refusal = RefusalOfBody(exchange, document.error());
    return page;
  }
  const NoAnswerRow& wrong = RowOf(NoAnswer::kWrongShape);
  if (!document->root.IsArray()) {
    page.refusal = Refusal{wrong.state, "the Hub's reply is not a list of repositories",
                           NoAnswer::kWrongShape};
    return page;
  }
  for (const JsonValue& item : document->root.items) {
    const std::string* id = item.Text("id");
    if (id == nullptr) id = item.Text("modelId");
    auto repo = id != nullptr ? RepoId::Parse(type, *id) : Fail(ErrorCode::kMalformed, "");
    if (repo) {
      page.repositories.push_back(std::move(*repo));
    } else if (!page.refusal) {
      page.refusal =
          Refusal{wrong.state, "the Hub lists something that is not the name of a repository",
                  NoAnswer::kWrongShape};
    }
  }
  std::string doubt = DoubtOf(exchange);
  if (document->broken) doubt = RowOf(NoAnswer::kDamaged).words;
  if (!doubt.empty() && !page.refusal) {
    page.refusal = Refusal{HubState::kUnreachable, std::move(doubt), NoAnswer::kDamaged};
  }
  return page;
}

}  // namespace counterscan

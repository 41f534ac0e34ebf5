#include "hubclient/hub_exchange.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace counterscan {
namespace {

// Headers that say something; a record of thousands of replies need not hold the others.
constexpr auto kKeptHeaders = std::to_array<std::string_view>(
    {"age", "content-type", "date", "etag", "link", "location", "ratelimit", "ratelimit-policy",
     "retry-after", "x-error-code", "x-error-message", "x-hf-warning", "x-repo-commit",
     "x-request-id"});

}  // namespace

HubExchange MakeExchange(HttpRequest request, HttpReply reply, std::string time) {
  HubExchange exchange;
  exchange.method = std::move(request.method);
  exchange.url = std::move(request.url);
  exchange.request_body = std::move(request.body);
  exchange.status = reply.status;
  exchange.authorized = reply.authorized;
  for (auto& [name, value] : reply.headers) {
    if (std::find(kKeptHeaders.begin(), kKeptHeaders.end(), name) != kKeptHeaders.end()) {
      exchange.headers.emplace(name, std::move(value));
    }
  }
  exchange.time = std::move(time);
  exchange.body = std::move(reply.body);
  if (reply.status == 0) {
    exchange.cause = Name(reply.cause);
    exchange.error = std::move(reply.error);
  }
  return exchange;
}

}  // namespace counterscan

// What a server says in headers: limits, waits, links, redirects; and what a user or a file says of
// endpoints and tokens. Nothing may crash, wait for more than a day or lead to another server.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "hubclient/credentials.h"
#include "hubclient/http_outcome.h"
#include "hubclient/hub_endpoint.h"
#include "hubclient/hub_request.h"
#include "hubclient/hub_url.h"
#include "hubclient/rate_limit.h"
#include "hubclient/retry_rule.h"
#include "scanner/base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string text(reinterpret_cast<const char*>(data), size);
  constexpr std::chrono::seconds kDay(86'400);
  constexpr std::chrono::sys_seconds kNow(std::chrono::seconds(1'790'000'000));

  const std::map<std::string, std::string> headers = {
      {"ratelimit", text},    {"ratelimit-policy", text}, {"retry-after", text},
      {"x-error-code", text}, {"x-error-message", text},  {"location", text}};
  if (const auto limit = ReadRateLimit(headers)) {
    if (limit->reset_in < kDay * 0 || limit->reset_in > kDay) std::abort();
  }
  if (const auto wait = ParseRetryAfter(text, kNow)) {
    if (*wait < kDay * 0 || *wait > kDay) std::abort();
  }
  for (const int status : {302, 401, 403, 404, 429, 503}) {
    HttpReply reply;
    reply.status = status;
    reply.headers = headers;
    const auto delay = RetryDelay(reply, 1, 1, kNow);
    if (delay && *delay > kDay + std::chrono::seconds(1)) std::abort();
    HubExchange exchange;
    exchange.status = status;
    exchange.headers = headers;
    const auto refusal = RefusalOf(exchange, {});
    if (!refusal || refusal->state == HubState::kSafe || refusal->reason.empty()) std::abort();
  }

  for (const char* header : {"content-type", "etag", "x-repo-commit", "x-error-message"}) {
    HubExchange exchange;
    exchange.status = 200;
    exchange.headers[header] = text;
    const std::string doubt = DoubtOf(exchange);
    if (PrintableAgain(doubt) != doubt) std::abort();
  }

  const std::string endpoint = "https://hub.test";
  const RepoId repo{RepoType::kModel, "org/name"};
  const std::string url = endpoint + "/api/models/org/name/scan";
  if (const auto target = SameOriginUrl(text, url)) {
    if (!target->starts_with(endpoint + "/") && *target != endpoint &&
        !target->starts_with(endpoint + "?")) {
      std::abort();
    }
  }
  if (const auto next = NextPage(text, url)) {
    if (OriginOf(*next) != endpoint || !MentionsNextPage(text)) std::abort();
  }
  if (const auto moved = MovedTo(text, url, endpoint, repo)) {
    if (!RepoId::Parse(moved->type, moved->id)) std::abort();
    if (!HubUrl::Parse(Rewritten(url, endpoint, repo, *moved), endpoint, *moved)) std::abort();
  }
  for (const char c : PercentEncoded(text)) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '/' || c == '?' || c == '#') std::abort();
  }
  (void)PathsAskedFor(text);

  if (const auto parsed = HubEndpoint::Parse(text)) {
    if (OriginOf(parsed->url) != parsed->origin) std::abort();
    if (parsed->url.starts_with("http:") && !parsed->is_loopback) std::abort();
  }
  std::string file = text;
  if (const auto token = ParseTokenFile(file)) {
    const Token::Header header(*token);
    const std::string_view line = header.c_str();
    if (line.find('\n') != line.npos || line.find('\r') != line.npos) std::abort();
  }
  if (!file.empty()) std::abort();
  return 0;
}

#include "hubclient/http_outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "hubclient/hub_json.h"
#include "hubclient/hub_url.h"
#include "hubclient/rate_limit.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// "Access to this resource is disabled.", and other ways to write it.
bool SaysDisabled(std::string_view message) {
  constexpr std::string_view kBegin = "access to this ";
  constexpr auto kThings = std::to_array<std::string_view>(
      {"dataset ", "model ", "repo ", "repository ", "resource ", "space "});
  const std::string plain = AsciiLower(message);
  const std::size_t begin = plain.find(kBegin);
  if (begin == plain.npos) return false;
  const std::string_view rest = std::string_view(plain).substr(begin + kBegin.size());
  return std::any_of(kThings.begin(), kThings.end(),
                     [&](std::string_view thing) { return rest.starts_with(thing); }) &&
         rest.find("disabled") != rest.npos;
}

// X-Error-Code decides before the status does: a gated file is 401 or 403.
struct CodeRow {
  std::string_view code;
  NoAnswer cause;
};
constexpr auto kCodes = std::to_array<CodeRow>({
    {"GatedRepo", NoAnswer::kGated},
    {"RepoNotFound", NoAnswer::kRepositoryNotFound},
    {"RevisionNotFound", NoAnswer::kRevisionNotFound},
    {"EntryNotFound", NoAnswer::kEntryNotFound},
});

struct StatusRow {
  int first, last;
  NoAnswer cause;
};
constexpr auto kStatuses = std::to_array<StatusRow>({
    {400, 400, NoAnswer::kBadRequest},
    {401, 401, NoAnswer::kLoginNeeded},
    {403, 403, NoAnswer::kForbidden},
    {404, 404, NoAnswer::kNotFound},
    {408, 408, NoAnswer::kHubTimeout},
    {410, 410, NoAnswer::kGone},
    {422, 422, NoAnswer::kBadRequest},
    {429, 429, NoAnswer::kRateLimit},
    {502, 503, NoAnswer::kOverloaded},
    {504, 504, NoAnswer::kHubTimeout},
    {500, 599, NoAnswer::kServerError},
});

// How the Hub words the states of a request for access, in X-Error-Message.
struct GateRow {
  std::string_view words;
  NoAnswer cause;
};
constexpr auto kGates = std::to_array<GateRow>({
    {"not in the authorized list", NoAnswer::kGatedNeverAsked},
    {"awaiting a review", NoAnswer::kGatedPending},
    {"has been rejected", NoAnswer::kGatedRejected},
    {"has been reset", NoAnswer::kGatedReset},
});

std::string_view HeaderValue(const HubExchange& exchange, const std::string& name) {
  const auto found = exchange.headers.find(name);
  return found == exchange.headers.end() ? std::string_view() : std::string_view(found->second);
}

// X-Error-Message, else "error" or "message" of a JSON body. HTML and other text say nothing worth
// repeating.
std::string MessageOf(const HubExchange& exchange, const HubLimits& limits) {
  const std::string_view header = HeaderValue(exchange, "x-error-message");
  if (!header.empty()) return std::string(header.substr(0, limits.kept_text_bytes));
  const auto document = ParseHubJson(exchange.body, limits.body_bytes, limits);
  if (!document) return "";
  for (const char* key : {"error", "message"}) {
    const std::string* text = document->root.Text(key);
    if (text != nullptr) return text->substr(0, limits.kept_text_bytes);
  }
  return "";
}

Refusal Describe(NoAnswer cause, int status, std::string_view message) {
  const NoAnswerRow& row = RowOf(cause);
  return {row.state,
          fmt::format("{} (HTTP {}){}{}", row.words, status, message.empty() ? "" : ": ", message),
          cause};
}

NoAnswer GateCause(const HubExchange& exchange, std::string_view message) {
  if (exchange.status == 401) {
    return exchange.authorized ? NoAnswer::kGatedTokenRefused : NoAnswer::kGatedLoginNeeded;
  }
  for (const GateRow& row : kGates) {
    if (message.find(row.words) != message.npos) return row.cause;
  }
  return NoAnswer::kGated;
}

// What a status means beside what else the reply says.
NoAnswer Refined(NoAnswer cause, const HubExchange& exchange) {
  // To a good token the Hub says 404 of a repository that it does not show.
  if (cause == NoAnswer::kLoginNeeded && exchange.authorized) return NoAnswer::kTokenRefused;
  if (cause == NoAnswer::kRateLimit) {
    const auto limit = ReadRateLimit(exchange.headers);
    if (limit && limit->remaining > 0) return NoAnswer::kOtherLimit;
  }
  return cause;
}

Refusal WithoutReply(const HubExchange& exchange, const HubLimits& limits) {
  const NoAnswer cause = NoAnswerFromName(exchange.cause).value_or(NoAnswer::kNoReply);
  const NoAnswerRow& row = RowOf(cause);
  return {row.state,
          exchange.error.empty() ? std::string(row.words)
                                 : exchange.error.substr(0, limits.kept_text_bytes),
          cause};
}

}  // namespace

std::optional<Refusal> RefusalOf(const HubExchange& exchange, const HubLimits& limits) {
  const int status = exchange.status;
  if (status >= 200 && status <= 299) return std::nullopt;
  if (status == 0) return WithoutReply(exchange, limits);
  const bool leads_somewhere = !HeaderValue(exchange, "location").empty();
  if (status >= 300 && status <= 399 && leads_somewhere) {
    const std::string_view target = HeaderValue(exchange, "location");
    if (SameOriginUrl(target, exchange.url) == exchange.url) {
      return Describe(NoAnswer::kRedirectLoop, status, "");
    }
    // Where to says more than a body; the rest of the URL may hold what is nobody's business.
    const std::string_view origin = OriginOf(target);
    return Describe(NoAnswer::kRedirectElsewhere, status, Printable(origin, 120));
  }
  const std::string message = MessageOf(exchange, limits);
  for (const CodeRow& row : kCodes) {
    if (row.code != HeaderValue(exchange, "x-error-code")) continue;
    const NoAnswer cause = row.cause == NoAnswer::kGated ? GateCause(exchange, message) : row.cause;
    // Of an access request our own words say all that the Hub's do.
    const bool is_told = cause != row.cause;
    return Describe(cause, status, is_told ? "" : message);
  }
  if (SaysDisabled(message) && status >= 400 && status <= 499) {
    return Refusal{HubState::kDisabled, std::string(RowOf(NoAnswer::kDisabled).words),
                   NoAnswer::kDisabled};
  }
  for (const StatusRow& row : kStatuses) {
    if (status >= row.first && status <= row.last) {
      return Describe(Refined(row.cause, exchange), status, message);
    }
  }
  return Describe(NoAnswer::kUnexpectedStatus, status, message);
}

bool IsUnknownCall(const HubExchange& exchange) {
  return (exchange.status == 404 && !exchange.headers.contains("x-error-code")) ||
         exchange.status == 405 || exchange.status == 501;
}

Refusal RefusalOfBody(const HubExchange& exchange, const Error& error) {
  const std::size_t first = exchange.body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const bool is_markup = first != std::string::npos && exchange.body[first] == '<';
  if (is_markup || HeaderValue(exchange, "content-type").starts_with("text/html")) {
    return {HubState::kUnreachable, std::string(RowOf(NoAnswer::kHtmlPage).words),
            NoAnswer::kHtmlPage};
  }
  return {HubState::kUnreachable, fmt::format("the Hub's reply is {}", error.message),
          error.code == ErrorCode::kLimit ? NoAnswer::kJsonTooLarge : NoAnswer::kNotJson};
}

std::string DoubtOf(const HubExchange& exchange) {
  if (exchange.status != 200) {
    return fmt::format("the Hub's reply is not its whole and own answer (HTTP {})",
                       exchange.status);
  }
  if (exchange.headers.contains("content-type")) {
    const std::string_view written = HeaderValue(exchange, "content-type");
    std::string type = AsciiLower(written.substr(0, written.find(';')));
    type.erase(std::min(type.find_last_not_of(" \t") + 1, type.size()));
    type.erase(0, type.find_first_not_of(" \t"));
    if (type != "application/json") {
      return fmt::format("the Hub's reply is not called JSON, but \"{}\"", Printable(type, 40));
    }
  }
  for (const char* header : {"x-error-code", "x-error-message"}) {
    if (!HeaderValue(exchange, header).empty()) {
      return fmt::format("the Hub's reply is an answer and an error at once: {}",
                         Printable(HeaderValue(exchange, header), 120));
    }
  }
  if (CheckEtag(exchange) == EtagCheck::kDiffers) {
    return "the Hub's reply is not the one its ETag was made for";
  }
  return "";
}

EtagCheck CheckEtag(const HubExchange& exchange) {
  std::string_view etag = HeaderValue(exchange, "etag");
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() < 2 || !etag.starts_with('"') || !etag.ends_with('"')) return EtagCheck::kNone;
  etag = etag.substr(1, etag.size() - 2);
  constexpr std::size_t kHashLength = 27;
  const std::size_t dash = etag.find('-');
  if (dash == etag.npos || dash == 0 || etag.size() - dash - 1 != kHashLength) {
    return EtagCheck::kNone;
  }
  const std::string length = AsciiLower(etag.substr(0, dash));
  if (!std::all_of(length.begin(), length.end(),
                   [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); })) {
    return EtagCheck::kNone;
  }
  const std::string wanted = fmt::format("{:x}-{}", exchange.body.size(),
                                         Base64(Sha1(exchange.body)).substr(0, kHashLength));
  return length + std::string(etag.substr(dash)) == wanted ? EtagCheck::kFits : EtagCheck::kDiffers;
}

}  // namespace counterscan

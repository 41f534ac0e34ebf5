#include "hubclient/http_outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "hubclient/hub_json.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::string_view kDisabledMessage = "Access to this resource is disabled.";

// X-Error-Code decides before the status does: a gated file is 401 or 403.
struct CodeRow {
  std::string_view code;
  HubState state;
  std::string_view words;
};
constexpr auto kCodes = std::to_array<CodeRow>({
    {"GatedRepo", HubState::kDenied, "the repository is gated"},
    {"RepoNotFound", HubState::kNotFound, "the Hub knows no such repository"},
    {"RevisionNotFound", HubState::kNotFound, "the Hub knows no such revision"},
    {"EntryNotFound", HubState::kNotFound, "the Hub knows no such path"},
});

struct StatusRow {
  int first, last;
  HubState state;
  std::string_view words;
};
constexpr auto kStatuses = std::to_array<StatusRow>({
    {300, 399, HubState::kUnreachable, "the Hub redirects elsewhere"},
    {401, 401, HubState::kDenied, "not found, private, or login needed"},
    {403, 403, HubState::kDenied, "the Hub refuses access"},
    {404, 404, HubState::kNotFound, "not found"},
    {410, 410, HubState::kNotFound, "gone"},
    {408, 408, HubState::kUnreachable, "the Hub timed out"},
    {429, 429, HubState::kUnreachable, "the Hub's rate limit is used up"},
    {500, 599, HubState::kUnreachable, "the Hub has a server error"},
});

std::string_view HeaderValue(const HubExchange& exchange, const std::string& name) {
  const auto found = exchange.headers.find(name);
  return found == exchange.headers.end() ? std::string_view() : std::string_view(found->second);
}

// X-Error-Message, else "error" of a JSON body. HTML and other text say nothing worth repeating.
std::string MessageOf(const HubExchange& exchange, const HubLimits& limits) {
  const std::string_view header = HeaderValue(exchange, "x-error-message");
  if (!header.empty()) return std::string(header.substr(0, limits.kept_text_bytes));
  const auto document = ParseHubJson(exchange.body, limits.body_bytes, limits);
  if (!document) return "";
  const std::string* error = document->root.Text("error");
  return error != nullptr ? error->substr(0, limits.kept_text_bytes) : std::string();
}

Refusal Describe(HubState state, std::string_view words, int status, std::string_view message) {
  return {state,
          fmt::format("{} (HTTP {}){}{}", words, status, message.empty() ? "" : ": ", message)};
}

}  // namespace

std::optional<Refusal> RefusalOf(const HubExchange& exchange, const HubLimits& limits) {
  const int status = exchange.status;
  if (status >= 200 && status <= 299) return std::nullopt;
  if (status == 0) {
    return Refusal{HubState::kUnreachable, exchange.error.empty()
                                               ? "the Hub gave no reply"
                                               : exchange.error.substr(0, limits.kept_text_bytes)};
  }
  const std::string message = MessageOf(exchange, limits);
  for (const CodeRow& row : kCodes) {
    if (row.code == HeaderValue(exchange, "x-error-code")) {
      return Describe(row.state, row.words, status, message);
    }
  }
  if (message == kDisabledMessage && status >= 400 && status <= 499) {
    return Refusal{HubState::kDisabled, "the Hub has disabled this repository"};
  }
  for (const StatusRow& row : kStatuses) {
    if (status >= row.first && status <= row.last) {
      return Describe(row.state, row.words, status, message);
    }
  }
  return Describe(HubState::kUnreachable, "the Hub did not answer the question", status, message);
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
  const std::string_view length = etag.substr(0, dash);
  if (!std::all_of(length.begin(), length.end(),
                   [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); })) {
    return EtagCheck::kNone;
  }
  const std::string wanted = fmt::format("{:x}-{}", exchange.body.size(),
                                         Base64(Sha1(exchange.body)).substr(0, kHashLength));
  return etag == wanted ? EtagCheck::kFits : EtagCheck::kDiffers;
}

}  // namespace counterscan

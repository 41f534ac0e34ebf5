#include "hubclient/hub_endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "hubclient/environment.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::size_t kMaxEndpointBytes = 512;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetterOrDigit(char c) { return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'z'); }

bool IsHostName(std::string_view host) {
  return !host.empty() && host.size() <= 253 && !host.starts_with('-') && !host.starts_with('.') &&
         host.find("..") == host.npos && std::all_of(host.begin(), host.end(), [](char c) {
           return IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_';
         });
}

bool IsIpv6(std::string_view text) {
  return text.find(':') != text.npos && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'f') || c == ':' || c == '.';
         });
}

// 127.0.0.0/8 in full notation, ::1, and "localhost", which libcurl never asks a name server for.
bool IsLoopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.") || host.ends_with('.') ||
      std::count(host.begin(), host.end(), '.') != 3) {
    return false;
  }
  // Anything else with dots is a name, and asked of a name server.
  while (!host.empty()) {
    const std::string_view part = host.substr(0, host.find('.'));
    host.remove_prefix(std::min(host.size(), part.size() + 1));
    std::uint8_t octet = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), octet);
    if (error != std::errc() || end != part.data() + part.size()) return false;
  }
  return true;
}

bool IsPath(std::string_view path) {
  if (path.empty()) return true;
  return path.starts_with('/') && path.find("//") == path.npos && path.find("/.") == path.npos &&
         std::all_of(path.begin(), path.end(), [](char c) {
           return IsLetterOrDigit(c) || std::string_view("/-._~").find(c) != std::string_view::npos;
         });
}

tl::unexpected<Error> Refuse(std::string_view text, std::string_view why) {
  // What stands before '@' may be a password.
  const std::size_t at = text.rfind('@');
  const std::string shown =
      at == text.npos ? "'" + Printable(text, 120) + "'" : std::string("the address");
  return Fail(ErrorCode::kMalformed, fmt::format("{} cannot be asked: {}", shown, why));
}

}  // namespace

std::string EndpointWords(const HubEndpoint& endpoint) {
  constexpr std::string_view kHttps = "https://";
  return endpoint.url.substr(endpoint.url.starts_with(kHttps) ? kHttps.size() : 0);
}

Result<HubEndpoint> HubEndpoint::Parse(std::string_view text) {
  const std::string_view whole = text;
  if (text.size() > kMaxEndpointBytes) return Refuse(text.substr(0, 120), "it is too long");
  while (text.ends_with('/')) text.remove_suffix(1);
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) return Refuse(whole, "an address begins with https://");
  std::string scheme(text.substr(0, scheme_end));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), &Lower);
  if (scheme != "https" && scheme != "http") {
    return Refuse(whole, "an address begins with https://");
  }
  text.remove_prefix(scheme_end + 3);
  if (text.find('@') != text.npos) return Refuse(whole, "it holds a user name");
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view path = text.substr(slash);
  text = text.substr(0, slash);
  if (!IsPath(path)) return Refuse(whole, "its path has characters that no address of a Hub has");

  HubEndpoint endpoint;
  std::string bracketed;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == text.npos) return Refuse(whole, "its host is malformed");
    endpoint.host = text.substr(1, close - 1);
    bracketed = text.substr(0, close + 1);
    text.remove_prefix(close + 1);
    if (!IsIpv6(endpoint.host)) return Refuse(whole, "its host is malformed");
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    endpoint.host = text.substr(0, colon);
    bracketed = endpoint.host;
    text.remove_prefix(colon);
    if (!IsHostName(endpoint.host)) return Refuse(whole, "its host is malformed");
  }
  for (std::string* part : {&endpoint.host, &bracketed}) {
    std::transform(part->begin(), part->end(), part->begin(), &Lower);
  }
  std::string port;
  if (!text.empty()) {
    std::uint16_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + 1, last, number);
    if (!text.starts_with(':') || error != std::errc() || end != last || number == 0) {
      return Refuse(whole, "its port is malformed");
    }
    if (number != (scheme == "https" ? 443 : 80)) port = fmt::format(":{}", number);
  }
  endpoint.is_loopback = IsLoopback(endpoint.host);
  if (scheme == "http" && !endpoint.is_loopback) {
    return Refuse(whole, "plain http is for this machine only (127.0.0.1, localhost); use https");
  }
  endpoint.origin = scheme + "://" + bracketed + port;
  endpoint.url = endpoint.origin + std::string(path);
  endpoint.is_hugging_face = endpoint.url == kDefaultEndpoint;
  return endpoint;
}

}  // namespace counterscan

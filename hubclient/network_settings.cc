#include "hubclient/network_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace counterscan {
namespace {

// The first that is set and not empty, with its name.
std::pair<std::string, std::string> FirstOf(const Environment& environment,
                                            std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto value = environment(name); value && !value->empty()) return {name, *value};
  }
  return {};
}

constexpr auto kProxySchemes =
    std::to_array<std::string_view>({"http", "https", "socks4", "socks4a", "socks5", "socks5h"});

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
  });
}

bool IsProxy(std::string_view proxy) {
  if (!IsPrintable(proxy)) return false;
  const std::size_t scheme_end = proxy.find("://");
  if (scheme_end == proxy.npos) return true;  // "proxy:3128" is plain http
  return std::find(kProxySchemes.begin(), kProxySchemes.end(), proxy.substr(0, scheme_end)) !=
         kProxySchemes.end();
}

}  // namespace

NetworkSettings ReadNetworkSettings(const Environment& environment, const HubEndpoint& endpoint,
                                    const std::function<bool(const std::string& path)>& is_folder) {
  NetworkSettings settings;
  if (!endpoint.is_loopback) {
    const auto [name, proxy] =
        FirstOf(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    if (!IsProxy(proxy)) {
      settings.problem = fmt::format("{} is not the address of a proxy", name);
      return settings;
    }
    settings.proxy = proxy;
    settings.no_proxy = FirstOf(environment, {"no_proxy", "NO_PROXY"}).second;
  }
  settings.ca_folder = environment("SSL_CERT_DIR").value_or("");
  std::string bundle =
      FirstOf(environment, {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}).second;
  if (!bundle.empty() && is_folder(bundle)) {
    if (settings.ca_folder.empty()) settings.ca_folder = std::move(bundle);
  } else {
    settings.ca_file = std::move(bundle);
  }
  return settings;
}

}  // namespace counterscan

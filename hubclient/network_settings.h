// NetworkSettings: how the Hub is reached: proxies, and whose certificates are trusted.
#pragma once

#include <functional>
#include <string>

#include "hubclient/environment.h"
#include "hubclient/hub_endpoint.h"

namespace counterscan {

struct NetworkSettings {
  // https_proxy or HTTPS_PROXY, else all_proxy or ALL_PROXY; "" for none. May hold a password:
  // never printed. A loopback endpoint has none: it would take the token off this machine.
  std::string proxy{};
  std::string no_proxy{};  // no_proxy or NO_PROXY: hosts that are reached without the proxy
  // SSL_CERT_FILE, else REQUESTS_CA_BUNDLE, else CURL_CA_BUNDLE; and SSL_CERT_DIR, or one of the
  // bundles where it is a folder. What is named replaces the system's. Both "": the system's.
  std::string ca_file{};
  std::string ca_folder{};
  // Why nothing can be asked with these settings, fit to print; "" when all is well.
  std::string problem{};
};

NetworkSettings ReadNetworkSettings(const Environment& environment, const HubEndpoint& endpoint,
                                    const std::function<bool(const std::string& path)>& is_folder);

}  // namespace counterscan

// CurlTransport: requests to one server by libcurl.
//
// Certificates are always checked. Connections are kept and shared, by HTTP/2 where the server
// speaks it. No redirect is followed, no cookie kept, no file of passwords read, no protocol
// spoken but HTTP. Every size and time has a ceiling, for one reply and for all together, and sizes
// count after unpacking. A URL that is not below the endpoint is refused before a socket is opened,
// so the token goes nowhere else.
#pragma once

#include <memory>
#include <optional>

#include "hubclient/http.h"
#include "hubclient/hub_endpoint.h"
#include "hubclient/network_settings.h"
#include "hubclient/token.h"
#include "scanner/base/limits.h"

namespace counterscan {

class CurlTransport final : public HttpTransport {
 public:
  struct Options {
    HubEndpoint endpoint;
    NetworkSettings network{};
    std::optional<Token> token{};
    HttpLimits limits{};
    std::uint64_t body_bytes = LiveHubLimits().body_bytes;
  };

  explicit CurlTransport(Options options);
  ~CurlTransport() override;

  void Start(std::uint64_t id, HttpRequest request) override;
  std::vector<Finished> Wait(std::chrono::milliseconds timeout) override;
  void CancelAll() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace counterscan

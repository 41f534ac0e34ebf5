#include "scanner/cli/live_source.h"

#include <utility>

#include "hubclient/credentials.h"
#include "hubclient/curl_transport.h"
#include "hubclient/hub_clock.h"
#include "hubclient/live_hub.h"
#include "hubclient/local_files.h"
#include "hubclient/network_settings.h"

namespace counterscan {

struct LiveSource::Parts {
  Parts(CurlTransport::Options for_transport, LiveHub::Options for_hub)
      : transport(std::move(for_transport)), hub(transport, clock, std::move(for_hub)) {}

  SystemHubClock clock;
  CurlTransport transport;
  LiveHub hub;
};

LiveSource::LiveSource() = default;
LiveSource::LiveSource(LiveSource&&) noexcept = default;
LiveSource::~LiveSource() = default;

HubSource& LiveSource::hub() { return parts_->hub; }

Result<LiveSource> LiveSource::Open(const Environment& environment, Options options) {
  auto endpoint = HubEndpoint::Parse(EndpointText(environment));
  if (!endpoint) {
    return Fail(ErrorCode::kUnsupported, "HF_ENDPOINT: " + endpoint.error().message);
  }
  CurlTransport::Options transport;
  Credentials credentials = ReadCredentials(environment, *endpoint, &ReadNamedFile);
  const DiskFiles disk;
  transport.network = ReadNetworkSettings(
      environment, *endpoint, [&](const std::string& path) { return disk.IsDirectory(path); });
  transport.endpoint = std::move(*endpoint);
  transport.token = std::move(credentials.token);
  LiveHub::Options live;
  live.endpoint = transport.endpoint.url;
  live.pause = options.pause;
  live.timeout = options.timeout;
  live.stop = std::move(options.stop);
  live.held_back = std::move(options.held_back);
  LiveSource source;
  source.note_ = std::move(credentials.note);
  source.parts_ = std::make_unique<Parts>(std::move(transport), std::move(live));
  return source;
}

}  // namespace counterscan

// The real client against a fake Hub, with patience for a test instead of for a user.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hubclient/curl_transport.h"
#include "hubclient/live_hub.h"
#include "tests/fake_hub/fake_hub.h"

namespace counterscan {

// Time passes as it does, but nobody is made to wait between tries.
class ImpatientClock final : public HubClock {
 public:
  Time Now() override { return std::chrono::steady_clock::now() + skipped_; }
  std::chrono::sys_seconds WallTime() override {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }
  void Sleep(std::chrono::milliseconds duration) override { skipped_ += duration; }
  double Chance() override { return 0; }

  std::chrono::milliseconds skipped() const { return skipped_; }

 private:
  std::chrono::milliseconds skipped_{0};
};

struct ClientOptions {
  std::string endpoint{};  // "" for the hub's
  std::string ca_file{};   // "" for the hub's; "-" for the system's
  std::string token{};
  std::string proxy{};
  HttpLimits limits{};
  std::uint64_t body_bytes = kMiB;
  std::optional<std::chrono::milliseconds> timeout{};
};

class LiveClient {
 public:
  explicit LiveClient(const fake::FakeHub& hub, ClientOptions options = {}) {
    CurlTransport::Options transport;
    const std::string url = options.endpoint.empty() ? hub.endpoint() : options.endpoint;
    transport.endpoint = *HubEndpoint::Parse(url);
    if (options.ca_file != "-") {
      transport.network.ca_file = options.ca_file.empty() ? hub.ca_file() : options.ca_file;
    }
    transport.network.proxy = options.proxy;
    if (!options.token.empty()) transport.token.emplace(*Token::Parse(options.token));
    transport.limits = options.limits;
    transport.body_bytes = options.body_bytes;
    LiveHub::Options live;
    live.endpoint = transport.endpoint.url;
    live.http = options.limits;
    live.limits.body_bytes = options.body_bytes;
    live.timeout = options.timeout;
    transport_ = std::make_unique<CurlTransport>(std::move(transport));
    hub_ = std::make_unique<LiveHub>(*transport_, clock_, std::move(live));
  }

  LiveHub& hub() { return *hub_; }
  const ImpatientClock& clock() const { return clock_; }

  RepoAnswer Ask(HubQuery query) {
    RepoAnswer answer;
    hub_->Ask({&query, 1}, [&](std::size_t, const HubRecord& record) {
      answer = ReadRecord(record, hub_->endpoint(), {});
      return true;
    });
    return answer;
  }
  // The status of org/name as a whole.
  RepoAnswer AskStatus() {
    return Ask({{RepoType::kModel, "org/name"}, "", HubScope::kRepository});
  }

 private:
  ImpatientClock clock_;
  std::unique_ptr<CurlTransport> transport_;
  std::unique_ptr<LiveHub> hub_;
};

}  // namespace counterscan

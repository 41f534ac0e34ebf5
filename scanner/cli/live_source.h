// LiveSource: the live Hub, reached as the user's environment says.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "hubclient/environment.h"
#include "hubclient/hub_source.h"
#include "scanner/base/result.h"

namespace counterscan {

class LiveSource {
 public:
  struct Options {
    std::chrono::milliseconds pause{0};  // between two requests
    // For all requests of one question together; nothing for ever.
    std::optional<std::chrono::milliseconds> timeout{};
    // Called often while it waits; true gives everything up.
    std::function<bool()> stop{};
    // Called again and again while nothing may be asked: how long that lasts.
    std::function<void(std::chrono::milliseconds)> held_back{};
  };

  // Reads endpoint, proxies, certificates and token from the environment; opens no socket. An Error
  // is one for the user.
  static Result<LiveSource> Open(const Environment& environment, Options options);
  LiveSource(LiveSource&&) noexcept;
  ~LiveSource();

  HubSource& hub();
  // Why a token that is there is not sent; "" when there is nothing to say.
  const std::string& note() const { return note_; }

 private:
  struct Parts;
  LiveSource();

  std::unique_ptr<Parts> parts_;
  std::string note_;
};

}  // namespace counterscan

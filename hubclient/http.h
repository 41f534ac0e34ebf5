// One request to the Hub and its reply, and HttpTransport: whoever carries them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hubclient/no_answer.h"

namespace counterscan {

struct HttpRequest {
  std::string method = "GET";
  std::string url{};   // absolute
  std::string body{};  // JSON; "" for none
};

struct HttpReply {
  int status = 0;                              // 0: there was no whole reply
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined by ", "
  std::string body;                            // unpacked
  bool authorized = false;                     // a token was sent with the request
  // With status 0: why, as a cause and in words for the user.
  NoAnswer cause = NoAnswer::kNoReply;
  std::string error;
};

// Carries requests to one server, many at once. Not for several threads.
class HttpTransport {
 public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;

  // Starts a request under a number of the caller's that is not in use.
  virtual void Start(std::uint64_t id, HttpRequest request) = 0;

  struct Finished {
    std::uint64_t id = 0;
    HttpReply reply;
    // How long it was on its way, all tries together. Whoever retries fills it in.
    std::chrono::milliseconds took{0};
  };
  // Waits until something is finished, up to `timeout`, and hands over what is.
  virtual std::vector<Finished> Wait(std::chrono::milliseconds timeout) = 0;

  // Ends every request that is not finished, without a word.
  virtual void CancelAll() = 0;
};

}  // namespace counterscan

// HubEndpoint: the server that is asked, checked before anything is sent to it.
#pragma once

#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace counterscan {

struct HubEndpoint {
  std::string url;     // "https://huggingface.co", without a last '/'; may have a path
  std::string origin;  // scheme, host and port, as in the URL
  std::string host;    // without port and brackets
  bool is_loopback = false;
  // https://huggingface.co itself: the only server that gets a stored token.
  bool is_hugging_face = false;

  // Takes https with any host, and http with a loopback host alone: a token and the Hub's word must
  // not cross a network in the clear. No user name, query or fragment; scheme and host are put in
  // lower case and a default port is dropped. The Error is one for the user.
  static Result<HubEndpoint> Parse(std::string_view text);
};

// What it is called in messages: "huggingface.co", "mirror.example:8443/hf", "http://127.0.0.1:80".
std::string EndpointWords(const HubEndpoint& endpoint);

}  // namespace counterscan

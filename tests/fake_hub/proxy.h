// Proxy: what HTTPS_PROXY may point to. It tunnels (CONNECT, RFC 9110 9.3.6), and where to is the
// test's decision: a hub's port may answer for huggingface.co, whose name its certificate has.
#pragma once

#include <cstdint>
#include <string>

#include "tests/fake_hub/recorder.h"
#include "tests/fake_hub/socket_server.h"

namespace counterscan::fake {

class Proxy {
 public:
  // Every tunnel leads to this port of loopback, whatever host was asked for. With `refusal`, a
  // status like 407, there are none.
  explicit Proxy(std::uint16_t to_port, int refusal = 0);

  // "http://127.0.0.1:40123".
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  // The CONNECT requests: `target` is "huggingface.co:443".
  Recorder& recorder() { return recorder_; }

 private:
  void Serve(int descriptor);

  std::uint16_t to_port_;
  int refusal_;
  Recorder recorder_;
  SocketServer server_;  // last: its threads use all of the above
};

}  // namespace counterscan::fake

// Listener: a small HTTP/1.1 server on loopback, with or without TLS, that keeps connections alive.
//
// One thread a connection. It answers what its handler says, as badly as the Reply asks for.
#pragma once

#include <cstdint>
#include <memory>

#include "tests/fake_hub/authority.h"
#include "tests/fake_hub/http.h"
#include "tests/fake_hub/socket_server.h"
#include "tests/fake_hub/stream.h"

struct ssl_ctx_st;

namespace counterscan::fake {

enum class Transport {
  kTls,
  kPlain,       // http
  kRefusesTls,  // answers a TLS greeting with an alert
  kResets,      // TCP reset as soon as the client has said something
  kSilent,      // accepts, and says nothing ever
};

class Listener {
 public:
  // `handler` may be called from many threads at once. On 127.0.0.1; port 0 is any free one.
  // `identity` is for TLS. Throws std::runtime_error when it cannot listen.
  Listener(Transport transport, const Identity& identity, Handler handler, std::uint16_t port = 0);

  // Ends every connection, replies under way included, and listens no more.
  void Stop() { server_.Stop(); }

  std::uint16_t port() const { return server_.port(); }
  // Connections accepted so far, and the most that were open at one time.
  std::uint64_t connections() const { return server_.accepted(); }
  std::uint64_t most_at_once() const { return server_.most_at_once(); }

 private:
  struct ContextFreeing {
    void operator()(ssl_ctx_st* context) const;
  };

  void Serve(int descriptor, std::uint64_t number);
  // Sends a reply; true when the connection can go on.
  bool Deliver(Stream& stream, const Request& request, const Reply& reply);
  bool DeliverBody(Stream& stream, const Reply& reply);

  Transport transport_;
  Handler handler_;
  std::unique_ptr<ssl_ctx_st, ContextFreeing> context_;
  SocketServer server_;  // last: its threads use all of the above
};

}  // namespace counterscan::fake

// Listener: a small HTTP/1.1 server on loopback, with or without TLS, that keeps connections alive.
//
// One thread a connection. It answers what its handler says, as badly as the Reply asks for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/fake_hub/authority.h"
#include "tests/fake_hub/http.h"
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
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Ends every connection, replies under way included, and listens no more.
  void Stop();

  std::uint16_t port() const { return port_; }
  // Connections accepted so far, and the most that were open at one time.
  std::uint64_t connections() const { return accepted_; }
  std::uint64_t most_at_once() const { return most_at_once_; }

 private:
  struct Connection;
  struct ContextFreeing {
    void operator()(ssl_ctx_st* context) const;
  };

  void Accept();
  void Serve(Connection& connection);
  // Sends a reply; true when the connection can go on.
  bool Deliver(Stream& stream, const Request& request, const Reply& reply);
  bool DeliverBody(Stream& stream, const Reply& reply);
  // False when the listener was told to stop meanwhile.
  bool Wait(std::chrono::milliseconds time);
  void Reap();

  Transport transport_;
  Handler handler_;
  std::unique_ptr<ssl_ctx_st, ContextFreeing> context_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> accepted_ = 0;
  std::atomic<std::uint64_t> most_at_once_ = 0;

  std::mutex mutex_;  // of the two below
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::list<std::unique_ptr<Connection>> open_;
  std::thread acceptor_;
};

}  // namespace counterscan::fake

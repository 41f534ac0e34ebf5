// SocketServer: accepts connections on loopback, and gives each a thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace counterscan::fake {

class SocketServer {
 public:
  // Called on a thread of its own for each connection, with its descriptor and its number, from 1.
  // The descriptor is closed when it returns.
  using Serve = std::function<void(int descriptor, std::uint64_t number)>;

  // On 127.0.0.1; port 0 is any free one. Throws std::runtime_error when it cannot listen.
  SocketServer(std::uint16_t port, Serve serve);
  ~SocketServer() { Stop(); }
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  // Breaks every connection off, waits for their threads, and listens no more.
  void Stop();
  // Sleeps; false at once when the server is told to stop meanwhile.
  bool Wait(std::chrono::milliseconds time);

  std::uint16_t port() const { return port_; }
  // Connections accepted so far, and the most that were open at one time.
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t most_at_once() const { return most_at_once_; }

 private:
  struct Connection {
    int descriptor;  // -1 once closed: its number may be somebody else's by then
    bool done = false;
    std::thread thread{};
  };

  void Accept();
  void Reap();

  Serve serve_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> accepted_ = 0;
  std::atomic<std::uint64_t> most_at_once_ = 0;

  std::mutex mutex_;  // of the three below
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::list<Connection> open_;
  std::thread acceptor_;
};

}  // namespace counterscan::fake

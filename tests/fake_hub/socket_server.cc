#include "tests/fake_hub/socket_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <string>

namespace counterscan::fake {
namespace {

int ListenOn(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (descriptor < 0 ||
      bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(descriptor, SOMAXCONN) != 0) {
    if (descriptor >= 0) close(descriptor);
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  }
  return descriptor;
}

std::uint16_t PortOf(int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

SocketServer::SocketServer(std::uint16_t port, Serve serve)
    : serve_(std::move(serve)), socket_(ListenOn(port)), port_(PortOf(socket_)) {
  acceptor_ = std::thread([this] { Accept(); });
}

void SocketServer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    for (const Connection& connection : open_) {
      if (connection.descriptor >= 0) shutdown(connection.descriptor, SHUT_RDWR);
    }
  }
  stopped_.notify_all();
  shutdown(socket_, SHUT_RDWR);
  acceptor_.join();
  for (Connection& connection : open_) connection.thread.join();
  open_.clear();
  close(socket_);
}

bool SocketServer::Wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stopping_; });
}

void SocketServer::Reap() {
  for (auto one = open_.begin(); one != open_.end();) {
    if (one->done) {
      one->thread.join();
      one = open_.erase(one);
    } else {
      ++one;
    }
  }
}

void SocketServer::Accept() {
  // A client that has gone is no reason to die: writing to it through OpenSSL raises the signal.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // inherited by the threads started below
  while (true) {
    const int descriptor = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      if (descriptor >= 0) close(descriptor);
      return;
    }
    if (descriptor < 0) continue;
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Reap();
    Connection& connection = open_.emplace_back(Connection{.descriptor = descriptor});
    most_at_once_ = std::max<std::uint64_t>(most_at_once_, open_.size());
    const std::uint64_t number = ++accepted_;
    connection.thread = std::thread([this, &connection, descriptor, number] {
      serve_(descriptor, number);
      const std::lock_guard done(mutex_);
      close(descriptor);
      connection.descriptor = -1;
      connection.done = true;
    });
  }
}

}  // namespace counterscan::fake

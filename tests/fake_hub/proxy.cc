#include "tests/fake_hub/proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/fake_hub/request_reader.h"
#include "tests/fake_hub/stream.h"

namespace counterscan::fake {
namespace {

int ConnectTo(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (descriptor >= 0 &&
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

// Copies what one end has said to the other; false when it has said its last.
bool Forward(int from, int to) {
  std::array<char, 16384> buffer;
  const ssize_t count = recv(from, buffer.data(), buffer.size(), 0);
  for (ssize_t sent = 0; sent < count;) {
    const ssize_t more =
        send(to, buffer.data() + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return count > 0;
}

}  // namespace

Proxy::Proxy(std::uint16_t to_port, int refusal)
    : to_port_(to_port),
      refusal_(refusal),
      server_(0, [this](int descriptor, std::uint64_t) { Serve(descriptor); }) {}

void Proxy::Serve(int descriptor) {
  Stream stream(descriptor, nullptr);
  RequestReader reader(stream);
  const auto request = reader.Next();
  if (!request) return;
  recorder_.Add(*request);
  const int status = refusal_ != 0 ? refusal_ : request->method == "CONNECT" ? 200 : 405;
  const std::string line =
      "HTTP/1.1 " + std::to_string(status) + " " + std::string(ReasonOf(status)) + "\r\n";
  if (status != 200) {
    stream.Write(line + "Content-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  const int onward = ConnectTo(to_port_);
  if (onward < 0) {
    stream.Write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  stream.Write(line + "\r\n");
  std::array<pollfd, 2> ends = {{{.fd = descriptor, .events = POLLIN, .revents = 0},
                                 {.fd = onward, .events = POLLIN, .revents = 0}}};
  bool open = true;
  while (open && poll(ends.data(), ends.size(), -1) > 0) {
    if (ends[0].revents != 0) open = Forward(descriptor, onward);
    if (open && ends[1].revents != 0) open = Forward(onward, descriptor);
  }
  close(onward);
}

}  // namespace counterscan::fake

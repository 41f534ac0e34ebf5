#include "tests/fake_hub/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace counterscan::fake {

bool Stream::Handshake() {
  if (tls_ == nullptr) return true;
  return SSL_set_fd(tls_, descriptor_) == 1 && SSL_accept(tls_) == 1;
}

bool Stream::Read(std::string& to) {
  std::array<char, 16384> buffer;
  if (tls_ != nullptr) {
    std::size_t count = 0;
    if (SSL_read_ex(tls_, buffer.data(), buffer.size(), &count) != 1) return false;
    to.append(buffer.data(), count);
    return true;
  }
  ssize_t count = 0;
  do {
    count = recv(descriptor_, buffer.data(), buffer.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  to.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

bool Stream::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t written = 0;
    if (tls_ != nullptr) {
      if (SSL_write_ex(tls_, bytes.data(), bytes.size(), &written) != 1) return false;
    } else {
      const ssize_t count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      written = static_cast<std::size_t>(count);
    }
    bytes.remove_prefix(written);
  }
  return true;
}

void Stream::Goodbye() {
  if (tls_ != nullptr) SSL_shutdown(tls_);
}

void Stream::ResetAtEnd() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace counterscan::fake

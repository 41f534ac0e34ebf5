#include "scanner/worker/clamd_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "scanner/worker/clamd_protocol.h"

namespace counterscan {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr long kTickMilliseconds = 100;

bool IsFull(int error) { return error == EAGAIN; }

std::array<char, 4> BigEndian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

}  // namespace

Result<ClamdConnection> ClamdConnection::Open(const std::string& socket_path, Deadline deadline,
                                              const std::atomic<bool>* stop) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.empty() || socket_path.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kUnsupported, "no path of a socket");
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return FailErrno("cannot make a socket", errno);
  ClamdConnection connection(std::move(socket), deadline, stop);
  // A full queue of a Unix socket is EAGAIN, and there is nothing to poll for.
  while (connect(connection.socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) != 0) {
    if (errno != EAGAIN && errno != EINTR) return FailErrno("cannot connect", errno);
    if (std::chrono::steady_clock::now() >= deadline || (stop != nullptr && *stop)) {
      return Fail(ErrorCode::kLimit, "it takes no connection");
    }
    poll(nullptr, 0, 10);
  }
  return connection;
}

Result<void> ClamdConnection::Wait(short events) const {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    if (stop_ != nullptr && *stop_) return Fail(ErrorCode::kLimit, "interrupted");
    if (left.count() <= 0) return Fail(ErrorCode::kLimit, "it does not answer in time");
    pollfd event{.fd = socket_.get(), .events = events, .revents = 0};
    const int ready =
        poll(&event, 1, static_cast<int>(std::min<long>(left.count(), kTickMilliseconds)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return FailErrno("cannot wait for it", errno);
  }
}

Result<void> ClamdConnection::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && IsFull(errno)) {
      TRY(Wait(POLLOUT));
      continue;
    }
    if (sent < 0) return FailErrno("cannot send", errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> ClamdConnection::Receive() const {
  std::string reply;
  std::array<char, 4096> buffer;
  while (true) {
    TRY(Wait(POLLIN));
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EINTR || IsFull(errno))) continue;
    if (got < 0) return FailErrno("cannot receive", errno);
    if (got == 0) return Fail(ErrorCode::kTruncated, "it closed the connection without an answer");
    const std::string_view part(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t end = part.find('\0');
    reply += part.substr(0, end);
    if (reply.size() > kClamdReplyBytes) return Fail(ErrorCode::kLimit, "its reply is too long");
    if (end != std::string_view::npos) return reply;
  }
}

Result<std::string> ClamdConnection::Ask(std::string_view command) {
  TRY(Send("z" + std::string(command) + '\0'));
  return Receive();
}

Result<std::string> ClamdConnection::AskOfStream(std::span<const std::byte> bytes) {
  constexpr std::string_view kCommand("zINSTREAM\0", 10);
  Result<void> sent = Send(kCommand);
  while (sent && !bytes.empty()) {
    const auto chunk = bytes.first(std::min(bytes.size(), kChunkBytes));
    const auto length = BigEndian(static_cast<std::uint32_t>(chunk.size()));
    sent = Send({length.data(), length.size()});
    if (sent) sent = Send({reinterpret_cast<const char*>(chunk.data()), chunk.size()});
    bytes = bytes.subspan(chunk.size());
  }
  const auto end = BigEndian(0);
  if (sent) sent = Send({end.data(), end.size()});
  auto reply = Receive();
  // What it said goes before that it would not listen.
  if (!reply && !sent) return tl::make_unexpected(sent.error());
  return reply;
}

Result<std::string> ClamdConnection::AskOfDescriptor(int descriptor) {
  constexpr std::string_view kCommand("zFILDES\0", 8);
  TRY(Send(kCommand));
  char byte = 0;
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
  while (sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (!IsFull(errno)) return FailErrno("cannot send a descriptor", errno);
    TRY(Wait(POLLOUT));
  }
  return Receive();
}

}  // namespace counterscan

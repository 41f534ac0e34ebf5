#include "scanner/worker/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"

namespace counterscan {
namespace {

// On the wire before each payload: its size, the kind, the number of descriptors.
constexpr std::size_t kHeaderBytes = 4 + 1 + 1;
static_assert(kFrameDescriptors <= 255);
constexpr std::size_t kReceiveBytes = 64 * kKiB;

union ControlBuffer {
  cmsghdr alignment;
  std::array<char, CMSG_SPACE(kFrameDescriptors * sizeof(int))> bytes;
};

std::string FrameHeader(FrameKind kind, std::size_t payload_size, std::size_t descriptor_count) {
  const auto size = static_cast<std::uint32_t>(payload_size);
  std::string header(kHeaderBytes, '\0');
  std::memcpy(header.data(), &size, sizeof(size));
  header[4] = static_cast<char>(kind);
  header[5] = static_cast<char>(static_cast<std::uint8_t>(descriptor_count));
  return header;
}

// Every descriptor that came is owned at once, so that an error below leaks none.
void TakeDescriptors(msghdr& message, std::deque<UniqueFd>& received) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      received.push_back(UniqueFd(descriptor));
    }
  }
}

bool IsFull(int error) { return error == EAGAIN; }

// More descriptors on their way than the kernel allows this user (unix(7)): some worker has to take
// its own first.
bool IsCongested(int error) { return error == ETOOMANYREFS || error == ENOBUFS; }

}  // namespace

Channel::Channel(UniqueFd socket, Wait wait, Descriptors incoming)
    : socket_(std::move(socket)), wait_(wait), incoming_descriptors_(incoming) {}

Result<std::pair<UniqueFd, UniqueFd>> Channel::Pair() {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return FailErrno("cannot make a socket pair", errno);
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

void Channel::Queue(FrameKind kind, std::string payload, SharedFds descriptors) {
  std::string bytes = FrameHeader(kind, payload.size(), descriptors.size());
  bytes += payload;
  outgoing_.push_back(
      Outgoing{.bytes = std::move(bytes), .written = 0, .descriptors = std::move(descriptors)});
}

ssize_t Channel::Write(const Outgoing& frame) const {
  const std::size_t left = frame.bytes.size() - frame.written;
  // A worker's sandbox has no sendmsg: it can hand out no descriptors.
  if (wait_ == Wait::kAlways && frame.descriptors.empty()) {
    return write(socket_.get(), frame.bytes.data() + frame.written, left);
  }
  iovec part{.iov_base = const_cast<char*>(frame.bytes.data()) + frame.written, .iov_len = left};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ControlBuffer control{};
  if (!frame.descriptors.empty()) {
    const std::size_t bytes = frame.descriptors.size() * sizeof(int);
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* header = &control.alignment;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    unsigned char* out = CMSG_DATA(header);
    for (const auto& descriptor : frame.descriptors) {
      const int number = descriptor->get();
      std::memcpy(out, &number, sizeof(number));
      out += sizeof(number);
    }
  }
  const int flags = MSG_NOSIGNAL | (wait_ == Wait::kNever ? MSG_DONTWAIT : 0);
  return sendmsg(socket_.get(), &message, flags);
}

Result<void> Channel::Flush() {
  while (!outgoing_.empty()) {
    Outgoing& frame = outgoing_.front();
    const ssize_t written = Write(frame);
    if (written < 0 && errno == EINTR) continue;
    congested_ = written < 0 && IsCongested(errno);
    if (written < 0 && wait_ == Wait::kNever && (congested_ || IsFull(errno))) return {};
    if (written < 0) return FailErrno("cannot write to a process", errno);
    frame.descriptors.clear();
    frame.written += static_cast<std::size_t>(written);
    if (frame.written == frame.bytes.size()) outgoing_.pop_front();
  }
  return {};
}

void Channel::Compact() {
  if (consumed_ == 0) return;
  incoming_.erase(0, consumed_);
  consumed_ = 0;
}

Result<Channel::Received> Channel::Receive() {
  Compact();
  std::array<char, kReceiveBytes> bytes;
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ControlBuffer control{};
  if (incoming_descriptors_ == Descriptors::kAccepted) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
  }
  const int flags = MSG_CMSG_CLOEXEC | (wait_ == Wait::kNever ? MSG_DONTWAIT : 0);
  const ssize_t got = recvmsg(socket_.get(), &message, flags);
  if (got < 0 && (errno == EINTR || IsFull(errno))) return Received::kNothing;
  // The other side died with bytes of ours unread: as good as the end.
  if (got < 0 && errno == ECONNRESET) return Received::kEnd;
  if (got < 0) return FailErrno("cannot read from a process", errno);
  TakeDescriptors(message, received_);
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return Fail(ErrorCode::kMalformed, "descriptors came that could not be taken");
  }
  if (got == 0) return Received::kEnd;
  incoming_.append(bytes.data(), static_cast<std::size_t>(got));
  return Received::kBytes;
}

Result<std::optional<Frame>> Channel::Next() {
  const auto waiting = AsBytes(incoming_).subspan(consumed_);
  if (waiting.size() < kHeaderBytes) return std::optional<Frame>();
  ByteReader reader(waiting);
  const auto declared_size = TRY(reader.LittleEndian<std::uint32_t>());
  const auto kind = TRY(reader.LittleEndian<std::uint8_t>());
  const auto descriptor_count = TRY(reader.LittleEndian<std::uint8_t>());
  if (declared_size > kMessageBytes) return Fail(ErrorCode::kLimit, "a message is too large");
  if (kind > static_cast<std::uint8_t>(FrameKind::kAnswers)) {
    return Fail(ErrorCode::kMalformed, "a message is of an unknown kind");
  }
  if (declared_size > reader.remaining()) return std::optional<Frame>();
  // They come with the first byte of their frame.
  if (descriptor_count > received_.size()) {
    return Fail(ErrorCode::kMalformed, "a message came without its descriptors");
  }
  Frame frame{.kind = static_cast<FrameKind>(kind),
              .payload = TRY(reader.Bytes(declared_size)),
              .descriptors = {}};
  for (int i = 0; i < descriptor_count; ++i) {
    frame.descriptors.push_back(std::move(received_.front()));
    received_.pop_front();
  }
  consumed_ += kHeaderBytes + declared_size;
  return std::optional<Frame>(std::move(frame));
}

void Channel::Close() {
  socket_.Close();
  outgoing_.clear();
  received_.clear();
}

}  // namespace counterscan

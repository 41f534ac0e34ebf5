// Channel: frames and descriptors over one end of a Unix stream socket.
//
// A frame is a kind, bytes, and descriptors that travel beside it (SCM_RIGHTS). The parent's end
// never blocks: what the socket does not take now stays queued. A worker's end blocks. The other
// side is hostile: a frame that is too large, of an unknown kind, or without its descriptors is an
// error, and descriptors are taken only where they are expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"
#include "scanner/worker/control.h"

namespace counterscan {

// SCM_MAX_FD of the kernel.
inline constexpr std::size_t kFrameDescriptors = 253;

struct Frame {
  FrameKind kind = FrameKind::kFailure;
  std::span<const std::byte> payload;  // valid until the next call to Receive()
  std::vector<UniqueFd> descriptors;
};

class Channel {
 public:
  enum class Wait : std::uint8_t { kNever, kAlways };
  enum class Descriptors : std::uint8_t { kRefused, kAccepted };
  using SharedFds = std::vector<std::shared_ptr<const UniqueFd>>;

  Channel(UniqueFd socket, Wait wait, Descriptors incoming);

  // The two ends of a new connection; both close on exec.
  static Result<std::pair<UniqueFd, UniqueFd>> Pair();

  // Queues a frame. The descriptors stay open until they have been handed to the kernel.
  void Queue(FrameKind kind, std::string payload, SharedFds descriptors = {});
  // Writes what the socket takes: everything when the channel waits. Fails when the other side is
  // gone.
  Result<void> Flush();
  // True when poll() can tell that the socket takes more. False also when the kernel has too many
  // descriptors in flight already: then only trying again later helps.
  bool waits_to_write() const { return !outgoing_.empty() && !congested_; }

  enum class Received : std::uint8_t { kBytes, kNothing, kEnd };
  // Reads once what has come.
  Result<Received> Receive();
  // The next whole frame, if there is one.
  Result<std::optional<Frame>> Next();

  int descriptor() const { return socket_.get(); }
  bool is_open() const { return static_cast<bool>(socket_); }
  void Close();

 private:
  struct Outgoing {
    std::string bytes;
    std::size_t written = 0;
    SharedFds descriptors;  // still to be sent, with the next byte
  };

  // Bytes written, or -1 with errno.
  ssize_t Write(const Outgoing& frame) const;
  void Compact();

  UniqueFd socket_;
  Wait wait_;
  Descriptors incoming_descriptors_;
  std::deque<Outgoing> outgoing_;
  bool congested_ = false;
  std::string incoming_;
  std::size_t consumed_ = 0;  // of incoming_
  std::deque<UniqueFd> received_;
};

}  // namespace counterscan

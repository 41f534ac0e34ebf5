// ClamdConnection: one command and its reply, over clamd's Unix socket.
//
// Blocking, and bounded in time: whatever the other side does, each call returns by its deadline.
// Each command has a connection of its own, so that nothing is left of one that went wrong.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"

namespace counterscan {

class ClamdConnection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // Every call fails soon after `stop`, which may be nullptr and outlives the connection, is set.
  static Result<ClamdConnection> Open(const std::string& socket_path, Deadline deadline,
                                      const std::atomic<bool>* stop = nullptr);

  // Sends "zCOMMAND\0" and returns the reply without its NUL.
  Result<std::string> Ask(std::string_view command);
  // INSTREAM of these bytes. A clamd that refuses half way says why before it closes.
  Result<std::string> AskOfStream(std::span<const std::byte> bytes);
  // FILDES: clamd reads the descriptor itself.
  Result<std::string> AskOfDescriptor(int descriptor);

 private:
  ClamdConnection(UniqueFd socket, Deadline deadline, const std::atomic<bool>* stop)
      : socket_(std::move(socket)), deadline_(deadline), stop_(stop) {}

  Result<void> Wait(short events) const;
  Result<void> Send(std::string_view bytes) const;
  Result<std::string> Receive() const;

  UniqueFd socket_;
  Deadline deadline_;
  const std::atomic<bool>* stop_;
};

}  // namespace counterscan

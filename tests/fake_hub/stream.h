// Stream: the server's end of one connection, with or without TLS.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace counterscan::fake {

class Stream {
 public:
  // Owns the descriptor and `tls` (null for plain text; otherwise not shaken hands yet).
  Stream(int descriptor, SSL* tls) : descriptor_(descriptor), tls_(tls) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool Handshake();
  // Appends what has arrived, at least a byte; false at the end or when the connection broke.
  bool Read(std::string& to);
  bool Write(std::string_view bytes);
  // As a server that is done: TLS says goodbye. Without it, clients that look see a body cut short.
  void Goodbye();
  // Close() then sends a TCP reset.
  void ResetAtEnd();
  // Ends the connection. Nothing can be read or written after it.
  void Close();
  // From any other thread: makes reads and writes fail, those under way included.
  void Interrupt();

 private:
  std::mutex closing_;  // a descriptor that was closed may be somebody else's
  int descriptor_;
  SSL* tls_;
};

}  // namespace counterscan::fake

// Stream: the server's end of one connection, with or without TLS.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace counterscan::fake {

class Stream {
 public:
  // The descriptor stays the caller's. Owns `tls`, which is null for plain text, and otherwise has
  // not shaken hands yet.
  Stream(int descriptor, SSL* tls) : descriptor_(descriptor), tls_(tls) {}
  ~Stream() { SSL_free(tls_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool Handshake();
  // Appends what has arrived, at least a byte; false at the end or when the connection broke.
  bool Read(std::string& to);
  bool Write(std::string_view bytes);
  // As a server that is done: TLS says goodbye. Without it, clients that look see a body cut short.
  void Goodbye();
  // Closing the descriptor then sends a TCP reset.
  void ResetAtEnd();

 private:
  int descriptor_;
  SSL* tls_;
};

}  // namespace counterscan::fake

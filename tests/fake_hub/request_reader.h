// RequestReader: HTTP/1.1 requests out of a stream, one after the other.
#pragma once

#include <optional>
#include <string>

#include "tests/fake_hub/http.h"
#include "tests/fake_hub/stream.h"

namespace counterscan::fake {

class RequestReader {
 public:
  // `stream` must outlive the reader.
  explicit RequestReader(Stream& stream) : stream_(stream) {}

  // The next request; nothing when the client has gone, or sent what is no request.
  std::optional<Request> Next();

 private:
  bool Fill() { return stream_.Read(buffer_); }
  // Takes `size` bytes, keeping at most kKeptBody of them.
  bool TakeBody(std::uint64_t size, std::string& body);
  bool TakeChunks(std::string& body);
  std::optional<std::string> TakeLine();

  Stream& stream_;
  std::string buffer_;
};

}  // namespace counterscan::fake

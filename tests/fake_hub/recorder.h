// Recorder: every request that arrived, so that a test can say what did and what did not.
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>
#include <vector>

#include "tests/fake_hub/http.h"

namespace counterscan::fake {

// Whether a request is one of those that `pattern` means: "[METHOD ]PATH", where '*' stands for any
// text. With a '?' in it, the pattern is held to the whole target as it was sent, otherwise to the
// path as it was sent or percent-decoded.
bool Matches(std::string_view pattern, const Request& request);

class Recorder {
 public:
  void Add(const Request& request);
  void Clear();

  // In the order of their arrival.
  std::vector<Request> All() const;
  std::vector<Request> Of(std::string_view pattern) const;
  std::size_t Count(std::string_view pattern = "*") const;
  // Whether these bytes (a token, say) arrived in any request, in a header or a body.
  bool Saw(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
};

}  // namespace counterscan::fake

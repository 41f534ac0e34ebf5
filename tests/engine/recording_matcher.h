// RecordingMatcher: everything unpacked that somebody would match, in the order in which it comes.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "scanner/engine/file_analysis.h"

namespace counterscan {

class RecordingMatcher final : public ContentMatcher {
 public:
  std::vector<Gap> Match(const ByteSource& content, const std::string& where) override {
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(content.size(), 1 << 20)),
                      '\0');
    const auto got = content.ReadAt(0, std::as_writable_bytes(std::span(bytes)));
    bytes.resize(got ? *got : 0);
    seen.push_back({where, bytes});
    return {};
  }

  struct Seen {
    std::string where;
    std::string bytes;
  };
  std::vector<Seen> seen;
};

}  // namespace counterscan

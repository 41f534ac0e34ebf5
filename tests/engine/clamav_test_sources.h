// Sources of bytes that misbehave, or are too large to lie in memory; and a file as a string.
#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "scanner/base/byte_source.h"

namespace counterscan {

// Zeros, with pieces of text at given offsets.
class SparseSource final : public ByteSource {
 public:
  SparseSource(std::uint64_t size, std::map<std::uint64_t, std::string> pieces)
      : size_(size), pieces_(std::move(pieces)) {}

  std::uint64_t size() const override { return size_; }

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return std::size_t{0};
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset)));
    std::fill(out.begin(), out.end(), std::byte{0});
    for (const auto& [start, text] : pieces_) {
      for (std::uint64_t i = 0; i < text.size(); ++i) {
        if (start + i >= offset && start + i - offset < out.size()) {
          out[static_cast<std::size_t>(start + i - offset)] =
              static_cast<std::byte>(text[static_cast<std::size_t>(i)]);
        }
      }
    }
    return out.size();
  }

 private:
  std::uint64_t size_;
  std::map<std::uint64_t, std::string> pieces_;
};

// Another source that ends, or fails, at `limit`, whatever its size says.
class CutSource final : public ByteSource {
 public:
  enum class End { kShort, kError };
  CutSource(const ByteSource& whole, std::uint64_t limit, End end)
      : whole_(whole), limit_(limit), end_(end) {}

  std::uint64_t size() const override { return whole_.size(); }

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    const std::uint64_t left = offset < limit_ ? limit_ - offset : 0;
    if (out.size() > left) {
      if (end_ == End::kError) return Fail(ErrorCode::kIo, "read: Input/output error", limit_);
      out = out.first(static_cast<std::size_t>(left));
    }
    return whole_.ReadAt(offset, out);
  }

 private:
  const ByteSource& whole_;
  std::uint64_t limit_;
  End end_;
};

inline std::string ReadWholeFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

}  // namespace counterscan

// Reading a source for a matcher: every byte is passed on once and in order, and what cannot be
// read is a gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/model/finding.h"

namespace counterscan {

// Bytes read at once: fastest to read and hash, and still in the cache when they are matched.
inline constexpr std::size_t kReadBytes = 256 * 1024;

using OnBytes = std::function<void(std::span<const std::byte>)>;

Gap ClamavGap(GapReason reason, std::uint64_t first, std::uint64_t last, std::string detail);

// For bytes that could not be read: because of `error`, or because the source ended early.
Gap UnreadGap(std::uint64_t first, std::uint64_t last, const std::optional<Error>& error);

struct Piece {
  std::size_t count = 0;  // bytes read; fewer than wanted at an early end or before an error
  std::optional<Error> error;
};

// A large read fails whole for one bad sector: what lies before it is read page by page.
Piece ReadPiece(const ByteSource& source, std::uint64_t offset, std::span<std::byte> out);

// Reads a source for RawMatcher::MatchThrough and passes each byte on once, in order, whatever
// order libclamav asks in: after the first hit it goes through the whole file for its list of false
// positives, then on from where it was.
class InOrder {
 public:
  // Both are the caller's and outlive this.
  InOrder(const ByteSource& source, const OnBytes& on_bytes)
      : source_(source), on_bytes_(on_bytes) {}

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out);
  // Reads and passes on what was not asked for before `end`.
  void PassOnTo(std::uint64_t end);

  std::uint64_t passed_on() const { return passed_on_; }
  // Where the source first gave less than it promised, and the error if there was one.
  const std::optional<std::uint64_t>& failed() const { return failed_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  void PassOn(std::span<const std::byte> bytes);

  const ByteSource& source_;
  const OnBytes& on_bytes_;
  std::uint64_t passed_on_ = 0;
  std::optional<std::uint64_t> failed_;
  std::optional<Error> error_;
  std::vector<std::byte> rest_;
};

}  // namespace counterscan

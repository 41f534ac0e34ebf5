#include "scanner/engine/piecewise.h"

#include <algorithm>
#include <utility>

namespace counterscan {

Gap ClamavGap(GapReason reason, std::uint64_t first, std::uint64_t last, std::string detail) {
  return {.reason = reason,
          .engine = EngineId::kClamav,
          .where = "",
          .first = first,
          .last = last,
          .detail = std::move(detail)};
}

Gap UnreadGap(std::uint64_t first, std::uint64_t last, const std::optional<Error>& error) {
  if (error) return ClamavGap(GapReason::kUnreadable, first, last, error->message);
  return ClamavGap(GapReason::kChanged, first, last, "the file ends before its size");
}

Piece ReadPiece(const ByteSource& source, std::uint64_t offset, std::span<std::byte> out) {
  constexpr std::size_t kPageBytes = 4096;
  const Result<std::size_t> got = source.ReadAt(offset, out);
  if (got) return {.count = *got, .error = std::nullopt};
  Piece piece{.count = 0, .error = got.error()};
  while (piece.count < out.size()) {
    const auto in_page = static_cast<std::size_t>((offset + piece.count) % kPageBytes);
    const std::size_t wanted = std::min(kPageBytes - in_page, out.size() - piece.count);
    const Result<std::size_t> page =
        source.ReadAt(offset + piece.count, out.subspan(piece.count, wanted));
    if (!page || *page == 0) break;
    piece.count += *page;
  }
  return piece;
}

std::size_t InOrder::Read(std::uint64_t offset, std::span<std::byte> out) {
  PassOnTo(offset);
  const Piece piece = ReadPiece(source_, offset, out);
  const std::size_t count = piece.count;
  if (count < out.size() && !failed_) {
    failed_ = offset + count;
    error_ = piece.error;
  }
  if (offset <= passed_on_ && passed_on_ < offset + count) {
    PassOn(out.first(count).subspan(static_cast<std::size_t>(passed_on_ - offset)));
  }
  return count;
}

void InOrder::PassOnTo(std::uint64_t end) {
  while (passed_on_ < end && !failed_) {
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, end - passed_on_));
    rest_.resize(step);
    Read(passed_on_, rest_);
  }
}

void InOrder::PassOn(std::span<const std::byte> bytes) {
  if (on_bytes_) on_bytes_(bytes);
  passed_on_ += bytes.size();
}

}  // namespace counterscan

#include "scanner/container/sparse_source.h"

#include <algorithm>
#include <cstring>

namespace counterscan::container {

SparseSource::SparseSource(const ByteSource& stored, std::span<const SparsePiece> pieces,
                           std::uint64_t size, UnpackBudget& budget)
    : stored_(stored), budget_(budget), size_(size) {
  std::uint64_t last_end = 0;
  for (const SparsePiece& piece : pieces) {
    std::uint64_t end = 0;
    std::uint64_t stored_end = 0;
    if (__builtin_add_overflow(piece.offset, piece.size, &end) ||
        __builtin_add_overflow(stored_bytes_, piece.size, &stored_end)) {
      odd_ = true;
      break;
    }
    odd_ = odd_ || piece.offset < last_end;
    last_end = end;
    if (piece.size > 0) extents_.push_back({piece.offset, end, stored_bytes_});
    stored_bytes_ = stored_end;
  }
  std::ranges::stable_sort(extents_, {}, &Extent::begin);
  std::uint64_t covered = 0;
  for (Extent& extent : extents_) {
    if (extent.begin < covered) {
      const std::uint64_t cut = std::min(covered, extent.end) - extent.begin;
      extent.begin += cut;
      extent.stored_at += cut;
    }
    covered = std::max(covered, extent.end);
  }
  std::erase_if(extents_, [](const Extent& extent) { return extent.begin >= extent.end; });
  size_ = std::max(size_, covered);
}

Result<std::size_t> SparseSource::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return std::size_t{0};
  out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset)));
  auto next = std::ranges::upper_bound(extents_, offset, {},
                                       [](const Extent& extent) { return extent.end; });
  std::size_t done = 0;
  while (done < out.size()) {
    const std::uint64_t at = offset + done;
    const std::span<std::byte> rest = out.subspan(done);
    if (next != extents_.end() && at >= next->begin) {
      const auto bytes =
          static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), next->end - at));
      const std::span<std::byte> piece = rest.first(bytes);
      std::size_t got = TRY(stored_.ReadAt(next->stored_at + (at - next->begin), piece));
      std::memset(piece.data() + got, 0, bytes - got);
      done += bytes;
      if (at + bytes == next->end) ++next;
      continue;
    }
    const std::uint64_t hole = next == extents_.end() ? size_ - at : next->begin - at;
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), hole));
    if (!budget_.Take(bytes)) {
      return Fail(ErrorCode::kLimit, "the file's budget for unpacked bytes is spent", at);
    }
    std::memset(rest.data(), 0, bytes);
    done += bytes;
  }
  return done;
}

}  // namespace counterscan::container

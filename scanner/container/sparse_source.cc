#include "scanner/container/sparse_source.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>

namespace counterscan::container {
namespace {

constexpr std::uint64_t kHole = ~std::uint64_t{0};

}  // namespace

SparseSource::SparseSource(const ByteSource& stored, std::span<const SparsePiece> pieces,
                           std::uint64_t size, UnpackBudget& budget, Reader reader)
    : stored_(stored), budget_(budget), size_(size) {
  std::vector<Extent> all;
  std::uint64_t last_end = 0;
  bool empty_before = false;
  for (const SparsePiece& piece : pieces) {
    if (piece.passed_over) {
      odd_ = true;
      if (reader == Reader::kTarfile) continue;
    }
    std::uint64_t end = 0;
    std::uint64_t stored_end = 0;
    if (__builtin_add_overflow(piece.offset, piece.size, &end) ||
        __builtin_add_overflow(stored_bytes_, piece.size, &stored_end)) {
      odd_ = true;
      break;
    }
    // Writers fill the header up with empty pieces, or mark the end of the file with one.
    const bool empty = piece.size == 0;
    if (!empty) {
      odd_ = odd_ || empty_before || piece.offset < last_end || end > size;
      last_end = end;
    }
    empty_before = empty;
    all.push_back({piece.offset, end, stored_bytes_});
    stored_bytes_ = stored_end;
  }
  if (odd_ && reader == Reader::kTarfile) {
    ReadAsTarfile(all);
  } else {
    ReadAsWriter(all);
  }
}

// tarfile.py, _FileInFile.read(): a map of pieces and the holes between one and the next, searched
// from where it is, around its end.
void SparseSource::ReadAsTarfile(std::span<const Extent> pieces) {
  constexpr std::uint64_t kMaxSteps = 1'000'000;
  std::vector<Extent> map;
  std::uint64_t end = 0;
  const auto hole = [&](std::uint64_t until) {
    if (until > end) map.push_back({end, until, kHole});
  };
  for (const Extent& extent : pieces) {
    hole(extent.begin);
    map.push_back(extent);
    end = extent.end;
  }
  hole(size_);
  std::uint64_t position = 0;
  std::size_t index = 0;
  std::uint64_t steps = 0;
  std::size_t searched = 0;
  while (position < size_ && searched <= map.size() && ++steps < kMaxSteps && !map.empty()) {
    const Extent& extent = map[index];
    if (position >= extent.begin && position < extent.end) {
      searched = 0;
      const std::uint64_t until = std::min(extent.end, size_);
      if (extent.stored_at != kHole) {
        extents_.push_back({position, until, extent.stored_at + (position - extent.begin)});
      }
      position = until;
      continue;
    }
    index = index + 1 == map.size() ? 0 : index + 1;
    ++searched;
  }
}

// Later pieces lie over earlier ones.
void SparseSource::ReadAsWriter(std::span<const Extent> pieces) {
  std::map<std::uint64_t, Extent> laid;  // by begin, disjoint
  for (const Extent& extent : pieces) {
    if (extent.begin == extent.end) continue;
    auto next = laid.lower_bound(extent.begin);
    if (next != laid.begin()) {
      const auto before = std::prev(next);
      Extent& left = before->second;
      if (left.end > extent.end) {  // the new one lies inside
        const Extent right{extent.end, left.end, left.stored_at + (extent.end - left.begin)};
        laid.insert_or_assign(right.begin, right);
      }
      left.end = std::min(left.end, extent.begin);
    }
    next = laid.lower_bound(extent.begin);
    while (next != laid.end() && next->second.begin < extent.end) {
      Extent rest = next->second;
      next = laid.erase(next);
      if (rest.end <= extent.end) continue;
      rest.stored_at += extent.end - rest.begin;
      rest.begin = extent.end;
      next = laid.insert_or_assign(rest.begin, rest).first;
    }
    laid.insert_or_assign(extent.begin, extent);
  }
  for (const auto& [begin, extent] : laid) {
    if (extent.begin < extent.end) extents_.push_back(extent);
  }
  if (!extents_.empty()) size_ = std::max(size_, extents_.back().end);
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

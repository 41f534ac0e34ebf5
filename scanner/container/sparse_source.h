// SparseSource: the content of a sparse file, whose holes are not stored.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/container/tar_header.h"
#include "scanner/container/unpack_budget.h"

namespace counterscan::container {

class SparseSource final : public ByteSource {
 public:
  // Readers of maps that no honest writer makes: tarfile looks for the next piece from where it is,
  // others write each piece in turn.
  enum class Reader : std::uint8_t { kTarfile, kWriter };

  // `stored` holds the pieces one after another, in the order of `pieces`; what of them it does not
  // have, and what no piece covers up to `size`, reads as zeros, which the budget pays for.
  // `stored` and `budget` must outlive it.
  SparseSource(const ByteSource& stored, std::span<const SparsePiece> pieces, std::uint64_t size,
               UnpackBudget& budget, Reader reader = Reader::kTarfile);

  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;

  // True when pieces overlap, lie outside of the file, or stand in another order than in the file:
  // then readers differ.
  bool odd() const { return odd_; }
  // Bytes of `stored` that the pieces speak for.
  std::uint64_t stored_bytes() const { return stored_bytes_; }

 private:
  struct Extent {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t stored_at = 0;
  };

  void ReadAsTarfile(std::span<const Extent> pieces);
  void ReadAsWriter(std::span<const Extent> pieces);

  const ByteSource& stored_;
  UnpackBudget& budget_;
  std::vector<Extent> extents_;  // by begin, disjoint
  std::uint64_t size_ = 0;
  std::uint64_t stored_bytes_ = 0;
  bool odd_ = false;
};

}  // namespace counterscan::container

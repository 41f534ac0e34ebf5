// Content: what a stream unpacks to, as a source that can be read at any offset.
//
// It is unpacked once and kept while the file's memory allows. Of what is larger, the beginning and
// the end are kept, where analysers look again and again; the rest is unpacked anew as it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/container/member_source.h"
#include "scanner/container/memory_budget.h"
#include "scanner/container/unpack_budget.h"

namespace counterscan::container {

// Bytes in memory that grow without being copied.
class KeptBytes {
 public:
  explicit KeptBytes(MemoryBudget& budget) : lease_(budget) {}

  // Room for more bytes, at least one; empty when the budget has none left. Fill from its start,
  // then say how much was filled.
  std::span<std::byte> Room();
  void Filled(std::size_t bytes) { size_ += bytes; }

  std::uint64_t size() const { return size_; }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  static constexpr std::size_t kFirstBlock = 4096;
  static constexpr std::size_t kBlock = 256 * 1024;

  struct Block {
    std::uint64_t begin = 0;
    std::size_t size = 0;
    std::unique_ptr<std::byte[]> bytes;
  };
  const Block* BlockAt(std::uint64_t offset) const;

  std::vector<Block> blocks_;
  std::uint64_t size_ = 0;
  std::uint64_t capacity_ = 0;
  MemoryLease lease_;
};

class Content final : public ByteSource {
 public:
  // Unpacks `stream`, which `open` opens again, from its first byte to its end. What `open`
  // captured and the budgets must outlive it.
  static std::unique_ptr<Content> Take(ByteStream& stream, StreamOpener open, UnpackBudget& budget,
                                       MemoryBudget& memory);

  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;

  // Why the stream ended before its end.
  const std::optional<Error>& error() const { return error_; }
  // All of it is in memory.
  bool kept() const { return kept_.size() == size_; }

 private:
  explicit Content(MemoryBudget& memory) : kept_(memory) {}
  void Measure(ByteStream& stream, UnpackBudget& budget);

  KeptBytes kept_;               // from the first byte on
  std::vector<std::byte> tail_;  // up to the last, when not all is kept
  std::uint64_t size_ = 0;
  std::optional<Error> error_{};
  std::unique_ptr<StreamSource> rest_;
};

}  // namespace counterscan::container

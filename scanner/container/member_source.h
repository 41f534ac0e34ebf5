// Sources over what a container holds: bytes kept in memory, and streams that are read as sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/container/unpack_budget.h"

namespace counterscan::container {

// Over bytes that it owns.
class BufferSource final : public ByteSource {
 public:
  explicit BufferSource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    return MemorySource(bytes_).ReadAt(offset, out);
  }
  std::optional<std::span<const std::byte>> Held(std::uint64_t offset,
                                                 std::uint64_t size) const override {
    return MemorySource(bytes_).Held(offset, size);
  }

 private:
  std::vector<std::byte> bytes_;
};

using StreamOpener = std::function<Result<std::unique_ptr<ByteStream>>()>;

// Over a stream that can be opened again: reading forward goes on, reading backward starts over.
// Constant memory whatever the size. Every byte the stream produces is taken from the budget, so
// a reader that jumps back and forth ends with kLimit and not with hours. Reading stops at `size`
// even if the stream has more, which is_longer() then says. What `open` captured and the budget
// must outlive it.
class StreamSource final : public ByteSource {
 public:
  StreamSource(StreamOpener open, std::uint64_t size, UnpackBudget& budget)
      : open_(std::move(open)), size_(size), budget_(budget) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;

  // True once a read reached `size` and the stream went on behind it.
  bool is_longer() const { return is_longer_; }

 private:
  Result<void> MoveTo(std::uint64_t offset) const;
  Result<std::size_t> ReadNext(std::span<std::byte> out) const;

  StreamOpener open_;
  std::uint64_t size_;
  UnpackBudget& budget_;
  mutable std::unique_ptr<ByteStream> stream_;
  mutable std::uint64_t position_ = 0;
  mutable bool is_longer_ = false;
};

// What a stream gave before it ended or failed.
struct Unpacked {
  std::vector<std::byte> bytes;
  bool complete = false;  // the stream came to its end
  std::optional<Error> error{};
};

// Reads until the end, an error, or more than `limit` bytes, of which it keeps all that it has.
// Charges the budget. `expected`: how many there probably are, which saves memory where it is true.
inline constexpr std::uint64_t kUnknownSize = ~std::uint64_t{0};
Unpacked Unpack(ByteStream& stream, std::uint64_t limit, UnpackBudget& budget,
                std::uint64_t expected = kUnknownSize);

// Reads the rest without keeping it: how many bytes there were before the end or an error.
struct Measured {
  std::uint64_t bytes = 0;
  std::optional<Error> error{};
};
Measured Measure(ByteStream& stream, UnpackBudget& budget);

}  // namespace counterscan::container

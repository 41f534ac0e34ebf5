// LenientInflate: what a bare DEFLATE stream (RFC 1951) unpacks to for miniz, which torch reads
// zips with, and which unpacks streams that zlib refuses.
//
// Where zlib comes to the end of a stream, both give the same bytes. miniz goes on, up to the
// versions that torch has, where zlib finds
//  - a code of one symbol, whatever its length, or of none (lenient_code.h);
//  - 287 or 288 lengths of literals, or 31 or 32 of distances;
//  - no code for the end of the block;
//  - symbols that have no meaning: lengths 286 and 287 copy nothing, and with distances 30 and 31
//    nothing is written where the copy would stand.
// What stands there then is what the reader's memory held before: here, zeros, and an error once
// all the rest is unpacked. Memory is one window and one input buffer, whatever the sizes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/container/bit_reader.h"
#include "scanner/container/lenient_code.h"
#include "scanner/container/packed_stream.h"

namespace counterscan::container {

class LenientInflate final : public PackedStream {
 public:
  // A code without bits stands for zeros up to the end of what miniz was told to unpack. Here there
  // are so many, as nothing else can follow.
  static constexpr std::uint64_t kEndlessZeros = 64 * 1024;

  // Reads `packed`, which must outlive it, from its first byte. `size` is what it is said to unpack
  // to: where zeros without an end do end.
  LenientInflate(const ByteSource& packed, std::uint64_t size) : in_(packed), size_(size) {}

  // kMalformed when the packed bytes break the format for miniz too, kTruncated when they end
  // early. What was unpacked before the break has been returned first.
  Result<std::size_t> Read(std::span<std::byte> out) override;

  std::uint64_t consumed() const override { return in_.consumed(); }

 private:
  static constexpr std::size_t kWindowBytes = 32 * 1024;

  enum class State : std::uint8_t {
    kHeader,   // of the next block
    kStored,   // `pending_` bytes as they are
    kSymbols,  // of a packed block
    kCopy,     // `pending_` bytes from `distance_` back
    kNothing,  // `pending_` bytes that are not written
    kEndless,  // zeros
    kEnd,
  };

  // One of each state's steps; each puts bytes out or goes to another state.
  Result<void> Step(std::span<std::byte> out, std::size_t& done);
  Result<void> ReadHeader();
  Result<void> ReadStoredHeader();
  Result<void> ReadCodes();
  void FixedCodes();
  Result<void> ReadStored(std::span<std::byte> out, std::size_t& done);
  Result<void> ReadSymbols(std::span<std::byte> out, std::size_t& done);
  Result<void> ReadDistance(std::uint32_t length_symbol);
  void Copy(std::span<std::byte> out, std::size_t& done);
  Result<void> PutZeros(std::span<std::byte> out, std::size_t& done);
  Result<void> End();
  void Put(std::byte byte, std::span<std::byte> out, std::size_t& done) {
    window_[produced_++ % kWindowBytes] = byte;
    out[done++] = byte;
  }

  BitReader in_;
  std::uint64_t size_;
  std::uint64_t produced_ = 0;
  State state_ = State::kHeader;
  bool last_block_ = false;
  std::uint64_t pending_ = 0;
  std::uint64_t distance_ = 0;
  std::uint64_t unwritten_ = 0;  // bytes that only the reader's memory knows
  LenientCode literals_;
  LenientCode distances_;
  std::vector<std::byte> window_ = std::vector<std::byte>(kWindowBytes);
  std::optional<Error> error_{};
};

}  // namespace counterscan::container

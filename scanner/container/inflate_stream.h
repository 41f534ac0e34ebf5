// InflateStream: what a bare DEFLATE stream (RFC 1951) unpacks to, as a ByteStream: a zip member.
//
// Memory is one window and one input buffer, whatever the sizes. Sizes and checksums that a zip
// declares are the caller's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/container/packed_stream.h"

struct z_stream_s;

namespace counterscan::container {

class InflateStream final : public PackedStream {
 public:
  // Reads `packed`, which must outlive it, from its first byte.
  static Result<std::unique_ptr<InflateStream>> Open(const ByteSource& packed);
  ~InflateStream() override;

  // kMalformed when the packed bytes break the format, kTruncated when they end early. What was
  // unpacked before the break has been returned first.
  Result<std::size_t> Read(std::span<std::byte> out) override;

  // True once the end of the compressed stream was reached.
  bool finished() const { return finished_; }
  std::uint64_t consumed() const override;
  std::uint64_t produced() const { return produced_; }

 private:
  explicit InflateStream(const ByteSource& packed);
  Result<void> Refill();

  const ByteSource& packed_;
  std::unique_ptr<z_stream_s> zlib_;
  std::vector<std::byte> input_;
  std::uint64_t input_end_ = 0;  // offset in packed_ behind what is in input_
  std::uint64_t produced_ = 0;
  bool initialised_ = false;
  bool finished_ = false;
};

}  // namespace counterscan::container

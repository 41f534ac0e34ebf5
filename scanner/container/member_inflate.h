// MemberInflate: what a deflated zip member unpacks to for any loader.
//
// zlib, which Python's zipfile reads with, is asked first. Where it refuses the stream, miniz,
// which torch reads with, may go on: its bytes follow those that zlib gave, which are the same for
// both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/lenient_inflate.h"
#include "scanner/container/packed_stream.h"

namespace counterscan::container {

// Where zlib refuses to go on with a stream that miniz goes on with.
struct StrictEnd {
  std::uint64_t unpacked = 0;  // bytes up to there
  std::string reason;          // what zlib finds wrong
};

class MemberInflate final : public PackedStream {
 public:
  // Reads `packed` from its first byte; `size` is what it is said to unpack to. What zlib refuses
  // and miniz does not is told to `strict_end`, unless that is null. Both must outlive it.
  static Result<std::unique_ptr<MemberInflate>> Open(const ByteSource& packed, std::uint64_t size,
                                                     std::optional<StrictEnd>* strict_end);

  // The errors of zlib where miniz gives no more than it, else those of LenientInflate.
  Result<std::size_t> Read(std::span<std::byte> out) override;

  std::uint64_t consumed() const override {
    return lenient_ ? lenient_->consumed() : strict_->consumed();
  }

 private:
  MemberInflate(const ByteSource& packed, std::uint64_t size, std::optional<StrictEnd>* strict_end)
      : packed_(packed), size_(size), strict_end_(strict_end) {}
  Result<std::size_t> ReadOn(std::span<std::byte> out, const Error& refusal);

  const ByteSource& packed_;
  std::uint64_t size_;
  std::optional<StrictEnd>* strict_end_;
  std::unique_ptr<InflateStream> strict_;
  std::unique_ptr<LenientInflate> lenient_;  // from where zlib refused on
};

}  // namespace counterscan::container

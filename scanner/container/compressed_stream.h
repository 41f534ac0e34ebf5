// CompressedStream: what a compressed file unpacks to, stream after stream, as a ByteStream.
//
// Streams of one family that follow each other are one content, as their readers have it; of a zip
// member only the first counts. Memory is one input buffer and what the stream in work asks for,
// which a MemoryBudget bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/container/decoder.h"
#include "scanner/container/memory_budget.h"
#include "scanner/container/packed_stream.h"
#include "scanner/container/range_set.h"
#include "scanner/container/stream_framing.h"

namespace counterscan::container {

class CompressedStream final : public PackedStream {
 public:
  struct Options {
    bool check = true;               // as DecoderOptions::check
    MemoryBudget* memory = nullptr;  // must outlive the stream
  };

  // Reads `packed`, which must outlive it, from its first byte. kMalformed when no stream of
  // `family` begins there.
  static Result<std::unique_ptr<CompressedStream>> Open(const ByteSource& packed,
                                                        StreamFamily family,
                                                        const Options& options);

  // Reads the one stream of `packed` that begins at `begin` and that `decoder` unpacks.
  static std::unique_ptr<CompressedStream> OfOne(const ByteSource& packed, std::uint64_t begin,
                                                 std::unique_ptr<Decoder> decoder,
                                                 const Options& options);

  // Fails like Decoder does. What was unpacked before the break has been returned first.
  Result<std::size_t> Read(std::span<std::byte> out) override;

  // At the end, what follows is none of the streams'.
  std::uint64_t consumed() const override { return consumed_; }
  // Contents of skippable frames and of header fields.
  const std::vector<Range>& skipped() const { return skipped_; }
  std::uint64_t produced() const { return produced_; }

 private:
  CompressedStream(const ByteSource& packed, StreamFamily family, const Options& options);
  Result<bool> StartNext(bool first);
  Result<void> Refill();
  Decoder::Step Step(std::span<std::byte> out);
  // False when a stream behind the first turned out to be none, and all was over before it.
  bool Settle(const Decoder::Step& step);

  const ByteSource& packed_;
  StreamFamily family_;
  Options options_;
  bool only_one_ = false;
  MemoryLease lease_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<std::byte> input_;
  std::size_t input_at_ = 0;     // of the next byte to be decoded
  std::size_t input_size_ = 0;   // bytes in input_
  std::uint64_t input_end_ = 0;  // offset in packed_ behind what is in input_
  bool packed_over_ = false;
  std::uint64_t consumed_ = 0;
  std::uint64_t stream_begin_ = 0;  // offset in packed_ where all before is settled
  std::uint64_t stream_produced_ = 0;
  std::uint64_t produced_ = 0;
  std::uint64_t streams_ = 0;
  std::vector<Range> skipped_;
  std::optional<Error> error_{};  // to be returned by the next read
  bool over_ = false;
};

}  // namespace counterscan::container

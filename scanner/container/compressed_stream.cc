#include "scanner/container/compressed_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace counterscan::container {
namespace {

constexpr std::size_t kInputBytes = 64 * 1024;

}  // namespace

CompressedStream::CompressedStream(const ByteSource& packed, StreamFamily family,
                                   const Options& options)
    : packed_(packed),
      family_(family),
      options_(options),
      lease_(*options.memory),
      input_(static_cast<std::size_t>(std::clamp<std::uint64_t>(packed.size(), 16, kInputBytes))) {}

Result<std::unique_ptr<CompressedStream>> CompressedStream::Open(const ByteSource& packed,
                                                                 StreamFamily family,
                                                                 const Options& options) {
  std::unique_ptr<CompressedStream> stream(new CompressedStream(packed, family, options));
  if (!TRY(stream->StartNext(true))) {
    return Fail(ErrorCode::kMalformed, "no compressed stream begins here", 0);
  }
  return stream;
}

std::unique_ptr<CompressedStream> CompressedStream::OfOne(const ByteSource& packed,
                                                          std::uint64_t begin,
                                                          std::unique_ptr<Decoder> decoder,
                                                          const Options& options) {
  std::unique_ptr<CompressedStream> stream(
      new CompressedStream(packed, StreamFamily::kFrames, options));
  stream->only_one_ = true;
  stream->decoder_ = std::move(decoder);
  stream->streams_ = 1;
  stream->consumed_ = stream->input_end_ = begin;
  return stream;
}

Result<bool> CompressedStream::StartNext(bool first) {
  decoder_.reset();
  lease_.Resize(0);
  const auto start = FindStream(packed_, family_, consumed_, first, skipped_);
  if (!start) {
    // Frames that are skipped belong to the file also when none that unpacks follows them.
    if (family_ != StreamFamily::kFrames || skipped_.empty()) return false;
    consumed_ = std::max(consumed_, skipped_.back().last);
    return true;
  }
  stream_begin_ = consumed_;
  stream_produced_ = 0;
  ++streams_;
  decoder_ = TRY(
      NewDecoder(start->codec, {.check = options_.check, .memory_bytes = options_.memory->left()}));
  input_at_ = input_size_ = 0;
  input_end_ = consumed_ = start->offset;
  packed_over_ = false;
  return true;
}

Result<void> CompressedStream::Refill() {
  const std::size_t left = input_size_ - input_at_;
  std::memmove(input_.data(), input_.data() + input_at_, left);
  input_at_ = 0;
  input_size_ = left;
  const std::size_t got = TRY(packed_.ReadAt(input_end_, std::span(input_).subspan(left)));
  packed_over_ = got == 0;
  input_end_ += got;
  input_size_ += got;
  return {};
}

Decoder::Step CompressedStream::Step(std::span<std::byte> out) {
  if (input_at_ == input_size_) {
    if (auto refilled = Refill(); !refilled) return {.error = refilled.error()};
  }
  auto in = std::span<const std::byte>(input_).subspan(input_at_, input_size_ - input_at_);
  Decoder::Step step = decoder_->Decode(in, out);
  if (step.consumed == 0 && step.produced == 0 && !step.ended && !step.error && !in.empty()) {
    // It wants more at once than is here.
    if (input_size_ - input_at_ < input_.size() || input_at_ > 0) {
      if (auto refilled = Refill(); !refilled) return {.error = refilled.error()};
    }
    in = std::span<const std::byte>(input_).first(input_size_);
    step = decoder_->Decode(packed_over_ ? std::span<const std::byte>() : in, out);
    if (step.consumed == 0 && step.produced == 0 && !step.ended && !step.error) {
      step.error = Error{ErrorCode::kMalformed, "compressed data leads nowhere", std::nullopt};
    }
  }
  input_at_ += step.consumed;
  consumed_ += step.consumed;
  stream_produced_ += step.produced;
  produced_ += step.produced;
  if (!step.error && !lease_.Resize(decoder_->memory_bytes())) {
    step.error = Error{ErrorCode::kLimit, "compressed data asks for too much memory", std::nullopt};
  }
  return step;
}

bool CompressedStream::Settle(const Decoder::Step& step) {
  if (step.error) {
    // Behind a whole stream, what only begins like another is no stream.
    if (streams_ > 1 && stream_produced_ == 0 && step.error->code == ErrorCode::kMalformed) {
      consumed_ = stream_begin_;
      return false;
    }
    error_ = step.error;
    if (!error_->offset) error_->offset = consumed_;
    return false;
  }
  if (!step.ended) return true;
  if (only_one_) return false;
  const auto next = StartNext(false);
  if (!next) error_ = next.error();
  return next && *next && decoder_ != nullptr;
}

Result<std::size_t> CompressedStream::Read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (!over_ && done < out.size()) {
    if (decoder_ == nullptr) break;
    const Decoder::Step step = Step(out.subspan(done));
    done += step.produced;
    over_ = !Settle(step);
  }
  if (done == 0 && error_) return tl::make_unexpected(*error_);
  return done;
}

}  // namespace counterscan::container

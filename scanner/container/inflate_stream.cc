#include "scanner/container/inflate_stream.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>

namespace counterscan::container {
namespace {

constexpr std::size_t kInputBytes = 16 * 1024;

int WindowBits(Wrapping wrapping) {
  switch (wrapping) {
    case Wrapping::kRaw:
      return -MAX_WBITS;
    case Wrapping::kZlib:
      return MAX_WBITS;
    case Wrapping::kGzip:
      return MAX_WBITS + 16;
  }
  return -MAX_WBITS;
}

}  // namespace

InflateStream::InflateStream(const ByteSource& packed, Wrapping wrapping)
    : packed_(packed),
      wrapping_(wrapping),
      zlib_(std::make_unique<z_stream_s>()),
      input_(static_cast<std::size_t>(std::clamp<std::uint64_t>(packed.size(), 1, kInputBytes))) {}

InflateStream::~InflateStream() {
  if (initialised_) inflateEnd(zlib_.get());
}

Result<std::unique_ptr<InflateStream>> InflateStream::Open(const ByteSource& packed,
                                                           Wrapping wrapping) {
  std::unique_ptr<InflateStream> stream(new InflateStream(packed, wrapping));
  if (inflateInit2(stream->zlib_.get(), WindowBits(wrapping)) != Z_OK) {
    return Fail(ErrorCode::kLimit, "zlib could not start");
  }
  stream->initialised_ = true;
  return stream;
}

std::uint64_t InflateStream::consumed() const { return input_end_ - zlib_->avail_in; }

Result<void> InflateStream::Refill() {
  if (zlib_->avail_in > 0) return {};
  const std::size_t got = TRY(packed_.ReadAt(input_end_, input_));
  input_end_ += got;
  zlib_->next_in = reinterpret_cast<Bytef*>(input_.data());
  zlib_->avail_in = static_cast<uInt>(got);
  return {};
}

// RFC 1952 2.2: "A gzip file consists of a series of members".
Result<bool> InflateStream::StartNextMember() {
  if (wrapping_ != Wrapping::kGzip) return false;
  std::byte magic[2];
  const std::size_t got = TRY(packed_.ReadAt(consumed(), magic));
  if (got < 2 || magic[0] != std::byte{0x1f} || magic[1] != std::byte{0x8b}) return false;
  return inflateReset(zlib_.get()) == Z_OK;
}

Result<std::size_t> InflateStream::Read(std::span<std::byte> out) {
  constexpr std::size_t kMaxStep = std::numeric_limits<uInt>::max();
  out = out.first(std::min(out.size(), kMaxStep));
  zlib_->next_out = reinterpret_cast<Bytef*>(out.data());
  zlib_->avail_out = static_cast<uInt>(out.size());
  const auto done = [&] { return out.size() - zlib_->avail_out; };
  while (!finished_ && zlib_->avail_out > 0) {
    TRY(Refill());
    // Also without input: zlib may hold back output that did not fit the last time.
    const int status = inflate(zlib_.get(), Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      finished_ = !TRY(StartNextMember());
    } else if (status == Z_BUF_ERROR) {
      if (done() > 0) break;
      return Fail(ErrorCode::kTruncated, "compressed data ends early", consumed());
    } else if (status != Z_OK) {
      if (done() > 0) break;
      const char* reason = zlib_->msg != nullptr ? zlib_->msg : "no reason given";
      return Fail(ErrorCode::kMalformed, std::string("compressed data is broken: ") + reason,
                  consumed());
    }
  }
  produced_ += done();
  return done();
}

}  // namespace counterscan::container

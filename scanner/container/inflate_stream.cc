#include "scanner/container/inflate_stream.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>

namespace counterscan::container {
namespace {

constexpr std::size_t kInputBytes = 16 * 1024;

}  // namespace

InflateStream::InflateStream(const ByteSource& packed)
    : packed_(packed),
      zlib_(std::make_unique<z_stream_s>()),
      input_(static_cast<std::size_t>(std::clamp<std::uint64_t>(packed.size(), 1, kInputBytes))) {}

InflateStream::~InflateStream() {
  if (initialised_) inflateEnd(zlib_.get());
}

Result<std::unique_ptr<InflateStream>> InflateStream::Open(const ByteSource& packed) {
  std::unique_ptr<InflateStream> stream(new InflateStream(packed));
  if (inflateInit2(stream->zlib_.get(), -MAX_WBITS) != Z_OK) {
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
      finished_ = true;
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

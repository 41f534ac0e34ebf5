#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>

#include "scanner/container/decoder.h"

namespace counterscan::container {
namespace {

class ZlibDecoder final : public Decoder {
 public:
  ~ZlibDecoder() override {
    if (initialised_) inflateEnd(&zlib_);
  }

  bool Start(Codec codec, bool check) {
    const int window_bits = codec == Codec::kGzip ? MAX_WBITS + 16 : MAX_WBITS;
    initialised_ = inflateInit2(&zlib_, window_bits) == Z_OK;
    return initialised_ && (check || inflateValidate(&zlib_, 0) == Z_OK);
  }

  Step Decode(std::span<const std::byte> in, std::span<std::byte> out) override {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    in = in.first(std::min(in.size(), kMost));
    out = out.first(std::min(out.size(), kMost));
    // zlib does not write through next_in.
    zlib_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
    zlib_.avail_in = static_cast<uInt>(in.size());
    zlib_.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&zlib_, Z_NO_FLUSH);
    Step step{.consumed = in.size() - zlib_.avail_in,
              .produced = out.size() - zlib_.avail_out,
              .ended = status == Z_STREAM_END};
    if (status == Z_BUF_ERROR && in.empty() && step.produced == 0) {
      step.error = Error{ErrorCode::kTruncated, "compressed data ends early", std::nullopt};
    } else if (status == Z_NEED_DICT) {
      step.error = Error{ErrorCode::kUnsupported, "a dictionary is needed", std::nullopt};
    } else if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      const char* reason = zlib_.msg != nullptr ? zlib_.msg : "no reason given";
      step.error = Error{ErrorCode::kMalformed, std::string("compressed data is broken: ") + reason,
                         std::nullopt};
    }
    return step;
  }

 private:
  z_stream zlib_{};
  bool initialised_ = false;
};

}  // namespace

Result<std::unique_ptr<Decoder>> NewZlibDecoder(Codec codec, const DecoderOptions& options) {
  auto decoder = std::make_unique<ZlibDecoder>();
  if (!decoder->Start(codec, options.check)) return Fail(ErrorCode::kLimit, "zlib could not start");
  return decoder;
}

}  // namespace counterscan::container

#include "scanner/container/decoder.h"

namespace counterscan::container {

Result<std::unique_ptr<Decoder>> NewDecoder(Codec codec, const DecoderOptions& options) {
  switch (codec) {
    case Codec::kZlib:
    case Codec::kGzip:
      return NewZlibDecoder(codec, options);
    case Codec::kBzip2:
      return NewBzip2Decoder();
    case Codec::kXz:
      return NewXzDecoder(options);
    case Codec::kZstd:
      return NewZstdDecoder(options);
    case Codec::kLz4:
      return NewLz4Decoder(options);
    case Codec::kLz4Legacy:
      return NewLz4LegacyDecoder();
  }
  return Fail(ErrorCode::kUnsupported, "no such compression");
}

}  // namespace counterscan::container

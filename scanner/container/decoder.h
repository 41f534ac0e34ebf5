// Decoder: one compressed stream of one format, packed bytes in and plain bytes out.
//
// Each wraps one library. What several streams one after another mean, and what stands between
// them, is CompressedStream's business. A step gives what it unpacked also when it fails: loaders
// that read piece by piece have acted on it by then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "scanner/base/result.h"

namespace counterscan::container {

enum class Codec : std::uint8_t {
  kZlib,       // RFC 1950
  kGzip,       // RFC 1952, one member
  kBzip2,      // one stream
  kXz,         // xz, .lzma or lzip: liblzma tells them apart, as Python's lzma module does
  kZstd,       // RFC 8878, one frame
  kLz4,        // LZ4 frame format 1.6, one frame
  kLz4Legacy,  // the frames of the first lz4 program
};

class Decoder {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool ended = false;  // the stream is over: what was not consumed belongs to something else
    // kMalformed, kUnsupported, kLimit (memory), or kTruncated when `in` was empty.
    std::optional<Error> error{};
  };

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  // Unpacks from `in`, the next packed bytes, into `out`, which is not empty. An empty `in` says
  // that there are no more. A step that neither consumes, produces, ends nor fails asks for more.
  virtual Step Decode(std::span<const std::byte> in, std::span<std::byte> out) = 0;

  // What it holds for windows and tables, as far as the stream's own header decides it.
  virtual std::uint64_t memory_bytes() const { return 0; }
};

struct DecoderOptions {
  // Checksums that do not match are errors: some readers stop there, others never look.
  bool check = true;
  // A stream that asks for more than this gets kLimit.
  std::uint64_t memory_bytes = 0;
};

Result<std::unique_ptr<Decoder>> NewDecoder(Codec codec, const DecoderOptions& options);

// One a library, for NewDecoder().
Result<std::unique_ptr<Decoder>> NewZlibDecoder(Codec codec, const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> NewBzip2Decoder();
Result<std::unique_ptr<Decoder>> NewXzDecoder(const DecoderOptions& options);
// An LZMA stream as zip has it, behind its properties (APPNOTE 5.8.8), which fills `packed_bytes`.
// It may end without a mark: then it ends where all is read and `size` bytes are there.
Result<std::unique_ptr<Decoder>> NewZipLzmaDecoder(std::span<const std::byte> properties,
                                                   std::uint64_t packed_bytes, std::uint64_t size,
                                                   const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> NewZstdDecoder(const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> NewLz4Decoder(const DecoderOptions& options);
Result<std::unique_ptr<Decoder>> NewLz4LegacyDecoder();

}  // namespace counterscan::container

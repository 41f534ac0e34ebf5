#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <string>

#include "scanner/base/limits.h"
#include "scanner/container/decoder.h"

namespace counterscan::container {
namespace {

// Input and output buffers of three blocks, and the tables (zstd_decompress.c).
constexpr std::uint64_t kTables = kMiB;
// RFC 8878 3.1.1: a magic number and a header of 2 bytes or more; 3.1.1.2: block headers.
constexpr std::size_t kShortestHeader = 6;
constexpr std::size_t kBlockHeader = 3;

// As zstd spells it: the library has no name for it outside of its static headers.
constexpr ZSTD_dParameter kForceIgnoreChecksum = ZSTD_d_experimentalParam3;

class ZstdDecoder final : public Decoder {
 public:
  bool Start(const DecoderOptions& options) {
    context_.reset(ZSTD_createDCtx());
    if (context_ == nullptr) return false;
    // The window is a power of two that must fit; below the smallest there is no limit to set.
    constexpr int kSmallestWindowLog = 10;
    constexpr int kLargestWindowLog = 27;
    const auto fits = static_cast<int>(std::bit_width(options.memory_bytes)) - 1;
    const int window_log = std::clamp(fits, kSmallestWindowLog, kLargestWindowLog);
    return ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log)) ==
               0 &&
           (options.check ||
            ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), kForceIgnoreChecksum, 1)) == 0);
  }

  Step Decode(std::span<const std::byte> in, std::span<std::byte> out) override {
    // The library gives nothing of a call that fails: no call may see a block and what comes behind
    // it. What it wants next is a block and the next header, or one of the two.
    const std::size_t piece = wanted_ > kBlockHeader ? wanted_ - kBlockHeader : wanted_;
    in = in.first(std::min(in.size(), piece));
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t status = ZSTD_decompressStream(context_.get(), &output, &input);
    Step step{.consumed = input.pos, .produced = output.pos, .ended = status == 0};
    if (ZSTD_isError(status) != 0) {
      step.ended = false;
      step.error = ErrorOf(status);
      return step;
    }
    wanted_ = status;
    if (in.empty() && step.produced == 0 && !step.ended) {
      step.error = Error{ErrorCode::kTruncated, "zstd data ends early", std::nullopt};
    }
    return step;
  }

  std::uint64_t memory_bytes() const override { return ZSTD_sizeof_DCtx(context_.get()) + kTables; }

 private:
  static Error ErrorOf(std::size_t status) {
    switch (ZSTD_getErrorCode(status)) {
      case ZSTD_error_frameParameter_windowTooLarge:
      case ZSTD_error_memory_allocation:
        return {ErrorCode::kLimit, "zstd data asks for too much memory", std::nullopt};
      case ZSTD_error_dictionary_wrong:
        return {ErrorCode::kUnsupported, "zstd data needs a dictionary", std::nullopt};
      case ZSTD_error_frameParameter_unsupported:
      case ZSTD_error_version_unsupported:
        return {ErrorCode::kUnsupported, "zstd data of an unknown kind", std::nullopt};
      default:
        return {ErrorCode::kMalformed,
                std::string("zstd data is broken: ") + ZSTD_getErrorName(status), std::nullopt};
    }
  }

  struct Release {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Release> context_;
  std::size_t wanted_ = kShortestHeader + kBlockHeader;
};

}  // namespace

Result<std::unique_ptr<Decoder>> NewZstdDecoder(const DecoderOptions& options) {
  auto decoder = std::make_unique<ZstdDecoder>();
  if (!decoder->Start(options)) return Fail(ErrorCode::kLimit, "zstd could not start");
  return decoder;
}

}  // namespace counterscan::container

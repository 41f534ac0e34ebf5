#include <bzlib.h>

#include <algorithm>
#include <limits>

#include "scanner/base/limits.h"
#include "scanner/container/decoder.h"

namespace counterscan::container {
namespace {

// "at most 3.7 MB" for the largest block, and no stream can ask for more (bzip2 manual, 2.2).
constexpr std::uint64_t kBzip2Memory = 4 * kMiB;

class Bzip2Decoder final : public Decoder {
 public:
  ~Bzip2Decoder() override {
    if (initialised_) BZ2_bzDecompressEnd(&bzip2_);
  }

  bool Start() {
    initialised_ = BZ2_bzDecompressInit(&bzip2_, 0, 0) == BZ_OK;
    return initialised_;
  }

  Step Decode(std::span<const std::byte> in, std::span<std::byte> out) override {
    constexpr std::size_t kMost = std::numeric_limits<unsigned>::max();
    in = in.first(std::min(in.size(), kMost));
    out = out.first(std::min(out.size(), kMost));
    // The library does not write through next_in.
    bzip2_.next_in = const_cast<char*>(reinterpret_cast<const char*>(in.data()));
    bzip2_.avail_in = static_cast<unsigned>(in.size());
    bzip2_.next_out = reinterpret_cast<char*>(out.data());
    bzip2_.avail_out = static_cast<unsigned>(out.size());
    const int status = BZ2_bzDecompress(&bzip2_);
    Step step{.consumed = in.size() - bzip2_.avail_in,
              .produced = out.size() - bzip2_.avail_out,
              .ended = status == BZ_STREAM_END};
    if (status != BZ_OK && status != BZ_STREAM_END) {
      step.error = status == BZ_MEM_ERROR
                       ? Error{ErrorCode::kLimit, "bzip2 had no memory", std::nullopt}
                       : Error{ErrorCode::kMalformed, "bzip2 data is broken", std::nullopt};
    } else if (in.empty() && step.produced == 0 && !step.ended) {
      step.error = Error{ErrorCode::kTruncated, "bzip2 data ends early", std::nullopt};
    }
    return step;
  }

  std::uint64_t memory_bytes() const override { return kBzip2Memory; }

 private:
  bz_stream bzip2_{};
  bool initialised_ = false;
};

}  // namespace

Result<std::unique_ptr<Decoder>> NewBzip2Decoder() {
  auto decoder = std::make_unique<Bzip2Decoder>();
  if (!decoder->Start()) return Fail(ErrorCode::kLimit, "bzip2 could not start");
  return decoder;
}

}  // namespace counterscan::container

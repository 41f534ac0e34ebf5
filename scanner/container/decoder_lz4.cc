#include <lz4.h>
#include <lz4frame.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "scanner/container/decoder.h"

namespace counterscan::container {
namespace {

// Blocks have up to 4 MiB; one packed, one plain, and 128 KiB of history.
constexpr std::uint64_t kFrameMemory = 9 * kMiB;
// lz4_Frame_format.md, "Frame Descriptor": FLG follows the magic number; its lowest bit says that
// the identity of a dictionary follows.
constexpr std::size_t kFlagsAt = 4;
constexpr std::byte kHasDictionary{1};
constexpr std::size_t kBlockHeader = 4;

class Lz4Decoder final : public Decoder {
 public:
  bool Start(bool check) {
    LZ4F_dctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0) return false;
    context_.reset(context);
    options_.skipChecksums = check ? 0 : 1;
    return true;
  }

  Step Decode(std::span<const std::byte> in, std::span<std::byte> out) override {
    if (in.size() > kFlagsAt - std::min(seen_, kFlagsAt) && seen_ <= kFlagsAt &&
        (in[kFlagsAt - seen_] & kHasDictionary) != std::byte{0}) {
      return {.error = Error{ErrorCode::kUnsupported, "lz4 data needs a dictionary", std::nullopt}};
    }
    // The library gives nothing of a call that fails: no call may see a block and what comes behind
    // it. What it wants next is a block and the next header, or one of the two.
    const std::size_t piece = wanted_ > kBlockHeader ? wanted_ - kBlockHeader : wanted_;
    std::size_t consumed = std::min(in.size(), piece);
    std::size_t produced = out.size();
    const std::size_t status =
        LZ4F_decompress(context_.get(), out.data(), &produced, in.data(), &consumed, &options_);
    if (LZ4F_isError(status) != 0) {
      return {.error = Error{ErrorCode::kMalformed,
                             std::string("lz4 data is broken: ") + LZ4F_getErrorName(status),
                             std::nullopt}};
    }
    wanted_ = status;
    seen_ = std::min(seen_ + consumed, kFlagsAt + 1);
    Step step{.consumed = consumed, .produced = produced, .ended = status == 0};
    if (in.empty() && produced == 0 && !step.ended) {
      step.error = Error{ErrorCode::kTruncated, "lz4 data ends early", std::nullopt};
    }
    return step;
  }

  std::uint64_t memory_bytes() const override { return kFrameMemory; }

 private:
  struct Release {
    void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
  };
  std::unique_ptr<LZ4F_dctx, Release> context_;
  LZ4F_decompressOptions_t options_{};
  std::size_t wanted_ = LZ4F_HEADER_SIZE_MIN + kBlockHeader;
  std::size_t seen_ = 0;  // packed bytes so far, up to the flags
};

// lz4_Frame_format.md, "Legacy frame": blocks of 8 MiB, each behind its packed size, up to the end
// of the file or to what is no size.
class Lz4LegacyDecoder final : public Decoder {
 public:
  Step Decode(std::span<const std::byte> in, std::span<std::byte> out) override {
    Step step;
    if (given_ < plain_.size()) {
      step.produced = std::min(out.size(), plain_.size() - given_);
      std::memcpy(out.data(), plain_.data() + given_, step.produced);
      given_ += step.produced;
      return step;
    }
    // A size is taken as a whole: what is none is not ours.
    if (phase_ == Phase::kSize && !in.empty() && in.size() < kWord) return step;
    const std::size_t take = std::min(in.size(), wanted_ - packed_.size());
    packed_.insert(packed_.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(take));
    step.consumed = take;
    if (packed_.size() < wanted_) {
      if (!in.empty()) return step;
      step.ended = phase_ == Phase::kSize && packed_.empty();
      if (!step.ended) {
        step.error = Error{ErrorCode::kTruncated, "lz4 data ends early", std::nullopt};
      }
      return step;
    }
    Advance(step);
    return step;
  }

  std::uint64_t memory_bytes() const override { return 2 * kBlock; }

 private:
  enum class Phase { kMagic, kSize, kBlock };
  static constexpr std::size_t kBlock = 8 * kMiB;
  static constexpr std::size_t kWord = 4;

  void Advance(Step& step) {
    switch (phase_) {
      case Phase::kMagic:
        phase_ = Phase::kSize;
        wanted_ = kWord;
        break;
      case Phase::kSize: {
        const std::uint32_t size = *ByteReader(packed_).LittleEndian<std::uint32_t>();
        if (size == 0 || size > static_cast<std::uint32_t>(LZ4_compressBound(kBlock))) {
          // Another magic number, or nothing of ours: given back.
          step.ended = true;
          step.consumed = 0;
          return;
        }
        phase_ = Phase::kBlock;
        wanted_ = size;
        break;
      }
      case Phase::kBlock: {
        plain_.resize(kBlock);
        const int size = LZ4_decompress_safe(
            reinterpret_cast<const char*>(packed_.data()), reinterpret_cast<char*>(plain_.data()),
            static_cast<int>(packed_.size()), static_cast<int>(plain_.size()));
        plain_.resize(static_cast<std::size_t>(std::max(size, 0)));
        given_ = 0;
        if (size < 0) {
          step.error = Error{ErrorCode::kMalformed, "an lz4 block is broken", std::nullopt};
          return;
        }
        phase_ = Phase::kSize;
        wanted_ = kWord;
        break;
      }
    }
    packed_.clear();
  }

  Phase phase_ = Phase::kMagic;
  std::size_t wanted_ = kWord;
  std::vector<std::byte> packed_;  // what has come of what is wanted
  std::vector<std::byte> plain_;
  std::size_t given_ = 0;  // of plain_
};

}  // namespace

Result<std::unique_ptr<Decoder>> NewLz4Decoder(const DecoderOptions& options) {
  auto decoder = std::make_unique<Lz4Decoder>();
  if (!decoder->Start(options.check)) return Fail(ErrorCode::kLimit, "lz4 could not start");
  return decoder;
}

Result<std::unique_ptr<Decoder>> NewLz4LegacyDecoder() {
  return std::make_unique<Lz4LegacyDecoder>();
}

}  // namespace counterscan::container

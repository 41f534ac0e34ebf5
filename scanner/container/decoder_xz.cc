#include <lzma.h>

#include <algorithm>

#include "scanner/container/decoder.h"

namespace counterscan::container {
namespace {

std::optional<Error> ErrorOf(lzma_ret status) {
  switch (status) {
    case LZMA_OK:
    case LZMA_STREAM_END:
      return std::nullopt;
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
      return Error{ErrorCode::kLimit, "xz data asks for too much memory", std::nullopt};
    case LZMA_OPTIONS_ERROR:
      return Error{ErrorCode::kUnsupported, "xz data uses a filter that is not supported",
                   std::nullopt};
    case LZMA_FORMAT_ERROR:
      return Error{ErrorCode::kMalformed, "no xz or lzma data", std::nullopt};
    case LZMA_BUF_ERROR:
      return Error{ErrorCode::kTruncated, "xz data ends early", std::nullopt};
    default:
      return Error{ErrorCode::kMalformed, "xz data is broken", std::nullopt};
  }
}

class XzDecoder final : public Decoder {
 public:
  ~XzDecoder() override { lzma_end(&lzma_); }

  std::optional<Error> Start(const DecoderOptions& options) {
    const std::uint32_t flags = options.check ? 0 : LZMA_IGNORE_CHECK;
    return ErrorOf(
        lzma_auto_decoder(&lzma_, std::max<std::uint64_t>(options.memory_bytes, 1), flags));
  }

  Step Decode(std::span<const std::byte> in, std::span<std::byte> out) override {
    lzma_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    lzma_.avail_in = in.size();
    lzma_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    lzma_.avail_out = out.size();
    const lzma_ret status = lzma_code(&lzma_, in.empty() ? LZMA_FINISH : LZMA_RUN);
    Step step{.consumed = in.size() - lzma_.avail_in,
              .produced = out.size() - lzma_.avail_out,
              .ended = status == LZMA_STREAM_END};
    // Of a call without progress the library says so itself, at the second one.
    const bool asks_for_more = status == LZMA_BUF_ERROR && !in.empty();
    if (!asks_for_more && !(status == LZMA_BUF_ERROR && step.produced > 0)) {
      step.error = ErrorOf(status);
    }
    return step;
  }

  std::uint64_t memory_bytes() const override { return lzma_memusage(&lzma_); }

 private:
  lzma_stream lzma_ = LZMA_STREAM_INIT;
};

class ZipLzmaDecoder final : public Decoder {
 public:
  ZipLzmaDecoder(std::uint64_t packed_bytes, std::uint64_t size)
      : packed_left_(packed_bytes), size_left_(size) {}
  ~ZipLzmaDecoder() override { lzma_end(&lzma_); }

  std::optional<Error> Start(std::span<const std::byte> properties, std::uint64_t memory_bytes) {
    lzma_filter filters[] = {{LZMA_FILTER_LZMA1, nullptr}, {LZMA_VLI_UNKNOWN, nullptr}};
    if (lzma_properties_decode(&filters[0], nullptr,
                               reinterpret_cast<const std::uint8_t*>(properties.data()),
                               properties.size()) != LZMA_OK) {
      return Error{ErrorCode::kMalformed, "no lzma properties", std::nullopt};
    }
    memory_bytes_ = lzma_raw_decoder_memusage(filters);
    // Content that is shorter than the dictionary needs no more of it than its own length.
    auto& options = *static_cast<lzma_options_lzma*>(filters[0].options);
    const std::uint64_t beyond = memory_bytes_ - std::min(memory_bytes_, memory_bytes);
    reduced_ = beyond > 0;
    lzma_ret status = LZMA_MEMLIMIT_ERROR;
    if (beyond < options.dict_size) {
      options.dict_size -= static_cast<std::uint32_t>(beyond);
      memory_bytes_ -= beyond;
      status = lzma_raw_decoder(&lzma_, filters);
    }
    lzma_filters_free(filters, nullptr);
    return ErrorOf(status);
  }

  Step Decode(std::span<const std::byte> in, std::span<std::byte> out) override {
    // The decoder lags behind what the encoder wrote last by this.
    constexpr std::uint64_t kUnreadAtEnd = 1;
    if (size_left_ == 0 && packed_left_ <= kUnreadAtEnd) return {in.size(), 0, true};
    // More symbols than were written may be read out of what the last one left.
    if (size_left_ > 0 && out.size() > size_left_) out = out.first(size_left_);
    lzma_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    lzma_.avail_in = in.size();
    lzma_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    lzma_.avail_out = out.size();
    const lzma_ret status = lzma_code(&lzma_, LZMA_RUN);
    Step step{.consumed = in.size() - lzma_.avail_in,
              .produced = out.size() - lzma_.avail_out,
              .ended = status == LZMA_STREAM_END};
    packed_left_ -= std::min<std::uint64_t>(packed_left_, step.consumed);
    size_left_ -= std::min<std::uint64_t>(size_left_, step.produced);
    if (status == LZMA_OK || status == LZMA_STREAM_END) return step;
    if (status != LZMA_BUF_ERROR) {
      // It may have asked for bytes that the whole dictionary would still hold.
      step.error = ErrorOf(reduced_ ? LZMA_MEMLIMIT_ERROR : status);
    } else if (in.empty() && step.produced == 0) {
      // Whether something is missing, the size says.
      step.ended = true;
    }
    return step;
  }

  std::uint64_t memory_bytes() const override { return memory_bytes_; }

 private:
  lzma_stream lzma_ = LZMA_STREAM_INIT;
  std::uint64_t packed_left_;
  std::uint64_t size_left_;
  std::uint64_t memory_bytes_ = 0;
  bool reduced_ = false;  // the dictionary
};

}  // namespace

Result<std::unique_ptr<Decoder>> NewZipLzmaDecoder(std::span<const std::byte> properties,
                                                   std::uint64_t packed_bytes, std::uint64_t size,
                                                   const DecoderOptions& options) {
  auto decoder = std::make_unique<ZipLzmaDecoder>(packed_bytes, size);
  if (auto error = decoder->Start(properties, options.memory_bytes)) {
    return tl::make_unexpected(*std::move(error));
  }
  return decoder;
}

Result<std::unique_ptr<Decoder>> NewXzDecoder(const DecoderOptions& options) {
  auto decoder = std::make_unique<XzDecoder>();
  if (auto error = decoder->Start(options)) return tl::make_unexpected(*std::move(error));
  return decoder;
}

}  // namespace counterscan::container

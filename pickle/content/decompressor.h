// Decompressor: how the analyser has constants decompressed, without owning a library that does it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace counterscan::pickle {

enum class Compression : unsigned char { kZlib, kGzip, kRawDeflate, kBzip2, kXz };

class Decompressor {
 public:
  Decompressor() = default;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  virtual ~Decompressor() = default;

  // At most `limit` bytes of what `packed` unpacks to; what came before an error is returned.
  // nullopt when this compression is not known here, or nothing could be unpacked.
  virtual std::optional<std::string> Decompress(Compression compression, std::string_view packed,
                                                std::size_t limit) const = 0;
};

}  // namespace counterscan::pickle

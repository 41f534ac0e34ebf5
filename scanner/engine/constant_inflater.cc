#include "scanner/engine/constant_inflater.h"

#include <algorithm>
#include <array>

#include "scanner/base/byte_reader.h"
#include "scanner/container/inflate_stream.h"

namespace counterscan {
namespace {

std::optional<container::Wrapping> WrappingOf(pickle::Compression compression) {
  switch (compression) {
    case pickle::Compression::kZlib:
      return container::Wrapping::kZlib;
    case pickle::Compression::kGzip:
      return container::Wrapping::kGzip;
    case pickle::Compression::kRawDeflate:
      return container::Wrapping::kRaw;
    case pickle::Compression::kBzip2:
    case pickle::Compression::kXz:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ConstantInflater::Decompress(pickle::Compression compression,
                                                        std::string_view packed,
                                                        std::size_t limit) const {
  const auto wrapping = WrappingOf(compression);
  if (!wrapping) return std::nullopt;
  const MemorySource source(AsBytes(packed));
  auto stream = container::InflateStream::Open(source, *wrapping);
  if (!stream) return std::nullopt;
  std::string unpacked;
  std::array<std::byte, 16384> piece;
  while (unpacked.size() < limit) {
    const std::size_t room = std::min(piece.size(), limit - unpacked.size());
    // What came before an error is what a hostile file wants to be read.
    const auto got = (*stream)->Read(std::span(piece).first(room));
    if (!got || *got == 0) break;
    unpacked += AsText(std::span(piece).first(*got));
  }
  if (unpacked.empty()) return std::nullopt;
  return unpacked;
}

}  // namespace counterscan

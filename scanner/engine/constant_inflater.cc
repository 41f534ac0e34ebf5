#include "scanner/engine/constant_inflater.h"

#include <algorithm>
#include <array>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "scanner/container/compressed_stream.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/memory_budget.h"

namespace counterscan {
namespace {

// What one constant may make decompressors hold.
constexpr std::uint64_t kDecoderBytes = 72 * kMiB;

container::StreamFamily FamilyOf(pickle::Compression compression) {
  switch (compression) {
    case pickle::Compression::kGzip:
      return container::StreamFamily::kGzip;
    case pickle::Compression::kBzip2:
      return container::StreamFamily::kBzip2;
    case pickle::Compression::kXz:
      return container::StreamFamily::kXz;
    case pickle::Compression::kZlib:
    case pickle::Compression::kRawDeflate:
      break;
  }
  return container::StreamFamily::kZlib;
}

Result<std::unique_ptr<ByteStream>> Open(const ByteSource& packed, pickle::Compression compression,
                                         container::MemoryBudget& memory) {
  if (compression == pickle::Compression::kRawDeflate) {
    return TRY(container::InflateStream::Open(packed));
  }
  return TRY(container::CompressedStream::Open(packed, FamilyOf(compression),
                                               {.check = false, .memory = &memory}));
}

}  // namespace

std::optional<std::string> ConstantInflater::Decompress(pickle::Compression compression,
                                                        std::string_view packed,
                                                        std::size_t limit) const {
  const MemorySource source(AsBytes(packed));
  container::MemoryBudget memory(kDecoderBytes);
  auto stream = Open(source, compression, memory);
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

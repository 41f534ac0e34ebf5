#include "scanner/container/zip_method.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/container/compressed_stream.h"
#include "scanner/container/decoder.h"
#include "scanner/container/zip_records.h"

namespace counterscan::container {
namespace {

constexpr std::uint16_t kMethodBzip2 = 12;
constexpr std::uint16_t kMethodLzma = 14;
constexpr std::uint16_t kMethodZstd = 93;
constexpr std::uint16_t kMethodXz = 95;

// 5.8.8: two bytes of version, how long the properties are, and these: five bytes.
constexpr std::uint64_t kLzmaHeaderBytes = 4;
constexpr std::uint16_t kLzmaPropertiesBytes = 5;

Result<std::unique_ptr<PackedStream>> UnpackLzma(const ByteSource& packed, std::uint64_t size,
                                                 const CompressedStream::Options& options) {
  std::array<std::byte, kLzmaHeaderBytes + kLzmaPropertiesBytes> head{};
  if (!ReadExactly(packed, 0, head)) return Fail(ErrorCode::kTruncated, "lzma header ends early");
  ByteReader reader(head);
  TRY(reader.Skip(2));
  if (TRY(reader.LittleEndian<std::uint16_t>()) != kLzmaPropertiesBytes) {
    return Fail(ErrorCode::kMalformed, "no lzma properties");
  }
  const auto properties = TRY(reader.Bytes(kLzmaPropertiesBytes));
  auto decoder = TRY(NewZipLzmaDecoder(properties, packed.size() - head.size(), size,
                                       {.memory_bytes = options.memory->left()}));
  return CompressedStream::OfOne(packed, head.size(), std::move(decoder), options);
}

}  // namespace

bool UnpacksMethod(std::uint16_t method) {
  return method == kMethodDeflated || method == kMethodBzip2 || method == kMethodLzma ||
         method == kMethodZstd || method == kMethodXz;
}

Result<std::unique_ptr<PackedStream>> UnpackMember(const ByteSource& packed, std::uint16_t method,
                                                   std::uint64_t size, MemoryBudget& memory,
                                                   std::optional<StrictEnd>* strict_end) {
  const CompressedStream::Options options{.check = false, .memory = &memory};
  const auto one = [&](Codec codec) -> Result<std::unique_ptr<PackedStream>> {
    auto decoder = TRY(NewDecoder(codec, {.check = options.check, .memory_bytes = memory.left()}));
    return CompressedStream::OfOne(packed, 0, std::move(decoder), options);
  };
  switch (method) {
    case kMethodDeflated:
      return TRY(MemberInflate::Open(packed, size, strict_end));
    case kMethodBzip2:
      return one(Codec::kBzip2);
    case kMethodLzma:
      return UnpackLzma(packed, size, options);
    case kMethodZstd:
      return one(Codec::kZstd);
    case kMethodXz:
      return one(Codec::kXz);
    default:
      return Fail(ErrorCode::kUnsupported, "compression method " + std::to_string(method));
  }
}

}  // namespace counterscan::container

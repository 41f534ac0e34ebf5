#include "scanner/container/seven_zip_memory.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/limits.h"
#include "scanner/container/decoder.h"

namespace counterscan::container {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kFirstHeader = 32;
constexpr std::uint64_t kMaxHeader = 32 * kMiB;
constexpr std::uint64_t kMaxFolders = 100'000;
constexpr std::uint64_t kMaxCoders = 8;
// Packed headers inside packed headers: 7-Zip writes one.
constexpr int kMaxPackedHeaders = 4;

// Property ids.
constexpr std::uint64_t kEnd = 0x00;
constexpr std::uint64_t kHeader = 0x01;
constexpr std::uint64_t kArchiveProperties = 0x02;
constexpr std::uint64_t kAdditionalStreams = 0x03;
constexpr std::uint64_t kMainStreams = 0x04;
constexpr std::uint64_t kPackInfo = 0x06;
constexpr std::uint64_t kUnpackInfo = 0x07;
constexpr std::uint64_t kSize = 0x09;
constexpr std::uint64_t kCrc = 0x0a;
constexpr std::uint64_t kFolder = 0x0b;
constexpr std::uint64_t kCodersUnpackSize = 0x0c;
constexpr std::uint64_t kEncodedHeader = 0x17;

tl::unexpected<Error> Malformed() { return Fail(ErrorCode::kMalformed, "7z header is broken"); }

// As many leading ones in the first byte as bytes follow; its other bits are the highest.
Result<std::uint64_t> Number(ByteReader& reader) {
  const auto first = TRY(reader.LittleEndian<std::uint8_t>());
  std::uint64_t value = 0;
  unsigned mask = 0x80;
  for (unsigned i = 0; i < 8; ++i, mask >>= 1) {
    if ((first & mask) == 0) return value | (std::uint64_t{first & (mask - 1)} << (8 * i));
    value |= std::uint64_t{TRY(reader.LittleEndian<std::uint8_t>())} << (8 * i);
  }
  return value;
}

struct Coder {
  std::string_view id;
  std::span<const std::byte> properties;
  std::uint64_t streams = 1;  // that come out of it
  std::uint64_t unpacked = 0;
};

struct Folder {
  std::vector<Coder> coders;
};

struct Streams {
  std::uint64_t packed_at = 0;
  std::vector<std::uint64_t> packed_sizes;
  std::vector<Folder> folders;
};

Result<void> SkipDigests(ByteReader& reader, std::uint64_t count) {
  std::uint64_t defined = count;
  if (TRY(reader.LittleEndian<std::uint8_t>()) == 0) {
    defined = 0;
    for (const std::byte bits : TRY(reader.Bytes((count + 7) / 8))) {
      defined += static_cast<std::uint64_t>(__builtin_popcount(static_cast<unsigned>(bits)));
    }
  }
  TRY(reader.Skip(4 * defined));
  return {};
}

Result<Folder> ReadFolder(ByteReader& reader) {
  Folder folder;
  const std::uint64_t count = TRY(Number(reader));
  if (count == 0 || count > kMaxCoders) return Malformed();
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto flags = TRY(reader.LittleEndian<std::uint8_t>());
    Coder coder;
    coder.id = AsText(TRY(reader.Bytes(flags & 0x0fU)));
    std::uint64_t streams_in = 1;
    if ((flags & 0x10) != 0) {
      streams_in = TRY(Number(reader));
      coder.streams = TRY(Number(reader));
      if (streams_in > kMaxCoders || coder.streams > kMaxCoders) return Malformed();
    }
    if ((flags & 0x20) != 0) {
      const std::uint64_t bytes = TRY(Number(reader));
      coder.properties = TRY(reader.Bytes(bytes));
    }
    in += streams_in;
    out += coder.streams;
    folder.coders.push_back(coder);
  }
  if (out == 0 || in < out - 1) return Malformed();
  const std::uint64_t bound = out - 1;
  for (std::uint64_t i = 0; i < 2 * bound; ++i) TRY(Number(reader));
  const std::uint64_t packed = in - bound;
  for (std::uint64_t i = 0; packed > 1 && i < packed; ++i) TRY(Number(reader));
  return folder;
}

Result<void> ReadPackInfo(ByteReader& reader, Streams& streams) {
  streams.packed_at = TRY(Number(reader));
  const std::uint64_t count = TRY(Number(reader));
  if (count > kMaxFolders) return Malformed();
  for (;;) {
    const std::uint64_t id = TRY(Number(reader));
    if (id == kEnd) return {};
    if (id == kSize) {
      for (std::uint64_t i = 0; i < count; ++i) streams.packed_sizes.push_back(TRY(Number(reader)));
    } else if (id == kCrc) {
      TRY(SkipDigests(reader, count));
    } else {
      return Malformed();
    }
  }
}

Result<void> ReadUnpackInfo(ByteReader& reader, Streams& streams) {
  if (TRY(Number(reader)) != kFolder) return Malformed();
  const std::uint64_t count = TRY(Number(reader));
  if (count > kMaxFolders || TRY(reader.LittleEndian<std::uint8_t>()) != 0) return Malformed();
  for (std::uint64_t i = 0; i < count; ++i) streams.folders.push_back(TRY(ReadFolder(reader)));
  if (TRY(Number(reader)) != kCodersUnpackSize) return Malformed();
  for (Folder& folder : streams.folders) {
    for (Coder& coder : folder.coders) {
      for (std::uint64_t i = 0; i < coder.streams; ++i) {
        coder.unpacked = std::max(coder.unpacked, TRY(Number(reader)));
      }
    }
  }
  return {};
}

// As far as the folders: of what comes behind nothing is asked.
Result<Streams> ReadStreams(ByteReader& reader) {
  Streams streams;
  for (;;) {
    const std::uint64_t id = TRY(Number(reader));
    if (id == kEnd) return streams;
    if (id == kPackInfo) {
      TRY(ReadPackInfo(reader, streams));
    } else if (id == kUnpackInfo) {
      TRY(ReadUnpackInfo(reader, streams));
      return streams;
    } else {
      return Malformed();
    }
  }
}

// What one coder holds of what it has unpacked.
std::uint64_t DictionaryOf(const Coder& coder) {
  constexpr std::size_t kLzmaProperties = 5;
  std::uint64_t dictionary = 0;
  const bool lzma = coder.id == "\x03\x01\x01"sv;
  const bool ppmd = coder.id == "\x03\x04\x01"sv;
  if ((lzma || ppmd) && coder.properties.size() >= kLzmaProperties) {
    ByteReader reader(coder.properties.subspan(1));
    dictionary = reader.LittleEndian<std::uint32_t>().value();
  } else if (coder.id == "\x21"sv && !coder.properties.empty()) {
    const auto bits = static_cast<unsigned>(coder.properties[0]);
    dictionary = bits >= 40 ? 0xffffffffULL : (2ULL | (bits & 1U)) << (bits / 2 + 11);
  }
  // PPMd's model grows with what it reads, several bytes for each.
  return ppmd ? dictionary : std::min(dictionary, coder.unpacked);
}

// Unpacks a header that one LZMA stream holds, as 7-Zip writes it.
Result<std::vector<std::byte>> UnpackHeader(const ByteSource& source, const Streams& streams,
                                            std::uint64_t memory) {
  if (streams.folders.size() != 1 || streams.folders[0].coders.size() != 1 ||
      streams.packed_sizes.empty()) {
    return Malformed();
  }
  const Coder& coder = streams.folders[0].coders[0];
  const std::uint64_t packed_size = streams.packed_sizes[0];
  if (coder.id != "\x03\x01\x01"sv || coder.unpacked > kMaxHeader || packed_size > kMaxHeader ||
      source.size() < kFirstHeader || streams.packed_at > source.size() - kFirstHeader) {
    return Malformed();
  }
  const SliceSource slice(source, kFirstHeader + streams.packed_at, packed_size);
  std::vector<std::byte> packed(static_cast<std::size_t>(slice.size()));
  if (!ReadExactly(slice, 0, packed)) return Malformed();
  const auto decoder = TRY(
      NewZipLzmaDecoder(coder.properties, packed.size(), coder.unpacked, {.memory_bytes = memory}));
  std::vector<std::byte> header(static_cast<std::size_t>(coder.unpacked));
  std::span<const std::byte> in = packed;
  std::span<std::byte> out = header;
  while (!out.empty()) {
    const Decoder::Step step = decoder->Decode(in, out);
    if (step.error) return tl::make_unexpected(*step.error);
    in = in.subspan(step.consumed);
    out = out.subspan(step.produced);
    if (step.ended || (step.consumed == 0 && step.produced == 0)) break;
  }
  if (!out.empty()) return Malformed();
  return header;
}

Result<std::uint64_t> Memory(const ByteSource& source, std::uint64_t memory) {
  std::vector<std::byte> start(kFirstHeader);
  if (!ReadExactly(source, 0, start)) return Malformed();
  ByteReader first(start);
  TRY(first.Skip(12));
  const auto next_offset = TRY(first.LittleEndian<std::uint64_t>());
  const auto next_size = TRY(first.LittleEndian<std::uint64_t>());
  const std::uint64_t left = source.size() - kFirstHeader;
  if (next_size > kMaxHeader || next_offset > left || next_size > left - next_offset) {
    return Malformed();
  }
  std::vector<std::byte> header(static_cast<std::size_t>(next_size));
  if (!ReadExactly(source, kFirstHeader + next_offset, header)) return Malformed();
  std::uint64_t most = 0;
  for (int i = 0; i < kMaxPackedHeaders; ++i) {
    ByteReader reader(header);
    std::uint64_t id = TRY(Number(reader));
    const bool packed = id == kEncodedHeader;
    if (!packed) {
      if (id != kHeader) return Malformed();
      id = TRY(Number(reader));
      if (id == kEnd) return most;
      // Nobody writes these.
      if (id == kArchiveProperties || id == kAdditionalStreams) return Malformed();
      if (id != kMainStreams) return most;
    }
    const Streams streams = TRY(ReadStreams(reader));
    for (const Folder& folder : streams.folders) {
      for (const Coder& coder : folder.coders) most = std::max(most, DictionaryOf(coder));
    }
    if (!packed) return most;
    header = TRY(UnpackHeader(source, streams, memory));
  }
  return Malformed();
}

}  // namespace

std::optional<std::uint64_t> SevenZipMemory(const ByteSource& source, std::uint64_t memory) {
  const auto most = Memory(source, memory);
  return most ? std::optional(*most) : std::nullopt;
}

}  // namespace counterscan::container

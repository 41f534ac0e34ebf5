#include "scanner/container/stream_framing.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/detect/stream_header.h"

namespace counterscan::container {
namespace {

using namespace std::string_view_literals;

// Frames in a row that nobody reads: more than any writer makes.
constexpr std::size_t kMaxSkippable = 100'000;
constexpr std::size_t kPaddingStep = 4096;

struct Head {
  std::array<std::byte, detect::kStreamHeaderBytes> bytes{};
  std::size_t size = 0;

  std::span<const std::byte> span() const { return std::span(bytes).first(size); }
  std::string_view text() const { return AsText(span()); }
};

Head HeadAt(const ByteSource& packed, std::uint64_t offset) {
  Head head;
  const auto got = packed.ReadAt(offset, head.bytes);
  head.size = got ? *got : 0;
  return head;
}

std::uint32_t WordAt(std::string_view text, std::size_t offset) {
  if (text.size() < offset + sizeof(std::uint32_t)) return 0;
  return *ByteReader(AsBytes(text.substr(offset))).LittleEndian<std::uint32_t>();
}

// The first byte from `offset` on that is not zero.
std::uint64_t SkipZeros(const ByteSource& packed, std::uint64_t offset) {
  std::array<std::byte, kPaddingStep> bytes;
  while (true) {
    const auto got = packed.ReadAt(offset, bytes);
    if (!got || *got == 0) return offset;
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(*got);
    const auto found =
        std::find_if(bytes.begin(), end, [](std::byte item) { return item != std::byte{0}; });
    offset += static_cast<std::uint64_t>(found - bytes.begin());
    if (found != end) return offset;
  }
}

bool IsXzFamily(const Head& head) {
  const std::string_view text = head.text();
  return text.starts_with("\xfd\x37zXZ\0"sv) || text.starts_with("LZIP"sv) ||
         detect::IsLzmaHeader(head.span());
}

// RFC 1952 2.3.1: which fields the header of a gzip member has, and how far it goes. What is in
// them is given back by gunzip, or thrown away.
void NoteGzipFields(const ByteSource& packed, std::uint64_t offset, std::vector<Range>& skipped) {
  constexpr unsigned kHasExtra = 4;
  constexpr unsigned kHasName = 8;
  constexpr unsigned kHasComment = 16;
  // bgzip keeps the size of each block in an extra field of six bytes.
  constexpr std::uint64_t kBlockSizeField = 6;
  // File names are no longer than this; of a comment no writer is known.
  constexpr std::uint64_t kLongestName = 255;
  constexpr std::uint64_t kFixedHeader = 10;
  const Head head = HeadAt(packed, offset);
  if (head.size < kFixedHeader) return;
  const auto flags = static_cast<unsigned>(head.bytes[3]);
  std::uint64_t at = offset + kFixedHeader;
  if ((flags & kHasExtra) != 0) {
    std::array<std::byte, 2> length{};
    if (!ReadExactly(packed, at, length)) return;
    const std::uint64_t bytes = *ByteReader(length).LittleEndian<std::uint16_t>();
    at += length.size();
    if (bytes > kBlockSizeField) skipped.push_back({at, std::min(at + bytes, packed.size())});
    at += bytes;
  }
  for (const unsigned field : {kHasName, kHasComment}) {
    if ((flags & field) == 0) continue;
    const std::uint64_t first = at;
    std::array<std::byte, kPaddingStep> bytes;
    bool ended = false;
    while (!ended) {
      const auto got = packed.ReadAt(at, bytes);
      if (!got || *got == 0) break;
      const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(*got);
      const auto zero = std::find(bytes.begin(), end, std::byte{0});
      ended = zero != end;
      at += static_cast<std::uint64_t>(zero - bytes.begin());
    }
    if (at - first > kLongestName) skipped.push_back({first, at});
    ++at;
  }
}

std::optional<StreamStart> FindFrame(const ByteSource& packed, std::uint64_t offset,
                                     std::vector<Range>& skipped) {
  constexpr std::uint64_t kSkippableHeader = 8;
  for (std::size_t frames = 0; frames < kMaxSkippable; ++frames) {
    const Head head = HeadAt(packed, offset);
    const std::string_view text = head.text();
    if (text.starts_with("\x28\xb5\x2f\xfd"sv)) return StreamStart{offset, Codec::kZstd};
    if (text.starts_with("\x04\x22\x4d\x18"sv)) return StreamStart{offset, Codec::kLz4};
    if (text.starts_with("\x02\x21\x4c\x18"sv)) return StreamStart{offset, Codec::kLz4Legacy};
    if (!detect::IsSkippableFrame(head.span())) break;
    const std::uint64_t first = offset + kSkippableHeader;
    const std::uint64_t size = std::min<std::uint64_t>(WordAt(text, 4), packed.size() - first);
    skipped.push_back({first, first + size});
    offset = first + size;
  }
  return std::nullopt;
}

}  // namespace

StreamFamily FamilyOf(Codec codec) {
  switch (codec) {
    case Codec::kZlib:
      return StreamFamily::kZlib;
    case Codec::kGzip:
      return StreamFamily::kGzip;
    case Codec::kBzip2:
      return StreamFamily::kBzip2;
    case Codec::kXz:
      return StreamFamily::kXz;
    case Codec::kZstd:
    case Codec::kLz4:
    case Codec::kLz4Legacy:
      break;
  }
  return StreamFamily::kFrames;
}

std::optional<StreamStart> FindStream(const ByteSource& packed, StreamFamily family,
                                      std::uint64_t offset, bool first,
                                      std::vector<Range>& skipped) {
  switch (family) {
    case StreamFamily::kZlib:
      if (!detect::IsZlibHeader(HeadAt(packed, offset).span())) return std::nullopt;
      return StreamStart{offset, Codec::kZlib};
    case StreamFamily::kGzip: {
      // Python's gzip passes over zeros between members, as tapes leave them.
      const std::uint64_t start = first ? offset : SkipZeros(packed, offset);
      if (!HeadAt(packed, start).text().starts_with("\x1f\x8b")) return std::nullopt;
      NoteGzipFields(packed, start, skipped);
      return StreamStart{start, Codec::kGzip};
    }
    case StreamFamily::kBzip2:
      if (!detect::IsBzip2Header(HeadAt(packed, offset).span())) return std::nullopt;
      return StreamStart{offset, Codec::kBzip2};
    case StreamFamily::kXz: {
      // The .xz File Format 2.2: "Stream Padding" is zeros, four by four.
      const std::uint64_t start = first ? offset : SkipZeros(packed, offset);
      if (!IsXzFamily(HeadAt(packed, start))) return std::nullopt;
      return StreamStart{start, Codec::kXz};
    }
    case StreamFamily::kFrames:
      return FindFrame(packed, offset, skipped);
  }
  return std::nullopt;
}

}  // namespace counterscan::container

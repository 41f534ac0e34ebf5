#include "scanner/container/rar_blocks.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::container {
namespace {

constexpr std::string_view kSignature4("Rar!\x1a\x07\0", 7);
constexpr std::string_view kSignature5("Rar!\x1a\x07\x01\0", 8);

// Twice as many as the members of a file.
constexpr int kMaxBlocks = 200'000;
// Longer ones are allowed in version 5 (2 MiB); what no honest header has is no header here.
constexpr std::uint64_t kMaxHeader = 128 * 1024;
// Of a header, bytes that are no fields we know: times, owners, hashes take less.
constexpr std::uint64_t kKnownExtra = 1024;
constexpr std::size_t kMaxUnread = 10'000;
// What packing may add to bytes that it cannot make smaller, and encryption to the last block.
constexpr std::uint64_t kPackingOverhead = 1024;
constexpr std::uint64_t kCipherBlock = 16;

// A variable-length number of version 5: seven bits a byte, the low ones first.
std::optional<std::uint64_t> Variable(ByteReader& reader) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = reader.LittleEndian<std::uint8_t>();
    if (!byte) return std::nullopt;
    const std::uint64_t bits = *byte & 0x7fU;
    if (shift == 63 && bits > 1) return std::nullopt;
    value |= bits << shift;
    if ((*byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

std::uint32_t Crc(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// What one header says.
struct Block {
  std::uint64_t header_end = 0;
  std::uint64_t data_bytes = 0;
  bool is_end = false;
  bool hides_the_rest = false;  // all that follows is encrypted
  bool is_file = false;
  bool is_split = false;
  // Data of a file that are read, at most; all of a block that is no file's are not.
  std::uint64_t file_bytes = 0;
  std::uint64_t odd_header_bytes = 0;  // at the end of the header
  bool is_quick_open = false;
};

std::uint64_t PackedAtMost(std::uint64_t unpacked, bool stored) {
  const std::uint64_t overhead = stored ? kCipherBlock : kPackingOverhead + unpacked / 8;
  return unpacked > ~std::uint64_t{0} - overhead ? unpacked : unpacked + overhead;
}

class BlockReader {
 public:
  BlockReader(const ByteSource& source, bool version5) : source_(source), version5_(version5) {}

  // nullopt when there is no whole header, or one with a wrong checksum.
  std::optional<Block> At(std::uint64_t offset) { return version5_ ? At5(offset) : At4(offset); }

 private:
  // Fails also where the source ends before.
  bool Read(std::uint64_t offset, std::uint64_t size) {
    if (size > kMaxHeader || offset > source_.size() || size > source_.size() - offset) {
      return false;
    }
    header_.resize(static_cast<std::size_t>(size));
    return ReadExactly(source_, offset, header_).has_value();
  }

  std::optional<Block> At4(std::uint64_t offset);
  std::optional<Block> At5(std::uint64_t offset);

  const ByteSource& source_;
  bool version5_;
  std::vector<std::byte> header_;
};

// RAR 4.x technote: HEAD_CRC 2, HEAD_TYPE 1, HEAD_FLAGS 2, HEAD_SIZE 2, then ADD_SIZE 4 where bit
// 0x8000 is set.
std::optional<Block> BlockReader::At4(std::uint64_t offset) {
  constexpr std::uint8_t kMain = 0x73, kFile = 0x74, kService = 0x7a, kEnd = 0x7b;
  constexpr std::size_t kBase = 7, kMainSize = 13, kFileSize = 32;
  if (!Read(offset, kBase)) return std::nullopt;
  const auto type = LittleEndianAt<std::uint8_t>(header_, 2);
  const auto flags = LittleEndianAt<std::uint16_t>(header_, 3);
  const auto size = LittleEndianAt<std::uint16_t>(header_, 5);
  if (size < kBase || !Read(offset, size)) return std::nullopt;
  const auto has = [&](unsigned bits) { return (flags & bits) != 0; };
  Block block;
  block.header_end = offset + size;
  block.is_end = type == kEnd;
  if (type == kFile || type == kService) {
    const bool large = has(0x100);
    const std::size_t fields = kFileSize + (large ? 8 : 0);
    if (size < fields) return std::nullopt;
    block.data_bytes = LittleEndianAt<std::uint32_t>(header_, 7);
    std::uint64_t unpacked = LittleEndianAt<std::uint32_t>(header_, 11);
    if (large) {
      block.data_bytes |= std::uint64_t{LittleEndianAt<std::uint32_t>(header_, 32)} << 32;
      unpacked |= std::uint64_t{LittleEndianAt<std::uint32_t>(header_, 36)} << 32;
    }
    const auto name_bytes = LittleEndianAt<std::uint16_t>(header_, 26);
    const bool stored = LittleEndianAt<std::uint8_t>(header_, 25) == 0x30;
    block.is_file = type == kFile;
    block.is_split = has(0x3);
    const bool folder = (flags & 0xe0) == 0xe0;
    if (block.is_file && !folder) block.file_bytes = PackedAtMost(unpacked, stored);
    const std::uint64_t known = fields + name_bytes + kKnownExtra;
    // A comment of old versions stands in the header, behind what its checksum is of.
    const bool comment = has(0x8);
    if (comment || size > known) {
      block.odd_header_bytes = size - std::min<std::uint64_t>(size, fields + name_bytes);
    }
    if (comment) return block;
  } else {
    if (has(0x8000)) {
      if (size < kBase + 4) return std::nullopt;
      block.data_bytes = LittleEndianAt<std::uint32_t>(header_, kBase);
    }
    if (type == kMain) {
      block.hides_the_rest = has(0x80);
      if (size > kMainSize) block.odd_header_bytes = size - kMainSize;
      if (has(0x2)) return block;
    } else if (size > kKnownExtra) {
      block.odd_header_bytes = size - kBase;
    }
  }
  const auto checksum = LittleEndianAt<std::uint16_t>(header_, 0);
  if ((Crc(std::span(header_).subspan(2)) & 0xffff) != checksum) return std::nullopt;
  return block;
}

// RAR 5.0 archive format, "General archive block format": CRC-32, header size, header type, header
// flags, size of the extra area, size of the data.
std::optional<Block> BlockReader::At5(std::uint64_t offset) {
  constexpr std::uint64_t kMain = 1, kFile = 2, kService = 3, kEncryption = 4, kEnd = 5;
  constexpr std::uint64_t kChecksumBytes = 4, kLongestSize = 3;
  if (!Read(offset, std::min(kChecksumBytes + kLongestSize, source_.size() - offset))) {
    return std::nullopt;
  }
  ByteReader start(header_);
  const auto checksum = start.LittleEndian<std::uint32_t>();
  const auto size = checksum ? Variable(start) : std::nullopt;
  if (!size || *size == 0 || *size > kMaxHeader) return std::nullopt;
  const std::uint64_t header_begin = start.offset();
  if (!Read(offset, header_begin + *size)) return std::nullopt;
  if (Crc(std::span(header_).subspan(kChecksumBytes)) != *checksum) return std::nullopt;
  Block block;
  block.header_end = offset + header_.size();
  ByteReader reader(
      std::span<const std::byte>(header_).subspan(static_cast<std::size_t>(header_begin)));
  const auto type = Variable(reader);
  const auto flags = type ? Variable(reader) : std::nullopt;
  if (!flags) return std::nullopt;
  std::uint64_t extra_bytes = 0;
  if ((*flags & 1) != 0) {
    const auto declared = Variable(reader);
    if (!declared || *declared > reader.remaining()) return std::nullopt;
    extra_bytes = *declared;
  }
  if ((*flags & 2) != 0) {
    const auto declared = Variable(reader);
    if (!declared) return std::nullopt;
    block.data_bytes = *declared;
  }
  block.is_end = *type == kEnd;
  block.hides_the_rest = *type == kEncryption;
  block.is_split = (*flags & 0x18) != 0;
  if (*type == kFile || *type == kService) {
    // File flags, unpacked size, attributes, time, checksum, compression, system, name.
    const auto file_flags = Variable(reader);
    const auto unpacked = file_flags ? Variable(reader) : std::nullopt;
    if (!unpacked || !Variable(reader)) return std::nullopt;
    if ((*file_flags & 2) != 0 && !reader.Skip(4)) return std::nullopt;
    if ((*file_flags & 4) != 0 && !reader.Skip(4)) return std::nullopt;
    const auto compression = Variable(reader);
    const auto system = compression ? Variable(reader) : std::nullopt;
    const auto name_bytes = system ? Variable(reader) : std::nullopt;
    const auto name = name_bytes ? reader.Text(*name_bytes) : Fail(ErrorCode::kTruncated, "");
    if (!name) return std::nullopt;
    const bool stored = (*compression >> 7 & 7) == 0;
    const bool size_known = (*file_flags & 8) == 0;
    block.is_file = *type == kFile;
    const bool folder = (*file_flags & 1) != 0;
    if (block.is_file && !folder) {
      block.file_bytes = size_known ? PackedAtMost(*unpacked, stored) : block.data_bytes;
    }
    block.is_quick_open = *type == kService && *name == "QO";
  }
  if (*type > kEnd || *type < kMain) {
    block.odd_header_bytes = reader.remaining();
  } else if (reader.remaining() > kKnownExtra || extra_bytes > kKnownExtra) {
    block.odd_header_bytes = std::max(reader.remaining(), extra_bytes);
  }
  return block;
}

// Quick-open data repeat headers of the archive, so that lists of files are found fast: for each a
// checksum, a size, flags, how far before this block the header stands, its size, its bytes.
bool RepeatsHeaders(const ByteSource& source, std::uint64_t block, const Range& data) {
  constexpr std::uint64_t kMostBytes = 4 * 1024 * 1024;
  if (data.size() > kMostBytes) return false;
  std::vector<std::byte> bytes(static_cast<std::size_t>(data.size()));
  if (!ReadExactly(source, data.first, bytes)) return false;
  ByteReader reader(bytes);
  std::vector<std::byte> original;
  while (reader.remaining() > 0) {
    const auto checksum = reader.LittleEndian<std::uint32_t>();
    const std::uint64_t summed = reader.offset();
    const auto size = checksum ? Variable(reader) : std::nullopt;
    const std::uint64_t begin = reader.offset();
    const auto flags = size ? Variable(reader) : std::nullopt;
    const auto back = flags ? Variable(reader) : std::nullopt;
    const auto header_bytes = back ? Variable(reader) : std::nullopt;
    if (!header_bytes || *flags != 0 || *back > block || *header_bytes > reader.remaining()) {
      return false;
    }
    const auto copy = *reader.Bytes(*header_bytes);
    if (reader.offset() - begin != *size) return false;
    const auto entry = std::span(bytes).subspan(static_cast<std::size_t>(summed),
                                                static_cast<std::size_t>(reader.offset() - summed));
    if (Crc(entry) != *checksum) return false;
    original.resize(copy.size());
    if (!ReadExactly(source, block - *back, original) || !std::ranges::equal(original, copy)) {
      return false;
    }
  }
  return true;
}

}  // namespace

RarBlocks ReadRarBlocks(const ByteSource& source) {
  RarBlocks blocks;
  std::array<std::byte, kSignature5.size()> signature{};
  const auto got = source.ReadAt(0, signature);
  const std::string_view start = AsText(signature).substr(0, got ? *got : 0);
  const bool version5 = start == kSignature5;
  if (!version5 && !start.starts_with(kSignature4)) {
    blocks.problem = "no signature of a rar archive";
    return blocks;
  }
  blocks.end = version5 ? kSignature5.size() : kSignature4.size();
  const auto unread = [&](std::uint64_t first, std::uint64_t last) {
    if (first >= last) return;
    if (!blocks.unread.empty() && blocks.unread.back().last == first) {
      blocks.unread.back().last = last;
    } else {
      blocks.unread.push_back({first, last});
    }
  };
  BlockReader reader(source, version5);
  for (int count = 0; count < kMaxBlocks && blocks.unread.size() < kMaxUnread; ++count) {
    const std::uint64_t begin = blocks.end;
    const auto block = reader.At(begin);
    if (!block) {
      blocks.problem = begin == source.size() ? "no block ends the archive" : "a header is broken";
      return blocks;
    }
    unread(block->header_end - block->odd_header_bytes, block->header_end);
    if (block->hides_the_rest) {
      blocks.encrypted = true;
      blocks.problem = "the headers are encrypted";
      return blocks;
    }
    if (block->data_bytes > source.size() - block->header_end) {
      blocks.problem = "a block is longer than the archive";
      return blocks;
    }
    const Range data{block->header_end, block->header_end + block->data_bytes};
    if (block->is_file) {
      ++blocks.files;
      if (block->is_split) ++blocks.split_files;
      if (data.size() > block->file_bytes) unread(data.first + block->file_bytes, data.last);
    } else if (!block->is_quick_open || !RepeatsHeaders(source, begin, data)) {
      unread(data.first, data.last);
    }
    blocks.end = data.last;
    if (block->is_end) return blocks;
  }
  blocks.problem = "too many blocks";
  return blocks;
}

}  // namespace counterscan::container

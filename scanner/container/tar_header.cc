#include "scanner/container/tar_header.h"

#include <algorithm>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::container {
namespace {

// Offsets and lengths of the fields (POSIX.1-1988 10.1.1; GNU tar.h oldgnu_header).
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kSize{124, 12};
// Every number of a header but its size: mode, owner, group, time, checksum, device.
constexpr Field kOtherNumbers[] = {{100, 8}, {108, 8}, {116, 8}, {136, 12},
                                   {148, 8}, {329, 8}, {337, 8}};
constexpr std::size_t kTypeAt = 156;
constexpr Field kLink{157, 100};
constexpr Field kMagic{257, 8};
constexpr Field kPrefix{345, 155};
constexpr std::size_t kPiecesAt = 386;
constexpr std::size_t kPiecesInHeader = 4;
constexpr std::size_t kContinuesAt = 482;
constexpr Field kRealSize{483, 12};
constexpr std::size_t kPiecesInBlock = 21;
constexpr std::size_t kBlockContinuesAt = 504;
constexpr std::size_t kNumberBytes = 12;

std::span<const std::byte> In(const TarBlock& block, Field field) {
  return std::span(block).subspan(field.offset, field.size);
}

// Up to the first NUL.
std::string_view Text(std::span<const std::byte> field) {
  const std::string_view text = AsText(field);
  return text.substr(0, text.find('\0'));
}

void ReadPieces(std::span<const std::byte> fields, std::size_t count, bool in_header,
                TarHeader& header) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<const std::byte> entry = fields.subspan(2 * i * kNumberBytes);
    const detect::TarNumber offset = detect::ReadTarNumber(entry.first(kNumberBytes));
    const detect::TarNumber size = detect::ReadTarNumber(entry.subspan(kNumberBytes, kNumberBytes));
    if (offset.refused || size.refused) header.refused = true;
    // tarfile.py, _proc_sparse(): `if offset and numbytes`; frombuf() takes all.
    const bool none = offset.value() == 0 || size.value() == 0;
    if (none && !in_header && size.value() == 0) continue;
    header.pieces.push_back({offset.value(), size.value(), none && !in_header});
  }
}

}  // namespace

bool TarHeader::is_extension() const {
  switch (kind()) {
    case TarType::kLongName:
    case TarType::kLongLink:
    case TarType::kPax:
    case TarType::kPaxGlobal:
    case TarType::kPaxSolaris:
      return true;
    default:
      return false;
  }
}

bool TarHeader::is_sizeless() const { return type >= '1' && type <= '6'; }

std::optional<TarHeader> ReadTarHeader(const TarBlock& block) {
  if (!detect::HasTarChecksum(block)) return std::nullopt;
  TarHeader header;
  header.name = Text(In(block, kName));
  header.link = Text(In(block, kLink));
  header.type = static_cast<char>(block[kTypeAt]);
  header.size = detect::ReadTarNumber(In(block, kSize));
  header.refused = header.size.refused || !detect::TarfileTakesChecksum(block) ||
                   std::ranges::any_of(kOtherNumbers, [&](const Field& field) {
                     return detect::ReadTarNumber(In(block, field)).refused;
                   });
  const bool gnu_type = header.kind() == TarType::kLongName ||
                        header.kind() == TarType::kLongLink || header.kind() == TarType::kSparse;
  const std::string_view prefix = Text(In(block, kPrefix));
  if (!prefix.empty() && !gnu_type) {
    header.name = std::string(prefix) + "/" + header.name;
    header.prefix_unclear = !AsText(In(block, kMagic)).starts_with(std::string_view("ustar\0", 6));
  }
  if (header.kind() == TarType::kOldFile && header.name.ends_with('/')) {
    header.type = static_cast<char>(TarType::kFolder);
  }
  if (header.kind() == TarType::kSparse) {
    ReadPieces(std::span(block).subspan(kPiecesAt), kPiecesInHeader, true, header);
    header.pieces_continue = block[kContinuesAt] != std::byte{0};
    const detect::TarNumber real_size = detect::ReadTarNumber(In(block, kRealSize));
    header.refused = header.refused || real_size.refused;
    header.real_size = real_size.value();
  }
  return header;
}

void ReadMorePieces(const TarBlock& block, TarHeader& header) {
  ReadPieces(std::span(block), kPiecesInBlock, false, header);
  header.pieces_continue = block[kBlockContinuesAt] != std::byte{0};
}

bool IsZeroBlock(const TarBlock& block) {
  return std::ranges::all_of(block, [](std::byte item) { return item == std::byte{0}; });
}

}  // namespace counterscan::container

#include "scanner/container/zip_archive.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "scanner/base/text.h"

namespace counterscan::container {
namespace {

// Longest name in a message; the member it belongs to is named in full beside it.
constexpr std::size_t kShownName = 80;
// Enough for most local headers with name and padding, so that one read does.
constexpr std::uint64_t kUsualHeaderBytes = 512;

constexpr std::uint8_t kHostUnix = 3;
constexpr std::uint32_t kFileTypeMask = 0170000;
constexpr std::uint32_t kSymlink = 0120000;

// What in the two records of a member makes readers see different members; "" when nothing does.
std::string Disagreement(const MemberHeader& central, const MemberHeader& local) {
  if (central.repeated_zip64 || local.repeated_zip64) return "it has more than one zip64 field";
  if (central.name != local.name) {
    return "the member's own header calls it " + Printable(local.name, kShownName);
  }
  if (central.method != local.method) {
    return "method " + std::to_string(central.method) + " in the directory, " +
           std::to_string(local.method) + " in its own header";
  }
  if (((central.flags ^ local.flags) & kFlagsEncrypted) != 0) {
    return "encrypted in one record, not in the other";
  }
  // 4.4.4: with bit 3 the local sizes and checksum are zero and stand behind the data.
  if ((local.flags & kFlagDescriptor) != 0 && local.size == 0 && local.compressed_size == 0) {
    return "";
  }
  constexpr std::uint64_t kUnset = 0xffffffff;
  const bool unset = (local.flags & kFlagDescriptor) != 0 && local.size == kUnset;
  if (!unset && (central.size != local.size || central.compressed_size != local.compressed_size)) {
    return std::to_string(central.size) + " bytes in the directory, " + std::to_string(local.size) +
           " in its own header";
  }
  if ((local.flags & kFlagDescriptor) == 0 && central.crc != local.crc) {
    return "another checksum in its own header";
  }
  return "";
}

}  // namespace

std::string ShownName(const std::string& name) {
  constexpr std::size_t kLongestShown = 256;
  return name.substr(0, kLongestShown);
}

Result<LocalHeader> LocalHeaderAt(const ByteSource& source, std::uint64_t offset) {
  if (offset >= source.size()) {
    return Fail(ErrorCode::kTruncated, "its header lies behind the end of the archive", offset);
  }
  Excerpt bytes = TRY(Excerpt::Read(source, offset, kUsualHeaderBytes));
  if (bytes.size() < kLocalHeaderBytes) {
    return Fail(ErrorCode::kTruncated, "its header is cut", offset);
  }
  const auto size = LocalRecordSize(bytes);
  if (!size) return Fail(ErrorCode::kMalformed, "no member header where the entry says", offset);
  if (*size > bytes.size()) {
    bytes = TRY(Excerpt::Read(source, offset, *size));
    if (bytes.size() < *size) return Fail(ErrorCode::kTruncated, "its header is cut", offset);
  }
  ByteReader reader(bytes);
  return ReadLocalHeader(reader);
}

bool SizesFollow(const MemberHeader& local) {
  constexpr std::uint64_t kSaturated = 0xffffffff;
  return (local.flags & kFlagDescriptor) != 0 &&
         ((local.size == 0 && local.compressed_size == 0) || local.compressed_size == kSaturated);
}

bool IsZeroPadding(const ByteSource& source, const Range& range) {
  constexpr std::uint64_t kPaddingBytes = 64 * 1024;
  if (range.size() > kPaddingBytes) return false;
  const auto piece = Excerpt::Read(source, range.first, range.size());
  return piece && piece->size() == range.size() &&
         std::ranges::all_of(piece->bytes(), [](std::byte b) { return b == std::byte{0}; });
}

std::uint64_t DescriptorBytes(const ByteSource& source, std::uint64_t offset,
                              const MemberHeader& member) {
  std::array<std::byte, 24> bytes{};
  const auto got = source.ReadAt(offset, bytes);
  if (!got) return 0;
  const auto have = std::span<const std::byte>(bytes).first(*got);
  // 4.3.9.3: the signature is optional. Sizes have 8 bytes in zip64 archives, else 4.
  const auto matches = [&](std::size_t skip, bool wide) {
    ByteReader fields(have);
    if (!fields.Skip(skip) || fields.remaining() < (wide ? 20U : 12U)) return false;
    const auto crc = *fields.LittleEndian<std::uint32_t>();
    const auto read_size = [&]() -> std::uint64_t {
      return wide ? *fields.LittleEndian<std::uint64_t>() : *fields.LittleEndian<std::uint32_t>();
    };
    const std::uint64_t compressed = read_size();
    const std::uint64_t size = read_size();
    return crc == member.crc && compressed == member.compressed_size && size == member.size;
  };
  ByteReader reader(have);
  const auto first = reader.LittleEndian<std::uint32_t>();
  const bool marked = first && *first == kDescriptorSignature;
  if (marked && matches(4, true)) return 24;
  if (marked && matches(4, false)) return 16;
  if (matches(0, true)) return 20;
  if (matches(0, false)) return 12;
  return 0;
}

void ZipArchive::Locate(const ByteSource& source, ZipMember& member) {
  auto local = LocalHeaderAt(source, member.local_offset);
  if (!local) {
    member.problem = local.error().message;
    return;
  }
  member.data_offset = member.local_offset + local->record_size;
  member.local = std::move(local->member);
  if (std::string text = Disagreement(member.header, *member.local); !text.empty()) {
    oddities_.push_back({"ARC-108", ShownName(member.name()), std::nullopt, std::move(text)});
  }
  member.local_name_differs = member.local->name != member.name();
  std::string& other = member.local->unicode_name;
  if (other != member.name()) member.local_unicode_name = Printable(other, kShownName);
  // An assignment would keep the room.
  std::string().swap(member.local->name);
  std::string().swap(other);
  if (member.header.compressed_size > source.size() - member.data_offset) {
    oddities_.push_back({"ARC-112", ShownName(member.name()), std::nullopt,
                         "the archive ends before the member's data do"});
  }
}

void ZipArchive::CheckNames(std::size_t first) {
  // Enough for most archives; more comes from the heap.
  std::array<std::byte, 8192> room;
  std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
  std::pmr::unordered_set<std::string_view> names(members_.size(), &memory);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const ZipMember& member = members_[i];
    const std::string& name = member.name();
    const bool is_new = names.insert(name).second;
    if (i < first) continue;
    if (!is_new) {
      oddities_.push_back(
          {"ARC-103", ShownName(name), member.local_offset, "the name was already taken"});
    }
    const std::string& other = member.header.unicode_name;
    const std::string unicode_name =
        !other.empty() && other != name ? Printable(other, kShownName) : member.local_unicode_name;
    if (!unicode_name.empty()) {
      oddities_.push_back({"ARC-105", ShownName(name), std::nullopt,
                           "its extra field 0x7075 calls it " + unicode_name});
    }
    if (LeavesFolder(name)) {
      oddities_.push_back({"ARC-104", ShownName(name), std::nullopt, "unpacks outside its folder"});
    }
    if (HasOddCharacters(name)) {
      oddities_.push_back(
          {"ARC-105", ShownName(name), std::nullopt, "control character or backslash in name"});
    }
    if (member.is_symlink) {
      oddities_.push_back({"ARC-106", ShownName(name), std::nullopt, "marked as a symbolic link"});
    }
  }
}

void ZipArchive::CheckOverlaps() {
  std::vector<Range> ranges;
  for (const ZipMember& member : members_) {
    if (!member.located()) continue;
    std::uint64_t end = 0;
    if (__builtin_add_overflow(member.data_offset, member.header.compressed_size, &end)) {
      end = ~std::uint64_t{0};
    }
    ranges.push_back({member.local_offset, end});
  }
  std::ranges::sort(ranges, {}, &Range::first);
  std::uint64_t overlaps = 0;
  std::uint64_t farthest = 0;
  for (const Range& range : ranges) {
    if (range.first < farthest) ++overlaps;
    farthest = std::max(farthest, range.last);
  }
  if (overlaps > 0) {
    oddities_.push_back(
        {"ARC-111", "", std::nullopt, std::to_string(overlaps) + " members begin inside another"});
  }
}

void ZipArchive::ClaimData(const ByteSource& source) {
  for (ZipMember& member : members_) {
    if (!member.located()) continue;
    const std::uint64_t size =
        std::min(member.header.compressed_size, source.size() - member.data_offset);
    const std::uint64_t end = member.data_offset + size;
    claimed_.Add(member.local_offset, end);
    const std::uint16_t flags = member.header.flags | (member.local ? member.local->flags : 0);
    if ((flags & kFlagDescriptor) != 0) {
      member.descriptor_bytes = DescriptorBytes(source, end, member.header);
      claimed_.Add(end, end + member.descriptor_bytes);
    }
  }
}

Result<ZipArchive> ZipArchive::Open(const ByteSource& source, const Limits& limits) {
  ZipDirectory directory = TRY(ReadZipDirectory(source, limits.members));
  ZipArchive archive;
  archive.cut_ = directory.cut;
  archive.directories_ = directory.directories;
  archive.oddities_ = std::move(directory.oddities);
  archive.comments_ = std::move(directory.comments);
  for (const Range& range : directory.records) archive.claimed_.Add(range);
  archive.members_.reserve(directory.entries.size());
  for (CentralHeader& entry : directory.entries) {
    ZipMember member;
    member.header = std::move(entry.member);
    member.local_offset = entry.local_offset;
    member.is_symlink =
        entry.host == kHostUnix && ((entry.external_attributes >> 16) & kFileTypeMask) == kSymlink;
    archive.Locate(source, member);
    archive.members_.push_back(std::move(member));
  }
  archive.listed_ = archive.members_.size();
  archive.CheckNames();
  archive.CheckOverlaps();
  archive.ClaimData(source);
  return archive;
}

}  // namespace counterscan::container

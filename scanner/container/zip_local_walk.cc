// A zip read by its local headers, as a streaming reader does it: instead of its directory, where
// that is gone, and beside it, where the two might differ.

#include <algorithm>
#include <array>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/zip_archive.h"

namespace counterscan::container {
namespace {

constexpr std::uint64_t kDescriptorBytes = 16;
constexpr std::uint64_t kWideDescriptorBytes = 24;

// Offset of the next "PK\7\8" whose size field equals the distance from `data_offset`, or the end.
std::uint64_t FindDescriptor(const ByteSource& source, std::uint64_t data_offset,
                             UnpackBudget& budget) {
  std::vector<std::byte> window(256 * 1024);
  std::uint64_t at = data_offset;
  while (at < source.size()) {
    const auto got = source.ReadAt(at, window);
    if (!got || *got < kDescriptorBytes || !budget.Take(*got)) break;
    const auto bytes = std::span<const std::byte>(window).first(*got);
    const std::string_view text = AsText(bytes);
    for (std::size_t hit = FindSignature(text, kDescriptorSignature); hit != std::string_view::npos;
         hit = FindSignature(text, kDescriptorSignature, hit + 1)) {
      if (bytes.size() - hit < kDescriptorBytes) break;
      ByteReader reader(bytes.subspan(hit + 8));
      const std::uint64_t distance = at + hit - data_offset;
      if (*reader.LittleEndian<std::uint32_t>() == (distance & 0xffffffff)) return at + hit;
    }
    if (*got < window.size()) break;
    at += *got - (kDescriptorBytes - 1);
  }
  return source.size();
}

// Unpacks only to learn where the compressed data end.
void MeasureDeflated(const ByteSource& source, std::uint64_t data_offset, MemberHeader& header,
                     UnpackBudget& budget) {
  const SliceSource packed(source, data_offset, source.size() - data_offset);
  header.compressed_size = packed.size();
  const auto stream = InflateStream::Open(packed);
  if (!stream) return;
  std::vector<std::byte> dropped(64 * 1024);
  for (;;) {
    const auto got = (*stream)->Read(dropped);
    if (!got || !budget.Take(*got)) break;
    if (*got > 0) continue;
    header.compressed_size = (*stream)->consumed();
    break;
  }
  header.size = (*stream)->produced();
}

// Takes the checksum from the descriptor at `offset` and returns how long the descriptor is.
std::uint64_t ReadDescriptor(const ByteSource& source, std::uint64_t offset, MemberHeader& header) {
  std::array<std::byte, kWideDescriptorBytes + 4> bytes{};
  const auto got = source.ReadAt(offset, bytes);
  if (!got) return 0;
  const auto have = std::span<const std::byte>(bytes).first(*got);
  ByteReader reader(have);
  const auto signature = reader.LittleEndian<std::uint32_t>();
  const auto crc = reader.LittleEndian<std::uint32_t>();
  if (!signature || !crc || *signature != kDescriptorSignature) return 0;
  header.crc = *crc;
  // Which of the two lengths it has shows only in where the next record starts.
  const bool wide = AsText(have)
                        .substr(std::min<std::size_t>(have.size(), kWideDescriptorBytes))
                        .starts_with("PK");
  return wide ? kWideDescriptorBytes : kDescriptorBytes;
}

std::uint64_t NameBytes(const MemberHeader& header) {
  return header.name.size() + header.unicode_name.size();
}

// Where the record behind the member ends that a streaming reader finds at member.local_offset.
// Completes sizes and checksum, which may stand behind the data.
std::uint64_t EndOfStreamed(const ByteSource& source, ZipMember& member, UnpackBudget& budget) {
  MemberHeader& header = member.header;
  const bool sizes_follow = SizesFollow(header);
  if (sizes_follow && header.method == kMethodDeflated) {
    MeasureDeflated(source, member.data_offset, header, budget);
  } else if (sizes_follow) {
    header.compressed_size =
        FindDescriptor(source, member.data_offset, budget) - member.data_offset;
    header.size = header.compressed_size;
  }
  const std::uint64_t left = source.size() - member.data_offset;
  std::uint64_t end = member.data_offset + std::min(header.compressed_size, left);
  if (sizes_follow) end += ReadDescriptor(source, end, header);
  return std::min(end, source.size());
}

}  // namespace

std::uint64_t FindLocalHeader(const ByteSource& source, std::uint64_t offset,
                              UnpackBudget& budget) {
  std::vector<std::byte> window(64 * 1024);
  while (offset < source.size()) {
    const auto got = source.ReadAt(offset, window);
    if (!got || *got < sizeof(kLocalSignature) || !budget.Take(*got)) break;
    const std::size_t hit =
        FindSignature(AsText(std::span<const std::byte>(window).first(*got)), kLocalSignature);
    if (hit != std::string_view::npos) return offset + hit;
    offset += *got - (sizeof(kLocalSignature) - 1);
  }
  return source.size();
}

ZipArchive ZipArchive::Walk(const ByteSource& source, std::uint64_t first, const Limits& limits,
                            UnpackBudget& budget) {
  ZipArchive archive;
  std::uint64_t names_left = kMaxNameBytes;
  std::uint64_t at = first;
  while (at < source.size()) {
    auto local = LocalHeaderAt(source, at);
    if (!local) {
      // Some readers look for the next one, whatever stands between.
      at = FindLocalHeader(source, at + 1, budget);
      continue;
    }
    if (archive.members_.size() >= limits.members || NameBytes(local->member) > names_left) {
      archive.cut_ = true;
      break;
    }
    names_left -= NameBytes(local->member);
    ZipMember member;
    member.header = std::move(local->member);
    member.local_offset = at;
    member.data_offset = at + local->record_size;
    const std::uint64_t end = EndOfStreamed(source, member, budget);
    archive.claimed_.Add(at, end);
    archive.members_.push_back(std::move(member));
    at = end;
  }
  archive.listed_ = archive.members_.size();
  archive.CheckNames();
  return archive;
}

void ZipArchive::AddLocalView(const ByteSource& source, const Limits& limits,
                              UnpackBudget& budget) {
  std::vector<const ZipMember*> in_order;
  for (const ZipMember& member : members_) {
    if (member.located()) in_order.push_back(&member);
  }
  const auto offset_of = [](const ZipMember* member) { return member->local_offset; };
  std::ranges::sort(in_order, {}, offset_of);

  std::vector<ZipMember> streamed;
  std::uint64_t names_left = kMaxNameBytes;
  std::uint64_t passed_over = 0;
  std::uint64_t at = 0;
  auto next = in_order.begin();
  while (at < source.size()) {
    // Members of the directory that begin inside what was just read.
    for (; next != in_order.end() && (*next)->local_offset < at; ++next) {
      if (next == in_order.begin() || (*next)->local_offset != (*std::prev(next))->local_offset) {
        ++passed_over;
      }
    }
    if (next != in_order.end() && (*next)->local_offset == at) {
      const ZipMember& member = **next;
      ++next;
      const std::uint64_t packed = member.local && !SizesFollow(*member.local)
                                       ? member.local->compressed_size
                                       : member.header.compressed_size;
      at = member.data_offset + std::min(packed, source.size() - member.data_offset);
      if (packed == member.header.compressed_size) at += member.descriptor_bytes;
      continue;
    }
    auto local = LocalHeaderAt(source, at);
    if (!local) {
      // The directory, or a hole; behind it the next member that is known.
      if (next == in_order.end()) break;
      at = (*next)->local_offset;
      continue;
    }
    if (members_.size() + streamed.size() >= limits.members ||
        NameBytes(local->member) > names_left) {
      cut_ = true;
      break;
    }
    names_left -= NameBytes(local->member);
    ZipMember member;
    member.header = std::move(local->member);
    member.local_offset = at;
    member.data_offset = at + local->record_size;
    member.listed = false;
    at = EndOfStreamed(source, member, budget);
    claimed_.Add(member.local_offset, at);
    streamed.push_back(std::move(member));
  }
  if (passed_over > 0) {
    oddities_.push_back({"ARC-113", "", std::nullopt,
                         "the directory lists " + std::to_string(passed_over) +
                             " members that a reader of local headers passes over"});
  }
  const std::size_t first = members_.size();
  for (ZipMember& member : streamed) {
    oddities_.push_back({"ARC-113", ShownName(member.name()), member.local_offset,
                         "a reader of local headers finds it, the directory does not list it"});
    members_.push_back(std::move(member));
  }
  CheckNames(first);
}

}  // namespace counterscan::container

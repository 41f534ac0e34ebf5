// ZipArchive::Walk: a zip read by its local headers, as a streaming reader does it.

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
  constexpr std::string_view kMark("PK\7\x08", 4);
  std::vector<std::byte> window(256 * 1024);
  std::uint64_t at = data_offset;
  while (at < source.size()) {
    const auto got = source.ReadAt(at, window);
    if (!got || *got < kDescriptorBytes || !budget.Take(*got)) break;
    const auto bytes = std::span<const std::byte>(window).first(*got);
    const std::string_view text = AsText(bytes);
    for (std::size_t hit = text.find(kMark); hit != std::string_view::npos;
         hit = text.find(kMark, hit + 1)) {
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
  const auto stream = InflateStream::Open(packed, Wrapping::kRaw);
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

}  // namespace

ZipArchive ZipArchive::Walk(const ByteSource& source, std::uint64_t first, const Limits& limits,
                            UnpackBudget& budget) {
  ZipArchive archive;
  std::uint64_t at = first;
  while (at < source.size()) {
    auto local = LocalHeaderAt(source, at);
    if (!local) break;
    if (archive.members_.size() >= limits.members) {
      archive.cut_ = true;
      break;
    }
    ZipMember member;
    member.header = std::move(local->member);
    member.local_offset = at;
    member.data_offset = at + local->record_size;
    MemberHeader& header = member.header;
    const bool sizes_follow =
        (header.flags & kFlagDescriptor) != 0 && header.size == 0 && header.compressed_size == 0;
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
    archive.claimed_.Add(at, std::min(end, source.size()));
    archive.members_.push_back(std::move(member));
    at = end;
  }
  archive.CheckNames();
  return archive;
}

}  // namespace counterscan::container

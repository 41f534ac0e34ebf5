// Walker's half for members of zip archives: every content that some reader would take one for.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/container/checksum.h"
#include "scanner/container/member_source.h"
#include "scanner/container/zip_method.h"
#include "scanner/detect/identify.h"
#include "scanner/engine/walker.h"
#include "scanner/engine/zip_context.h"

namespace counterscan {

using container::Checksum;
using container::MemberHeader;
using container::SizesFollow;
using container::ZipMember;
using detect::FileType;

namespace {

constexpr std::uint64_t kKeptBytes = 4 * kMiB;
// Checksums of larger members are not computed: it costs a pass, and hides nothing from us.
constexpr std::uint64_t kChecksumBytes = 64 * kMiB;

}  // namespace

// Readers of the directory (Python, torch) go by its record, readers that stream by the member's
// own; each may take the one field from here and the other from there. Of a stored member torch
// reads as many bytes as the unpacked size says, Python as many as the packed size does.
std::vector<Walker::Reading> Walker::ReadingsOf(const ZipMember& member) {
  const MemberHeader& header = member.header;
  std::vector<Reading> readings;
  const auto add = [&](const Reading& reading) {
    if (std::ranges::find(readings, reading) == readings.end()) readings.push_back(reading);
  };
  const auto add_undeclared = [&](std::uint16_t method, std::uint64_t packed,
                                  const Reading& sizes) {
    const bool known = std::ranges::any_of(readings, [&](const Reading& reading) {
      return reading.method == method && reading.packed_bytes == packed;
    });
    if (!known) add({method, packed, sizes.size, sizes.crc, kUncut, false});
  };
  add({header.method, header.compressed_size, header.size, header.crc});
  if (!member.local) {
    if (header.method == container::kMethodStored) {
      add_undeclared(header.method, header.size, readings.front());
    }
    return readings;
  }
  const MemberHeader& local = *member.local;
  const Reading own = !SizesFollow(local)
                          ? Reading{local.method, local.compressed_size, local.size, local.crc}
                          : Reading{local.method, header.compressed_size, header.size, header.crc};
  if (own.method != header.method || own.packed_bytes != header.compressed_size) add(own);
  for (const std::uint16_t method : {header.method, local.method}) {
    for (const Reading& sizes : {readings.front(), own}) {
      add_undeclared(method, sizes.packed_bytes, sizes);
      if (method == container::kMethodStored) add_undeclared(method, sizes.size, sizes);
    }
  }
  return readings;
}

Walker::MemberInWork Walker::MemberAt(const ZipContext& zip, std::size_t index, bool storage) {
  const ZipMember& record = zip.archive.members()[index];
  return {index, record, {JoinPlace(zip.part.place.where, record.name()), 0}, storage};
}

void Walker::WalkMember(ZipContext& zip, const MemberInWork& in_work) {
  const ZipMember& member = in_work.record;
  const Place& place = in_work.place;
  if (!member.located()) {
    LeaveGap(GapReason::kMemberUnreadable, EngineId::kArchive, place, 0, member.header.size,
             member.problem);
    return;
  }
  if (const auto kind = zip.kind.UnjudgedCode(member.name())) {
    LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, place, 0, member.header.size,
             std::string(detect::Row(*kind).what));
  }
  auto outer = std::exchange(on_claims_, nullptr);
  if (zip.kind.IsTorch()) {
    on_claims_ = [&zip, &member](const pickle::Analysis& analysis) {
      if (!analysis.storages_known || !analysis.gaps.empty()) zip.storages.MayHoldMore();
      for (const pickle::StorageClaim& claim : analysis.storages) {
        std::uint64_t bytes = 0;
        const bool told = claim.element_bytes != 0 &&
                          !__builtin_mul_overflow(claim.elements, claim.element_bytes, &bytes);
        zip.storages.Claim(member.name(), claim.key, told ? std::optional(bytes) : std::nullopt);
      }
    };
  }
  for (const Reading& reading : ReadingsOf(member)) WalkReading(zip, in_work, reading, false);
  on_claims_ = std::move(outer);
}

bool Walker::IsPlainStorage(const ZipContext& zip, const ZipMember& member) {
  const bool one_name = !member.local_name_differs && member.local_unicode_name.empty() &&
                        member.header.unicode_name.empty() && member.listed;
  return one_name && !member.marked_encrypted() && zip.kind.IsStorage(member.name());
}

void Walker::WalkReading(ZipContext& zip, const MemberInWork& in_work, const Reading& reading,
                         bool containers_too) {
  const ZipMember& member = in_work.record;
  const Place& place = in_work.place;
  const bool storage = in_work.storage;
  if (!containers_too) {
    const ZipContext::Bytes bytes{member.data_offset, reading.packed_bytes, reading.cut,
                                  reading.method};
    if (!zip.IsNew(bytes, {member.name(), storage})) return;
  }
  const SliceSource packed(zip.part.source, member.data_offset, reading.packed_bytes);
  if (packed.size() < reading.packed_bytes && reading.declared) {
    LeaveGap(GapReason::kMemberUnreadable, EngineId::kArchive, place, packed.size(),
             reading.packed_bytes, "the archive ends before the member does");
  }
  if (reading.method == container::kMethodStored) {
    // Members that overlap are read more than once, and pay for it.
    if (!storage && !budget_.Take(packed.size())) {
      LeaveGap(GapReason::kLimitUnpacked, EngineId::kArchive, place, 0, packed.size(),
               "the file's budget for unpacked bytes is spent");
      return;
    }
    if (!containers_too && !storage && reading.declared) {
      CheckContent(member, reading, packed, place);
    }
    WalkContent(zip, in_work, reading, packed, containers_too);
    return;
  }
  if (!container::UnpacksMethod(reading.method)) {
    LeaveGap(GapReason::kUnsupportedMethod, EngineId::kArchive, place, 0, reading.size,
             "compression method " + std::to_string(reading.method));
    return;
  }
  std::optional<container::StrictEnd> strict_end;
  const container::PackedOpener open = [this, &packed, &reading, &strict_end] {
    return container::UnpackMember(packed, reading.method, reading.size, decoder_memory_,
                                   &strict_end);
  };
  if (storage) {
    // Only its first bytes are looked at, however much it unpacks to.
    MatchUnpacked(open, reading.size, place);
    const container::StreamSource content(open, reading.size, budget_);
    WalkContent(zip, in_work, reading, content, containers_too);
  } else {
    WalkPacked(zip, in_work, reading, packed, open, containers_too);
  }
  // Of bytes that are encrypted, what unpacks is chance.
  const bool first_look = !containers_too && reading.cut == kUncut;
  if (strict_end && first_look && !member.marked_encrypted()) {
    sink_.Find("ARC-119", EngineId::kArchive, place.where, std::nullopt,
               "zlib stops after " + std::to_string(strict_end->unpacked) + " bytes (" +
                   strict_end->reason + "), torch's reader goes on");
  }
}

void Walker::WalkPacked(ZipContext& zip, const MemberInWork& in_work, const Reading& reading,
                        const ByteSource& packed, const container::PackedOpener& open,
                        bool containers_too) {
  const ZipMember& member = in_work.record;
  const Place& place = in_work.place;
  const bool first_look = !containers_too && reading.cut == kUncut;
  auto stream = open();
  if (!stream) {
    const GapReason reason = UnpackFailure(stream.error());
    LeaveGap(reason == GapReason::kBrokenFormat ? GapReason::kMemberUnreadable : reason,
             EngineId::kArchive, place, 0, reading.size, stream.error().message);
    return;
  }
  container::Unpacked kept = container::Unpack(**stream, kKeptBytes, budget_, reading.size);
  if (kept.error && first_look) {
    const bool encrypted = member.marked_encrypted();
    const GapReason failure = UnpackFailure(*kept.error);
    const GapReason reason = encrypted                             ? GapReason::kEncryptedMember
                             : failure == GapReason::kBrokenFormat ? GapReason::kMemberUnreadable
                                                                   : failure;
    LeaveGap(
        reason, EngineId::kArchive, place, kept.bytes.size(), reading.size,
        encrypted ? std::string("it cannot be read without its password") : kept.error->message);
  }
  if (kept.complete || kept.error) {
    const container::BufferSource content(std::move(kept.bytes));
    if (first_look) MatchUnpacked(content, place);
    if (first_look && kept.complete) {
      CheckContent(member, reading, content, place);
      WalkSlack(zip, member, packed, (*stream)->consumed());
    }
    stream->reset();  // its window is free for the archives inside
    WalkContent(zip, in_work, reading, content, containers_too);
    if (first_look) WalkCuts(zip, in_work, reading, content.size());
    return;
  }
  // Too large to keep. A declared size that is already exceeded is a lie: measure.
  std::uint64_t size = reading.size;
  if (size < kept.bytes.size()) {
    size = kept.bytes.size() + container::Measure(**stream, budget_).bytes;
    sink_.Find("ARC-112", EngineId::kArchive, place.where, std::nullopt,
               "declared as " + std::to_string(reading.size) + " bytes, unpacks to " +
                   std::to_string(size) + " or more");
  }
  stream->reset();
  if (first_look) MatchUnpacked(open, size, place);
  const container::StreamSource content(open, size, budget_);
  WalkContent(zip, in_work, reading, content, containers_too);
  if (content.is_longer()) {
    sink_.Find("ARC-112", EngineId::kArchive, place.where, std::nullopt,
               "declared as " + std::to_string(reading.size) + " bytes, unpacks to more");
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kArchive, place, size, size,
             "what unpacks behind the declared size");
  }
  if (first_look) WalkCuts(zip, in_work, reading, size);
}

// Python stops at the declared size, and holds the checksum against what it has got by then.
void Walker::WalkCuts(ZipContext& zip, const MemberInWork& in_work, const Reading& reading,
                      std::uint64_t size) {
  const ZipMember& member = in_work.record;
  std::vector<std::uint64_t> ends{member.header.size};
  if (member.local && !SizesFollow(*member.local)) ends.push_back(member.local->size);
  for (const std::uint64_t end : ends) {
    if (end >= size) continue;
    Reading cut = reading;
    cut.cut = end;
    WalkReading(zip, in_work, cut, false);
  }
}

void Walker::WalkSlack(const ZipContext& zip, const ZipMember& member, const ByteSource& packed,
                       std::uint64_t consumed) {
  const std::uint64_t size = packed.size() - std::min(packed.size(), consumed);
  const SliceSource slack(packed, consumed, size);
  if (size == 0 || container::IsZeroPadding(slack, {0, size})) return;
  const Place place{zip.part.place.where, zip.part.place.base + member.data_offset + consumed};
  sink_.Find("ARC-107", EngineId::kArchive, place.where, place.base,
             std::to_string(size) + " bytes behind the compressed data of " + member.name());
  Walk(Part{.source = slack, .place = place, .depth = zip.part.depth + 1, .role = Role::kHole});
}

// What honest writers never do: a flag, size or checksum that the content contradicts.
void Walker::CheckContent(const ZipMember& member, const Reading& reading,
                          const ByteSource& content, const Place& place) {
  const std::uint64_t size = content.size();
  const bool checksum_known = size <= kChecksumBytes;
  const bool checksum_good = checksum_known && Checksum(content) == reading.crc;
  if (member.marked_encrypted()) {
    if (checksum_good) {
      sink_.Find("ARC-101", EngineId::kArchive, place.where, std::nullopt,
                 "marked as encrypted, but the content is plain");
    } else {
      LeaveGap(GapReason::kEncryptedMember, EngineId::kArchive, place, 0, size,
               "marked as encrypted");
    }
    return;
  }
  if (size != reading.size) {
    sink_.Find(
        "ARC-112", EngineId::kArchive, place.where, std::nullopt,
        "declared as " + std::to_string(reading.size) + " bytes, has " + std::to_string(size));
  } else if (checksum_known && !checksum_good) {
    sink_.Find("ARC-102", EngineId::kArchive, place.where, std::nullopt,
               "the content does not have the declared checksum");
  }
}

void Walker::WalkContent(ZipContext& zip, const MemberInWork& in_work, const Reading& reading,
                         const ByteSource& unpacked, bool containers_too) {
  const SliceSource content(unpacked, 0, reading.cut);
  const Part part{.source = content,
                  .place = in_work.place,
                  .name = LastComponent(in_work.record.name()),
                  .depth = zip.part.depth + 1,
                  .role = Role::kMember,
                  .archive = zip.kind.type()};
  if (in_work.storage) {
    WalkStorage(zip, in_work.record, part);
    return;
  }
  if (!containers_too) {
    const auto head = ReadHead(content);
    if (head && detect::IsContainer(detect::Identify(*head, content.size()))) {
      zip.containers.push_back({in_work.index, reading});
      return;
    }
  }
  Walk(part);
}

}  // namespace counterscan

// Walker's part for 7z and rar archives, which libarchive reads.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/container/archive_reader.h"
#include "scanner/container/content.h"
#include "scanner/container/memory_budget.h"
#include "scanner/container/oddity.h"
#include "scanner/container/rar_blocks.h"
#include "scanner/container/seven_zip.h"
#include "scanner/container/seven_zip_memory.h"
#include "scanner/detect/identify.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using container::ArchiveEntry;
using container::ArchiveFormat;
using container::ArchiveReader;
using container::Content;
using container::RangeSet;
using detect::FileType;

// Reads entry `index` of an archive that is opened anew: what stands before it is unpacked too.
class EntryStream final : public ByteStream {
 public:
  static Result<std::unique_ptr<ByteStream>> Open(const ByteSource& source, ArchiveFormat format,
                                                  std::size_t index) {
    auto reader = TRY(ArchiveReader::Open(source, format));
    for (std::size_t i = 0; i <= index; ++i) {
      if (!TRY(reader->Next()))
        return Fail(ErrorCode::kMalformed, "the archive has become shorter");
    }
    return std::unique_ptr<ByteStream>(new EntryStream(std::move(reader)));
  }
  Result<std::size_t> Read(std::span<std::byte> out) override { return reader_->Read(out); }

 private:
  explicit EntryStream(std::unique_ptr<ArchiveReader> reader) : reader_(std::move(reader)) {}
  std::unique_ptr<ArchiveReader> reader_;
};

// The entry that a reader has come to, as a stream.
class CurrentEntry final : public ByteStream {
 public:
  explicit CurrentEntry(ArchiveReader& reader) : reader_(reader) {}
  Result<std::size_t> Read(std::span<std::byte> out) override { return reader_.Read(out); }

 private:
  ArchiveReader& reader_;
};

}  // namespace

void Walker::CheckEntry(const Place& archive, const ArchiveEntry& entry,
                        container::MemberNames& names) {
  std::vector<container::Oddity> oddities;
  names.Check(entry.name, std::nullopt, oddities);
  if (entry.kind == ArchiveEntry::Kind::kSymbolicLink) {
    oddities.push_back({"ARC-106", entry.name, std::nullopt, "marked as a symbolic link"});
  }
  // 7-Zip marks what it read from a pipe as a FIFO.
  if (entry.kind == ArchiveEntry::Kind::kDevice && entry.size.value_or(0) == 0) {
    oddities.push_back({"ARC-116", entry.name, std::nullopt, "a device, FIFO or socket"});
  }
  for (const container::Oddity& oddity : oddities) {
    sink_.Find(oddity.rule, EngineId::kArchive, JoinPlace(archive.where, oddity.member),
               std::nullopt, oddity.message);
  }
}

FileType Walker::WalkLibArchive(const Part& part, FileType type, RangeSet& claimed) {
  const std::uint64_t size = part.source.size();
  if (!DeeperAllowed(part)) {
    claimed.Add(0, size);
    return type;
  }
  std::uint64_t end = size;
  if (type == FileType::kSevenZip) {
    const auto declared = container::SevenZipEnd(part.source);
    if (!declared) {
      LeaveGap(GapReason::kBrokenFormat, EngineId::kArchive, part.place, 0, size,
               "the first header does not have its checksum");
    }
    end = declared.value_or(size);
  }
  std::optional<container::RarBlocks> rar;
  if (type == FileType::kRar) {
    rar = container::ReadRarBlocks(part.source);
    // Where its end is not known, all of it is an archive of which some is not read.
    if (rar->problem.empty()) end = rar->end;
  }
  claimed.Add(0, end);
  // Held as long as its members are unpacked, also by archives inside.
  container::MemoryLease lease(decoder_memory_);
  if (type == FileType::kSevenZip) {
    const auto memory = container::SevenZipMemory(part.source, decoder_memory_.left());
    if (memory && !lease.Resize(*memory)) {
      LeaveGap(GapReason::kLimitMemory, EngineId::kArchive, part.place, 0, end,
               "unpacking it takes " + std::to_string(*memory / kMiB) + " MiB");
      WalkBehindArchive(part, end, claimed);
      return type;
    }
  }
  const ArchiveFormat format =
      type == FileType::kSevenZip ? ArchiveFormat::kSevenZip : ArchiveFormat::kRar;
  container::MemberNames names;
  std::vector<std::size_t> containers;
  const auto listed = WalkEntries(part, format, names, nullptr, containers);
  if (listed && !containers.empty()) {
    std::vector<std::size_t> none;
    WalkEntries(part, format, names, &containers, none);
  }
  if (rar) WalkRarBlocks(part, *rar, listed);
  WalkBehindArchive(part, end, claimed);
  return type;
}

void Walker::WalkRarBlocks(const Part& part, const container::RarBlocks& rar,
                           std::optional<std::uint64_t> listed) {
  constexpr std::size_t kMaxUnread = 64;
  const std::uint64_t size = part.source.size();
  if (!rar.problem.empty()) {
    LeaveGap(rar.encrypted ? GapReason::kEncryptedMember : GapReason::kBrokenFormat,
             EngineId::kArchive, part.place, rar.end, size, rar.problem);
  } else if (listed && *listed != rar.files) {
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kArchive, part.place, 0, rar.end,
             "headers of " + std::to_string(rar.files) + " files, of which " +
                 std::to_string(*listed) + " were read");
  }
  if (rar.split_files > 0) {
    LeaveGap(GapReason::kMemberUnreadable, EngineId::kArchive, part.place, 0, rar.end,
             std::to_string(rar.split_files) + " files have parts in another volume");
  }
  for (std::size_t i = 0; i < rar.unread.size(); ++i) {
    container::Range range = rar.unread[i];
    if (i == kMaxUnread) {
      LeaveGap(GapReason::kUnparsedBytes, EngineId::kArchive, part.place, range.first,
               rar.unread.back().last, "more blocks that hold no file");
      break;
    }
    // A comment ends with a zero.
    if (IsZeros(part.source, {range.last - 1, range.last})) --range.last;
    if (IsZeros(part.source, range)) continue;
    const SliceSource bytes(part.source, range.first, range.size());
    Walk(Part{.source = bytes,
              .place = {part.place.where, part.place.base + range.first},
              .depth = part.depth + 1,
              .role = Role::kHole,
              .costly = part.costly});
  }
}

void Walker::WalkBehindArchive(const Part& part, std::uint64_t end, RangeSet& claimed) {
  const container::Range tail{end, part.source.size()};
  if (tail.size() > 0 && IsZeros(part.source, tail)) claimed.Add(tail);
  if (tail.size() == 0 || claimed.Covers(tail)) return;
  claimed.Add(tail);
  sink_.Find("ARC-107", EngineId::kArchive, part.place.where, part.place.base + end,
             std::to_string(tail.size()) + " bytes behind the end of the archive");
  const SliceSource bytes(part.source, end, tail.size());
  Walk(Part{.source = bytes,
            .place = {part.place.where, part.place.base + end},
            .name = part.name,
            .depth = part.depth + 1,
            .role = Role::kHole,
            .costly = part.costly});
}

std::optional<std::uint64_t> Walker::WalkEntries(const Part& part, ArchiveFormat format,
                                                 container::MemberNames& names,
                                                 const std::vector<std::size_t>* only,
                                                 std::vector<std::size_t>& containers) {
  const auto fail = [&](const Error& error, bool encrypted) -> std::optional<std::uint64_t> {
    const GapReason reason = encrypted ? GapReason::kEncryptedMember : UnpackFailure(error);
    LeaveGap(reason, EngineId::kArchive, part.place, 0, part.source.size(), error.message);
    return std::nullopt;
  };
  auto opened = ArchiveReader::Open(part.source, format);
  if (!opened) return fail(opened.error(), false);
  ArchiveReader& reader = **opened;
  for (std::size_t index = 0;; ++index) {
    const auto next = reader.Next();
    if (!next) return fail(next.error(), reader.encrypted());
    if (!*next) return index;
    const ArchiveEntry& entry = **next;
    if (only == nullptr) {
      if (members_left_ == 0) {
        LeaveGap(GapReason::kLimitMembers, EngineId::kArchive, part.place, 0, part.source.size(),
                 "more than " + std::to_string(options_.limits.members) + " members");
        return std::nullopt;
      }
      --members_left_;
      CheckEntry(part.place, entry, names);
    } else if (!std::ranges::binary_search(*only, index)) {
      continue;
    }
    const Place place{JoinPlace(part.place.where, entry.name), 0};
    if (entry.encrypted) {
      LeaveGap(GapReason::kEncryptedMember, EngineId::kArchive, place, 0, entry.size.value_or(0),
               "marked as encrypted");
      continue;
    }
    // Of a folder in a rar that declares no content libarchive reads none; WalkRarBlocks() looks
    // at bytes that stand there all the same.
    const bool folder = entry.kind == ArchiveEntry::Kind::kFolder;
    if (format == ArchiveFormat::kRar && folder && entry.size.value_or(0) == 0) continue;
    CurrentEntry stream(reader);
    const ByteSource& source = part.source;
    const auto open = [&source, format, index] { return EntryStream::Open(source, format, index); };
    const auto content = Content::Take(stream, open, budget_, kept_memory_);
    // What is marked as a folder or device may have content all the same, and 7-Zip writes it to a
    // file where the system knows no such marks.
    const bool file = entry.kind == ArchiveEntry::Kind::kFile;
    if (!file && content->size() == 0 && !content->error()) continue;
    if (only == nullptr) {
      if (content->error()) {
        const bool encrypted = reader.encrypted();
        LeaveGap(encrypted ? GapReason::kEncryptedMember
                 : UnpackFailure(*content->error()) == GapReason::kBrokenFormat
                     ? GapReason::kMemberUnreadable
                     : UnpackFailure(*content->error()),
                 EngineId::kArchive, place, content->size(),
                 std::max(entry.size.value_or(0), content->size()), content->error()->message);
      } else if (file && entry.size && *entry.size != content->size()) {
        sink_.Find("ARC-112", EngineId::kArchive, place.where, std::nullopt,
                   "declared as " + std::to_string(*entry.size) + " bytes, has " +
                       std::to_string(content->size()));
      }
      MatchUnpacked(*content, place);
      const auto head = ReadHead(*content);
      if (head && detect::IsContainer(detect::Identify(*head, content->size()))) {
        containers.push_back(index);
        continue;
      }
    }
    Walk(Part{.source = *content,
              .place = place,
              .name = LastComponent(entry.name),
              .depth = part.depth + 1,
              .role = Role::kMember,
              .costly = !content->kept()});
    if (budget_.exhausted()) return std::nullopt;
  }
}

void Walker::TryHiddenSevenZip(const Part& part, FileType type, RangeSet& claimed) {
  // Where the packed part of a program begins. Weights of no known type are searched as far.
  constexpr std::uint64_t kSearched = 64 * kMiB;
  const bool program = detect::Row(type).carries == detect::Carries::kProgram;
  if (type != FileType::kUnknown && !program) return;
  const auto found = container::FindSevenZip(part.source, kSearched);
  if (!found) return;
  const Place place{part.place.where, part.place.base + *found};
  sink_.Find("FMT-105", EngineId::kFormat, place.where, place.base,
             std::string(detect::Name(type)) + ", and also a 7z archive");
  const SliceSource bytes(part.source, *found, part.source.size() - *found);
  const Part archive{.source = bytes,
                     .place = place,
                     .name = part.name,
                     .depth = part.depth + 1,
                     .role = Role::kHole,
                     .costly = part.costly};
  RangeSet inner;
  WalkLibArchive(archive, FileType::kSevenZip, inner);
  if (type == FileType::kUnknown) claimed.Add(*found, part.source.size());
}

}  // namespace counterscan

// Walker's part for 7z and rar archives, which libarchive reads.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/container/archive_reader.h"
#include "scanner/container/content.h"
#include "scanner/container/memory_budget.h"
#include "scanner/container/oddity.h"
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
  bool complete = WalkEntries(part, format, names, nullptr, containers);
  if (complete && !containers.empty()) {
    std::vector<std::size_t> none;
    WalkEntries(part, format, names, &containers, none);
  }
  WalkBehindArchive(part, end, claimed);
  return type;
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

bool Walker::WalkEntries(const Part& part, ArchiveFormat format, container::MemberNames& names,
                         const std::vector<std::size_t>* only,
                         std::vector<std::size_t>& containers) {
  const auto fail = [&](const Error& error, bool encrypted) {
    const GapReason reason = encrypted ? GapReason::kEncryptedMember : UnpackFailure(error);
    LeaveGap(reason, EngineId::kArchive, part.place, 0, part.source.size(), error.message);
    return false;
  };
  auto opened = ArchiveReader::Open(part.source, format);
  if (!opened) return fail(opened.error(), false);
  ArchiveReader& reader = **opened;
  for (std::size_t index = 0;; ++index) {
    const auto next = reader.Next();
    if (!next) return fail(next.error(), reader.encrypted());
    if (!*next) return true;
    const ArchiveEntry& entry = **next;
    if (only == nullptr) {
      if (members_left_ == 0) {
        LeaveGap(GapReason::kLimitMembers, EngineId::kArchive, part.place, 0, part.source.size(),
                 "more than " + std::to_string(options_.limits.members) + " members");
        return false;
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
    if (budget_.exhausted()) return false;
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

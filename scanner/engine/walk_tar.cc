// Walker's part for tar archives.

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/container/archive_reader.h"
#include "scanner/container/content.h"
#include "scanner/container/sparse_source.h"
#include "scanner/container/tar_reader.h"
#include "scanner/detect/identify.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using container::ArchiveEntry;
using container::ArchiveFormat;
using container::ArchiveReader;
using container::Content;
using container::Range;
using container::RangeSet;
using container::SparseSource;
using container::TarMember;
using container::TarReader;
using detect::FileType;

constexpr std::size_t kMaxHoles = 64;

bool Holds(const std::vector<TarMember>& members, std::string_view name) {
  return std::ranges::any_of(members, [&](const TarMember& member) { return member.name == name; });
}

// torch before 0.1.2, torch/serialization.py `legacy_load`: these members of a tar are unpickled,
// in this order, the first two with numbers between the pickles. torch asks for the second when it
// has read the first.
constexpr std::string_view kStorages = "storages";
constexpr std::string_view kTensors = "tensors";
constexpr std::string_view kObject = "pickle";

bool IsReadByTorch(const std::vector<TarMember>& members) { return Holds(members, kStorages); }

bool IsTorchTar(const std::vector<TarMember>& members) {
  return IsReadByTorch(members) && Holds(members, kTensors) && Holds(members, kObject);
}

// What a member of the list holds in memory.
std::uint64_t BytesOf(const TarMember& member) {
  // Its name is also kept to find links by.
  return sizeof(TarMember) + 2 * (member.name.size() + member.link.size()) +
         member.pieces.capacity() * sizeof(container::SparsePiece);
}

std::string WithoutEndSlash(std::string name) {
  while (name.ends_with('/')) name.pop_back();
  return name;
}

// What libarchive sees that we do not, or the other way round; "" when both see the same files.
std::string Difference(const ByteSource& source, const std::vector<TarMember>& members) {
  auto reader = ArchiveReader::Open(source, ArchiveFormat::kTar);
  if (!reader) return "libarchive refuses it: " + reader.error().message;
  std::multiset<std::string> ours;
  for (const TarMember& member : members) {
    const bool file = member.type < '1' || member.type > '6';
    if (file) ours.insert(WithoutEndSlash(member.name));
  }
  // A member more than we have ends it, so no archive makes this long.
  for (std::size_t count = 0; count <= members.size(); ++count) {
    const auto entry = (*reader)->Next();
    if (!entry) return "libarchive stops: " + entry.error().message;
    if (!*entry) {
      return ours.empty() ? "" : "libarchive lists " + std::to_string(ours.size()) + " files fewer";
    }
    if ((*entry)->kind != ArchiveEntry::Kind::kFile) continue;
    const auto found = ours.find(WithoutEndSlash((*entry)->name));
    if (found == ours.end()) return "libarchive lists a file that the headers do not hold";
    ours.erase(found);
  }
  return "libarchive lists more members";
}

}  // namespace

FileType Walker::WalkTar(const Part& part, RangeSet& claimed) {
  const std::uint64_t size = part.source.size();
  if (!DeeperAllowed(part)) {
    claimed.Add(0, size);
    return FileType::kTar;
  }
  TarReader reader(part.source, listed_memory_);
  std::vector<TarMember> members;
  container::MemoryLease lease(listed_memory_);
  std::uint64_t held = 0;
  std::optional<GapReason> cut;
  while (auto member = reader.Next()) {
    held += BytesOf(*member);
    if (!lease.Resize(held)) cut = GapReason::kLimitMemory;
    if (members_left_ == 0) cut = GapReason::kLimitMembers;
    if (cut) break;
    --members_left_;
    members.push_back(std::move(*member));
  }
  if (!cut) cut = reader.cut();
  for (const container::Oddity& oddity : reader.oddities()) {
    std::optional<std::uint64_t> offset = oddity.offset;
    if (offset) *offset += part.place.base;
    const std::string where =
        oddity.member.empty() ? part.place.where : JoinPlace(part.place.where, oddity.member);
    sink_.Find(oddity.rule, EngineId::kArchive, where, offset, oddity.message);
  }
  if (reader.error()) {
    LeaveGap(ReadFailure(part.place), EngineId::kArchive, part.place, 0, size,
             reader.error()->message);
    claimed.Add(0, size);
  }
  // What must be unpacked anew for it is not read a second time for a second opinion.
  if (!cut && !part.costly && !reader.error()) {
    const std::string difference = Difference(part.source, members);
    // What our own limit cuts is no difference.
    if (!difference.empty() && !budget_.exhausted()) {
      sink_.Find("ARC-110", EngineId::kArchive, part.place.where, std::nullopt, difference);
    }
  }
  WalkTarHoles(part, reader.claimed(), cut.has_value(), claimed);

  const bool torch = IsReadByTorch(members);
  std::vector<const TarMember*> containers;
  for (const TarMember& member : members) {
    if (!WalkTarMember(part, member, torch, false)) containers.push_back(&member);
  }
  for (const TarMember* member : containers) WalkTarMember(part, *member, torch, true);
  if (cut) {
    LeaveGap(*cut, EngineId::kArchive, part.place, 0, size,
             "only " + std::to_string(members.size()) + " members were looked at");
  }
  return IsTorchTar(members) ? FileType::kTorchTar : FileType::kTar;
}

void Walker::WalkTarHoles(const Part& part, const RangeSet& known, bool cut, RangeSet& claimed) {
  claimed.Add(known);
  // Of an archive with too many members we know only some.
  if (cut) claimed.Add(0, part.source.size());
  std::size_t holes = 0;
  for (const Range& hole : claimed.Missing(part.source.size())) {
    if (IsZeros(part.source, hole)) {
      claimed.Add(hole);
      continue;
    }
    if (++holes > kMaxHoles) continue;
    sink_.Find("ARC-107", EngineId::kArchive, part.place.where, part.place.base + hole.first,
               std::to_string(hole.size()) + " bytes that no header accounts for");
    claimed.Add(hole);
    const SliceSource bytes(part.source, hole.first, hole.size());
    Walk(Part{.source = bytes,
              .place = {part.place.where, part.place.base + hole.first},
              .name = part.name,
              .depth = part.depth + 1,
              .role = Role::kHole,
              .costly = part.costly});
  }
}

bool Walker::WalkTarMember(const Part& part, const TarMember& member, bool torch,
                           bool containers_too) {
  const Place place{JoinPlace(part.place.where, member.name), 0};
  if (!containers_too && member.missing > 0) {
    LeaveGap(GapReason::kMemberUnreadable, EngineId::kArchive, place, member.stored_size,
             member.stored_size + member.missing, "the archive ends before the member does");
  }
  if (member.stored_size == 0 && !member.sparse) return true;
  const SliceSource stored(part.source, member.data_offset, member.stored_size);
  // Members that overlap are read more than once, and pay for it.
  if (!budget_.Take(stored.size())) {
    LeaveGap(GapReason::kLimitUnpacked, EngineId::kArchive, place, 0, stored.size(),
             "the file's budget for unpacked bytes is spent");
    return true;
  }
  const auto walk = [&](const ByteSource& source, bool costly) {
    const Part content{.source = source,
                       .place = place,
                       .name = LastComponent(member.name),
                       .depth = part.depth + 1,
                       .role = Role::kMember,
                       .costly = costly,
                       .unpickled = torch && member.name == kObject};
    if (torch && (member.name == kStorages || member.name == kTensors)) {
      WalkTorchTarRecords(content, member.name == kStorages ? container::TorchTarMember::kStorages
                                                            : container::TorchTarMember::kTensors);
      return true;
    }
    if (!containers_too && !content.unpickled) {
      const auto head = ReadHead(source);
      if (head && detect::IsContainer(detect::Identify(*head, source.size()))) return false;
    }
    Walk(content);
    return true;
  };
  if (member.sparse) {
    // tarfile reads on behind the member where the map says so.
    const SliceSource rest(part.source, member.data_offset,
                           part.source.size() - member.data_offset);
    const SparseSource expanded(rest, member.pieces, member.real_size, budget_);
    const bool fits =
        !member.map_unclear && !expanded.odd() && expanded.stored_bytes() == stored.size();
    if (!containers_too) {
      if (!fits) {
        sink_.Find("ARC-117", EngineId::kArchive, place.where, place.base,
                   "a sparse file whose map does not fit its content");
      }
      MatchUnpacked(expanded, place);
    }
    const bool walked = walk(expanded, true);
    if (fits) return walked;
    // Readers that know nothing of maps, or read this one in another way.
    const SliceSource whole(part.source, member.whole_offset, member.whole_size);
    const bool walked_whole = walk(whole, part.costly);
    const SparseSource written(rest, member.pieces, member.real_size, budget_,
                               SparseSource::Reader::kWriter);
    return walk(written, true) && walked && walked_whole;
  }
  if (!part.costly) {
    // Signatures that stand at the start of a file, or hold for all of it, do not match in the tar.
    if (!containers_too) MatchUnpacked(stored, place);
    return walk(stored, false);
  }
  const auto open = [&stored]() -> Result<std::unique_ptr<ByteStream>> {
    return std::make_unique<SourceStream>(stored);
  };
  SourceStream stream(stored);
  const auto kept = Content::Take(stream, open, budget_, kept_memory_);
  if (kept->error()) {
    LeaveGap(UnpackFailure(*kept->error()), EngineId::kArchive, place, kept->size(), stored.size(),
             kept->error()->message);
  }
  if (!containers_too) MatchUnpacked(*kept, place);
  return walk(*kept, !kept->kept());
}

}  // namespace counterscan

// Walker's half for zip archives: members, both of their records, and the bytes between them.

#include <algorithm>
#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/container/checksum.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/libzip_view.h"
#include "scanner/container/member_source.h"
#include "scanner/detect/identify.h"
#include "scanner/detect/text_checker.h"
#include "scanner/engine/walker.h"

namespace counterscan {

using container::Checksum;
using container::LibzipView;
using container::Oddity;
using container::Range;
using container::RangeSet;
using container::ZipArchive;
using container::ZipMember;
using detect::FileType;

// Everything that is the same for all members of one zip.
struct Walker::ZipContext {
  const Part& part;
  const ZipArchive& archive;
  container::ZipKind kind;
  // Null when it refuses the archive or lists other members than we do.
  std::unique_ptr<LibzipView> libzip{};
  // Members that share their bytes are walked once: a directory may list one of them 100,000 times.
  std::unordered_set<std::string> walked{};
  // Put off until the other members are done.
  struct Deferred {
    std::size_t index;
    Reading reading;
  };
  std::vector<Deferred> containers{};
};

namespace {

constexpr std::uint64_t kKeptBytes = 4 * kMiB;
// Checksums of larger members are not computed: it costs a pass, and hides nothing from us.
constexpr std::uint64_t kChecksumBytes = 64 * kMiB;
// Between members: what writers leave as padding is short and zero.
constexpr std::uint64_t kPaddingBytes = 64 * 1024;
// An archive of a thousand holes is one finding and one gap for the rest.
constexpr std::size_t kMaxHoles = 64;

bool IsContainer(FileType type) {
  return type == FileType::kZip || type == FileType::kGzip || type == FileType::kZlib;
}

bool IsZeros(const ByteSource& source, const Range& range) {
  if (range.size() > kPaddingBytes) return false;
  std::vector<std::byte> bytes(static_cast<std::size_t>(range.size()));
  if (!ReadExactly(source, range.first, bytes)) return false;
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

bool IsText(const ByteSource& source, const Range& range) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(range.size()));
  if (!ReadExactly(source, range.first, bytes)) return false;
  detect::TextChecker checker;
  return checker.Feed(bytes) && checker.Finish();
}

// What libzip sees that we do not, or the other way round; "" when both see the same.
std::string Difference(const LibzipView& libzip, const std::vector<ZipMember>& members) {
  if (libzip.count() != members.size()) {
    return "libzip lists " + std::to_string(libzip.count()) + " members, the directory holds " +
           std::to_string(members.size());
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto theirs = libzip.Member(i);
    if (!theirs) return "entry " + std::to_string(i) + ": " + theirs.error().message;
    // Its names are C strings: behind a NUL it is our CheckNames() that speaks.
    const std::string_view name =
        std::string_view(members[i].name())
            .substr(0, std::min(members[i].name().find('\0'), members[i].name().size()));
    if (theirs->name != name || theirs->size != members[i].header.size ||
        theirs->compressed_size != members[i].header.compressed_size) {
      return "entry " + std::to_string(i) + " has another name or size for libzip";
    }
  }
  return "";
}

}  // namespace

FileType Walker::WalkZip(const Part& part, RangeSet& claimed) {
  const std::uint64_t size = part.source.size();
  if (!DeeperAllowed(part)) {
    claimed.Add(0, size);
    return FileType::kZip;
  }
  if (const auto archive = ZipArchive::Open(part.source, options_.limits)) {
    return WalkArchive(part, *archive, claimed);
  } else {
    LeaveGap(GapReason::kBrokenFormat, EngineId::kArchive, part.place, 0, size,
             "zip without a directory: " + archive.error().message);
  }
  // Without a directory most readers refuse it; one that streams would still find members.
  const ZipArchive walked = ZipArchive::Walk(part.source, 0, options_.limits, budget_);
  const FileType type = WalkArchive(part, walked, claimed);
  claimed.Add(0, size);
  return type;
}

FileType Walker::WalkArchive(const Part& part, const ZipArchive& archive, RangeSet& claimed) {
  ZipContext zip{.part = part, .archive = archive, .kind = container::KindOf(archive.members())};
  for (const Oddity& oddity : archive.oddities()) {
    std::optional<std::uint64_t> offset = oddity.offset;
    if (offset) *offset += part.place.base;
    const std::string where =
        oddity.member.empty() ? part.place.where : JoinPlace(part.place.where, oddity.member);
    sink_.Find(oddity.rule, EngineId::kArchive, where, offset, oddity.message);
  }
  if (archive.directories() == 1 && !archive.cut()) {
    auto libzip = LibzipView::Open(part.source);
    const std::string difference = libzip ? Difference(**libzip, archive.members())
                                          : "libzip refuses it: " + libzip.error().message;
    if (difference.empty()) {
      zip.libzip = std::move(*libzip);
    } else {
      sink_.Find("ARC-110", EngineId::kArchive, part.place.where, std::nullopt, difference);
    }
  }
  // Before the members: what the archive claims must not be reported a second time as a hole.
  WalkHoles(part, archive, claimed);
  bool cut = archive.cut();
  for (std::size_t i = 0; i < archive.members().size() && !cut; ++i) {
    if (members_left_ == 0) {
      cut = true;
    } else {
      --members_left_;
      WalkMember(zip, i);
    }
  }
  for (const auto& [index, reading] : std::exchange(zip.containers, {})) {
    WalkReading(zip, index, reading, true);
  }
  if (cut) {
    LeaveGap(GapReason::kLimitMembers, EngineId::kArchive, part.place, 0, part.source.size(),
             "more than " + std::to_string(options_.limits.members) + " members");
  }
  return zip.kind.type;
}

void Walker::WalkHoles(const Part& part, const ZipArchive& archive, RangeSet& claimed) {
  RangeSet known = claimed;
  known.Add(archive.claimed());
  for (const Range& comment : archive.comments()) {
    if (IsText(part.source, comment)) known.Add(comment);
  }
  claimed.Add(known);
  // A broken archive ends where its records break off, not where something is hidden; and of one
  // with too many members we know only some. Both have a gap of their own.
  if (archive.directories() == 0) return;
  if (archive.cut()) {
    claimed.Add(0, part.source.size());
    return;
  }
  std::size_t holes = 0;
  for (const Range& hole : known.Missing(part.source.size())) {
    if (IsZeros(part.source, hole)) {
      claimed.Add(hole);
      continue;
    }
    if (++holes > kMaxHoles) continue;
    sink_.Find("ARC-107", EngineId::kArchive, part.place.where, part.place.base + hole.first,
               std::to_string(hole.size()) + " bytes that no entry accounts for");
    claimed.Add(hole);
    const SliceSource bytes(part.source, hole.first, hole.size());
    Walk(Part{.source = bytes,
              .place = {part.place.where, part.place.base + hole.first},
              .depth = part.depth + 1,
              .role = Role::kHole});
  }
}

void Walker::WalkMember(ZipContext& zip, std::size_t index) {
  const ZipMember& member = zip.archive.members()[index];
  const Place place{JoinPlace(zip.part.place.where, member.name()), 0};
  if (!member.located()) {
    LeaveGap(GapReason::kMemberUnreadable, EngineId::kArchive, place, 0, member.header.size,
             member.problem);
    return;
  }
  if (zip.kind.IsUnjudgedCode(member.name())) {
    LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, place, 0, member.header.size,
             std::string(detect::Row(zip.kind.type).what));
  }
  const auto& header = member.header;
  WalkReading(zip, index, {header.method, header.compressed_size, header.size, header.crc}, false);
  if (!member.local) return;
  // Readers that stream believe the member's own header.
  const container::MemberHeader& local = *member.local;
  const bool has_sizes = local.compressed_size != 0 && local.compressed_size != 0xffffffff;
  const std::uint64_t packed_bytes = has_sizes ? local.compressed_size : header.compressed_size;
  if (local.method != header.method || packed_bytes != header.compressed_size) {
    WalkReading(zip, index,
                {local.method, packed_bytes, has_sizes ? local.size : header.size, local.crc},
                false);
  }
}

bool Walker::IsPlainStorage(const ZipContext& zip, const ZipMember& member) {
  const bool one_name = !member.local || member.local->name == member.name();
  return one_name && !member.marked_encrypted() && zip.kind.IsStorage(member.name());
}

void Walker::WalkReading(ZipContext& zip, std::size_t index, const Reading& reading,
                         bool containers_too) {
  const ZipMember& member = zip.archive.members()[index];
  const Place place{JoinPlace(zip.part.place.where, member.name()), 0};
  const bool storage = IsPlainStorage(zip, member);
  if (!containers_too) {
    const std::string key = std::to_string(member.data_offset) + "," +
                            std::to_string(reading.packed_bytes) + "," +
                            std::to_string(reading.method) + (storage ? "s" : "m");
    if (!zip.walked.insert(key).second) return;
  }
  const SliceSource packed(zip.part.source, member.data_offset, reading.packed_bytes);
  if (packed.size() < reading.packed_bytes) {
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
    if (!containers_too && !storage) CheckContent(member, reading, packed, place);
    WalkContent(zip, index, reading, packed, containers_too);
    return;
  }

  container::StreamOpener open;
  if (reading.method == container::kMethodDeflated) {
    open = [&packed]() -> Result<std::unique_ptr<ByteStream>> {
      return TRY(container::InflateStream::Open(packed, container::Wrapping::kRaw));
    };
  } else if (zip.libzip && reading.method == member.header.method &&
             LibzipView::SupportsMethod(reading.method)) {
    open = [&zip, index] { return zip.libzip->OpenMember(index); };
  } else {
    LeaveGap(GapReason::kUnsupportedMethod, EngineId::kArchive, place, 0, reading.size,
             "compression method " + std::to_string(reading.method));
    return;
  }
  if (storage) {
    // Only its first bytes are looked at, however much it unpacks to.
    MatchUnpacked(open, reading.size, place);
    const container::StreamSource content(open, reading.size, budget_);
    WalkContent(zip, index, reading, content, containers_too);
    return;
  }
  auto stream = open();
  if (!stream) {
    LeaveGap(GapReason::kMemberUnreadable, EngineId::kArchive, place, 0, reading.size,
             stream.error().message);
    return;
  }
  // How much of the packed bytes the stream took is known of our own only.
  const auto* deflated = reading.method == container::kMethodDeflated
                             ? static_cast<const container::InflateStream*>(stream->get())
                             : nullptr;
  container::Unpacked kept = container::Unpack(**stream, kKeptBytes, budget_);
  if (kept.error && !containers_too) {
    const bool encrypted = member.marked_encrypted();
    const GapReason reason = encrypted                               ? GapReason::kEncryptedMember
                             : kept.error->code == ErrorCode::kLimit ? GapReason::kLimitUnpacked
                                                                     : GapReason::kMemberUnreadable;
    LeaveGap(reason, EngineId::kArchive, place, kept.bytes.size(), reading.size,
             kept.error->message);
  }
  if (kept.complete || kept.error) {
    const container::BufferSource content(std::move(kept.bytes));
    if (!containers_too) MatchUnpacked(content, place);
    if (!containers_too && kept.complete) {
      CheckContent(member, reading, content, place);
      if (deflated != nullptr) WalkSlack(zip, member, packed, deflated->consumed());
    }
    WalkContent(zip, index, reading, content, containers_too);
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
  if (!containers_too) MatchUnpacked(open, size, place);
  const container::StreamSource content(open, size, budget_);
  WalkContent(zip, index, reading, content, containers_too);
  if (content.is_longer()) {
    sink_.Find("ARC-112", EngineId::kArchive, place.where, std::nullopt,
               "declared as " + std::to_string(reading.size) + " bytes, unpacks to more");
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kArchive, place, size, size,
             "what unpacks behind the declared size");
  }
}

void Walker::WalkSlack(const ZipContext& zip, const ZipMember& member, const ByteSource& packed,
                       std::uint64_t consumed) {
  const std::uint64_t size = packed.size() - std::min(packed.size(), consumed);
  const SliceSource slack(packed, consumed, size);
  if (size == 0 || IsZeros(slack, {0, size})) return;
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

void Walker::WalkContent(ZipContext& zip, std::size_t index, const Reading& reading,
                         const ByteSource& content, bool containers_too) {
  const ZipMember& member = zip.archive.members()[index];
  const Part part{.source = content,
                  .place = {JoinPlace(zip.part.place.where, member.name()), 0},
                  .depth = zip.part.depth + 1,
                  .role = Role::kMember};
  if (IsPlainStorage(zip, member)) {
    WalkStorage(part);
    return;
  }
  if (!containers_too) {
    const auto head = ReadHead(content);
    if (head && IsContainer(detect::Identify(*head, content.size()))) {
      zip.containers.push_back({index, reading});
      return;
    }
  }
  Walk(part);
}

// Bytes that torch reads as one tensor. They are inert by that, whatever they look like; but a
// pickle, a program or an archive among them was put there for someone.
void Walker::WalkStorage(const Part& part) {
  // Enough for every magic that matters here; a checkpoint has thousands of storages.
  constexpr std::size_t kStorageHeadBytes = 512;
  const auto head = ReadHead(part.source, kStorageHeadBytes);
  if (!head) {
    LeaveGap(ReadFailure(part.place), EngineId::kArchive, part.place, 0, part.source.size(),
             head.error().message);
    return;
  }
  const FileType type = detect::Identify(*head, part.source.size());
  if (detect::Row(type).carries == detect::Carries::kProgram || type == FileType::kZip) {
    Walk(part);
    return;
  }
  CheckNumbers(part.source, *head, part.place);
}

}  // namespace counterscan

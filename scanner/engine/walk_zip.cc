// Walker's half for zip archives: members, both of their records, and the bytes between them.

#include <algorithm>
#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/container/checksum.h"
#include "scanner/container/inflate_stream.h"
#include "scanner/container/libzip_view.h"
#include "scanner/container/member_source.h"
#include "scanner/detect/identify.h"
#include "scanner/detect/text_checker.h"
#include "scanner/engine/walker.h"
#include "scanner/engine/zip_context.h"

namespace counterscan {

using container::Checksum;
using container::LibzipView;
using container::Oddity;
using container::Range;
using container::RangeSet;
using container::ZipArchive;
using container::ZipMember;
using detect::FileType;

namespace {

// An archive of a thousand holes is one finding and one gap for the rest.
constexpr std::size_t kMaxHoles = 64;

bool IsText(const ByteSource& source, const Range& range) {
  const auto bytes = Excerpt::Read(source, range.first, range.size());
  if (!bytes || bytes->size() < range.size()) return false;
  detect::TextChecker checker;
  return checker.Feed(*bytes) && checker.Finish();
}

// What libzip sees that the directory does not hold, or the other way round; "" when both are one.
std::string Difference(const LibzipView& libzip, std::span<const ZipMember> members) {
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
  if (auto archive = ZipArchive::Open(part.source, options_.limits)) {
    return WalkArchive(part, *archive, claimed);
  } else {
    LeaveGap(GapReason::kBrokenFormat, EngineId::kArchive, part.place, 0, size,
             "zip without a directory: " + archive.error().message);
  }
  // Without a directory most readers refuse it; one that streams would still find members.
  ZipArchive walked = ZipArchive::Walk(part.source, 0, options_.limits, budget_);
  const FileType type = WalkArchive(part, walked, claimed);
  claimed.Add(0, size);
  return type;
}

FileType Walker::WalkArchive(const Part& part, ZipArchive& archive, RangeSet& claimed,
                             bool inside_pickle) {
  if (archive.directories() > 0 && !archive.cut()) {
    archive.AddLocalView(part.source, options_.limits, budget_);
  }
  ZipContext zip{.part = part, .archive = archive, .kind = container::KindOf(archive.members())};
  for (const Oddity& oddity : archive.oddities()) {
    std::optional<std::uint64_t> offset = oddity.offset;
    if (offset) *offset += part.place.base;
    const std::string where =
        oddity.member.empty() ? part.place.where : JoinPlace(part.place.where, oddity.member);
    sink_.Find(oddity.rule, EngineId::kArchive, where, offset, oddity.message);
  }
  // What follows an archive inside a pickle is the rest of the pickle, which libzip refuses.
  if (archive.directories() == 1 && !archive.cut() && !inside_pickle) {
    const auto libzip = LibzipView::Open(part.source);
    const auto listed = std::span(archive.members()).first(archive.listed());
    const std::string difference =
        libzip ? Difference(**libzip, listed) : "libzip refuses it: " + libzip.error().message;
    if (!difference.empty()) {
      sink_.Find("ARC-110", EngineId::kArchive, part.place.where, std::nullopt, difference);
    }
  }
  if (zip.kind.IsTorch()) {
    for (const std::string& name : container::NamesTorchTakesForOne(archive.members())) {
      sink_.Find("ARC-103", EngineId::kArchive, JoinPlace(part.place.where, name), std::nullopt,
                 "torch takes it for another name that differs in case");
    }
  }
  const std::vector<std::string> code = container::ZipKind::CodeThatRuns(archive.members());
  if (!code.empty()) {
    sink_.Find(
        "FMT-109", EngineId::kFormat, part.place.where, std::nullopt,
        std::to_string(code.size()) + " of its members, such as " + Printable(code.front(), 80));
  }
  if (zip.kind.Is(FileType::kJar)) {
    sink_.Find("FMT-101", EngineId::kFormat, part.place.where, part.place.base, "a Java archive");
    LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, 0, part.source.size(),
             "jar: " + std::string(detect::Row(FileType::kJar).what));
  }
  NoteMembers(part, archive);
  // Before the members: what the archive claims must not be reported a second time as a hole.
  WalkHoles(part, archive, claimed);
  bool cut = archive.cut();
  std::vector<std::size_t> storages;
  for (std::size_t i = 0; i < archive.members().size() && !cut; ++i) {
    if (members_left_ == 0) {
      cut = true;
      continue;
    }
    --members_left_;
    // What a storage is, the pickles say.
    if (IsPlainStorage(zip, archive.members()[i])) {
      storages.push_back(i);
    } else {
      WalkMember(zip, MemberAt(zip, i, false));
    }
  }
  if (cut || matcher_ != nullptr) zip.storages.MayHoldMore();
  for (const std::size_t i : storages) WalkMember(zip, MemberAt(zip, i, true));
  ReportMissingStorages(zip);
  for (const auto& [index, reading] : std::exchange(zip.containers, {})) {
    WalkReading(zip, MemberAt(zip, index, false), reading, true);
  }
  if (cut) {
    LeaveGap(GapReason::kLimitMembers, EngineId::kArchive, part.place, 0, part.source.size(),
             members_left_ == 0
                 ? "more than " + std::to_string(options_.limits.members) + " members"
                 : "only " + std::to_string(archive.members().size()) + " members were listed");
  }
  return zip.kind.type();
}

// Which bytes are whose; of what is packed in them their own parts tell.
void Walker::NoteMembers(const Part& part, const ZipArchive& archive) {
  constexpr std::size_t kShownName = 80;
  constexpr std::string_view kRecord = "zip record";
  if (sink_.recorder() == nullptr) return;
  for (const ZipMember& member : archive.members()) {
    if (!member.located()) continue;
    const std::uint64_t left = part.source.size() - member.data_offset;
    const std::uint64_t end = member.data_offset + std::min(member.header.compressed_size, left);
    Note(part.place, member.local_offset, member.data_offset, Handling::kAnalysed, kRecord);
    Note(part.place, member.data_offset, end, Handling::kAnalysed,
         "member " + member.name().substr(0, kShownName));
    Note(part.place, end, end + member.descriptor_bytes, Handling::kAnalysed, kRecord);
  }
  std::uint64_t at = 0;
  for (const Range& hole : archive.claimed().Missing(part.source.size())) {
    Note(part.place, at, hole.first, Handling::kAnalysed, kRecord);
    at = hole.last;
  }
  Note(part.place, at, part.source.size(), Handling::kAnalysed, kRecord);
}

void Walker::WalkHoles(const Part& part, const ZipArchive& archive, RangeSet& claimed) {
  RangeSet known = claimed;
  known.Add(archive.claimed());
  for (const Range& comment : archive.comments()) {
    if (!IsText(part.source, comment)) continue;
    known.Add(comment);
    Note(part.place, comment.first, comment.last, Handling::kInert, "comment");
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
    if (container::IsZeroPadding(part.source, hole)) {
      claimed.Add(hole);
      Note(part.place, hole.first, hole.last, Handling::kInert, "zeros between records");
      continue;
    }
    if (++holes > kMaxHoles) continue;
    sink_.Find("ARC-107", EngineId::kArchive, part.place.where, part.place.base + hole.first,
               std::to_string(hole.size()) + " bytes that no entry accounts for");
    claimed.Add(hole);
    const SliceSource bytes(part.source, hole.first, hole.size());
    Walk(Part{.source = bytes,
              .place = {part.place.where, part.place.base + hole.first},
              .name = part.name,
              .depth = part.depth + 1,
              .role = Role::kHole});
  }
}

// Who looks for members by their signature finds them behind anything.
void Walker::TryHiddenMembers(const Part& part) {
  constexpr int kTries = 64;
  std::uint64_t at = 0;
  for (int i = 0; i < kTries; ++i) {
    at = container::FindLocalHeader(part.source, at, budget_);
    if (at == part.source.size()) return;
    if (container::LocalHeaderAt(part.source, at)) break;
    ++at;
  }
  if (!container::LocalHeaderAt(part.source, at) || !DeeperAllowed(part)) return;
  sink_.Find("ARC-113", EngineId::kArchive, part.place.where, part.place.base + at,
             "members that no directory lists, found by their headers");
  ZipArchive archive = ZipArchive::Walk(part.source, at, options_.limits, budget_);
  RangeSet ignored;
  WalkArchive(part, archive, ignored);
}

}  // namespace counterscan

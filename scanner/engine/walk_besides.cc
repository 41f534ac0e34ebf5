// What a part may be besides its type: a pickle from its first byte, an archive that ends with its
// last, a pickle or an HDF5 file somewhere inside.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>

#include "pickle/readings/disassembly.h"
#include "pickle/readings/pickle_search.h"
#include "pickle/sniff.h"
#include "scanner/base/text.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using container::Range;
using container::RangeSet;
using detect::Carries;
using detect::FileType;

// A larger member is not probed for HDF5: each look could mean to unpack it anew.
constexpr std::uint64_t kProbedBytes = 4 * kMiB;

bool BeginsAsZip(std::span<const std::byte> head) {
  const std::string_view text = AsText(head);
  return text.starts_with("PK\3\4") || text.starts_with("PK\5\6");
}

// A line's end or a few, as editors leave them.
bool IsBlank(const ByteSource& source, const Range& range) {
  constexpr std::uint64_t kFewBytes = 4096;
  if (range.size() > kFewBytes) return false;
  const auto bytes = Excerpt::Read(source, range.first, range.size());
  return bytes && AsText(*bytes).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool IsNamedAsPickle(std::string_view name) {
  constexpr std::string_view kEndings[] = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt"};
  return std::ranges::any_of(kEndings,
                             [&](std::string_view ending) { return EndsWithLower(name, ending); });
}

}  // namespace

bool Walker::TryPickle(const Part& part, std::span<const std::byte> head, FileType type,
                       RangeSet& claimed) {
  if (type == FileType::kPickle || type == FileType::kTorchLegacy || type == FileType::kEmpty) {
    return false;
  }
  // "PK" is also PERSID with an id of "K...". No loader gets past it: pickle.load has no
  // persistent_load, and torch.load takes a file that begins like this for a zip.
  if (BeginsAsZip(head)) return false;
  const Carries carries = detect::Row(type).carries;
  std::optional<pickle::SeenNames> worst_name;
  const auto seen_names = [&] {
    if (!worst_name) worst_name = pickle::WorstSeenName(part.source, options_.limits);
    return *worst_name;
  };
  // No unpickler gets far, but other scanners name what stands behind. Words in lines may be names
  // by chance: there the name of the member decides.
  const auto names_something = [&] {
    const bool named = IsNamedAsPickle(part.name);
    return seen_names() >= pickle::SeenNames::kCannotTell ||
           (seen_names() == pickle::SeenNames::kSome && (named || carries == Carries::kUnknown));
  };
  if (!pickle::LooksLikePickle(head, part.source) && !names_something()) return false;
  const pickle::Analysis analysis = RunPickle(part.source);
  // A name and STOP are a whole pickle, however short.
  const auto is_whole = [&] {
    return analysis.gaps.empty() && analysis.end == part.source.size() &&
           seen_names() != pickle::SeenNames::kNone;
  };
  if (!IsConvincing(analysis) && !is_whole() && !names_something()) return false;
  const RangeSet spoken = ReportPickles(analysis, part.place, ReadFailure(part.place), sink_);
  if (carries != Carries::kText && carries != Carries::kUnknown) {
    sink_.Find("FMT-105", EngineId::kFormat, part.place.where, part.place.base,
               "a pickle, and also " + std::string(detect::Name(type)));
  }
  // What the format took for text is a pickle, and only what a pickle has is spoken for: a program
  // may go on to load what stands behind.
  if (carries == Carries::kText) {
    claimed = RangeSet();
    const Range tail{spoken.End(), part.source.size()};
    if (IsBlank(part.source, tail)) claimed.Add(tail);
  }
  claimed.Add(spoken);
  return true;
}

// Bytes of no type may have a pickle inside: a program can seek to it. Noise begins like a pickle
// now and then, and the strings of a compiled program name anything; but neither is a pickle to its
// end.
void Walker::TryHiddenPickle(const Part& part) {
  const auto first = pickle::PickleSearch(part.source).Next(0);
  if (!first) return;
  const SliceSource rest(part.source, *first, part.source.size() - *first);
  const pickle::Analysis analysis = RunPickle(rest);
  const auto stands_in_pickle = [&](std::uint64_t offset) {
    return std::ranges::any_of(analysis.pickles, [&](const pickle::Pickle& pickle) {
      return pickle.error.empty() && offset >= pickle.offset &&
             offset - pickle.offset < pickle.size;
    });
  };
  const bool calls_denied =
      std::ranges::any_of(analysis.findings, [&](const pickle::Finding& finding) {
        return finding.level == Level::kUnsafe && finding.message.starts_with("calls ") &&
               stands_in_pickle(finding.offset);
      });
  if (!calls_denied) return;
  const Place place{part.place.where, part.place.base + *first};
  sink_.Find("FMT-105", EngineId::kFormat, place.where, place.base,
             "a pickle inside bytes of no known type");
  // The bytes stay of no known type: that something was found in them does not explain them.
  static_cast<void>(ReportPickles(analysis, place, ReadFailure(part.place), sink_));
}

bool Walker::TryZipTail(const Part& part, std::span<const std::byte> head, FileType type,
                        RangeSet& claimed) {
  const std::uint64_t size = part.source.size();
  if (BeginsAsZip(head) || size < container::kEndRecordBytes) return false;
  const std::uint64_t window = std::min(size, container::kEndRecordWindow);
  const auto tail = Excerpt::Read(part.source, size - window, window);
  if (!tail || !container::MayEndAsZip(*tail)) return false;
  auto archive = container::ZipArchive::Open(part.source, options_.limits);
  const auto located = [](const container::ZipMember& member) { return member.located(); };
  if (!archive || !std::ranges::any_of(archive->members(), located)) return false;
  if (!DeeperAllowed(part)) return false;
  const bool tar = type == FileType::kTar || type == FileType::kTorchTar;
  if (tar && StandsInTarMembers(part, *archive)) return false;

  // A pickle may hold a whole archive as one of its strings; nothing but the pickle is read then.
  const bool inside_pickle =
      type == FileType::kPickle && archive->claimed().End() < size &&
      std::ranges::all_of(archive->members(), [&](const container::ZipMember& member) {
        return claimed.Covers({member.local_offset, member.data_offset});
      });
  // TFLite models carry their labels in an archive at the end (TFLite Metadata).
  // Compressors leave what they cannot make smaller as it is.
  const bool expected = inside_pickle || type == FileType::kTflite || detect::IsContainer(type);
  if (type != FileType::kUnknown && !expected) {
    sink_.Find("FMT-105", EngineId::kFormat, part.place.where, part.place.base,
               std::string(detect::Name(type)) + ", and also an archive of " +
                   std::to_string(archive->members().size()) + " members");
  }
  WalkArchive(part, *archive, claimed, inside_pickle);
  return true;
}

// True when all that an archive lists is listed by archives that are each one member of a tar:
// these are walked as such. Several of them look like one archive with several directories.
bool Walker::StandsInTarMembers(const Part& part, const container::ZipArchive& archive) {
  using Entry = std::tuple<std::uint64_t, std::string_view, std::uint16_t, std::uint64_t,
                           std::uint64_t, std::uint64_t>;
  const auto entry_of = [](const container::ZipMember& member, std::uint64_t base) {
    return Entry{base + member.local_offset,    member.name(),      member.header.method,
                 member.header.compressed_size, member.header.size, member.header.flags};
  };
  std::set<Entry> listed;
  for (const container::ZipMember& member : archive.members()) listed.insert(entry_of(member, 0));
  container::TarReader reader(part.source, listed_memory_);
  while (!listed.empty()) {
    const auto member = reader.Next();
    if (!member) return false;
    const auto first = listed.lower_bound(Entry{member->data_offset, {}, 0, 0, 0, 0});
    const std::uint64_t end = member->data_offset + member->stored_size;
    if (first == listed.end() || std::get<0>(*first) >= end) continue;
    const SliceSource data(part.source, member->data_offset, member->stored_size);
    const auto inner = container::ZipArchive::Open(data, options_.limits);
    if (!inner) return false;
    for (const container::ZipMember& entry : inner->members()) {
      listed.erase(entry_of(entry, member->data_offset));
    }
    // One of them is listed from elsewhere.
    const auto left = listed.lower_bound(Entry{member->data_offset, {}, 0, 0, 0, 0});
    if (left != listed.end() && std::get<0>(*left) < end) return false;
  }
  return true;
}

FileType Walker::TryHdf5(const Part& part, FileType type, RangeSet& claimed) {
  // HDF5 file format specification 3.0, II.A: the superblock begins at 0 or at 512 times a power of
  // two.
  constexpr std::uint64_t kFirstPlace = 512;
  constexpr std::string_view kSuperblock = "\x89HDF\r\n\x1a\n";
  const std::uint64_t size = part.source.size();
  if (type == FileType::kHdf5 || (part.role != Role::kFile && size > kProbedBytes)) return type;
  for (std::uint64_t place = kFirstPlace; place < size; place *= 2) {
    std::array<std::byte, kSuperblock.size()> bytes = {};
    const auto got = part.source.ReadAt(place, bytes);
    if (!got || AsText(bytes) != kSuperblock) continue;
    LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, place, size,
             std::string(detect::Row(FileType::kHdf5).what));
    claimed.Add(0, size);
    if (type == FileType::kUnknown) return FileType::kHdf5;
    // A tar begins its first file at byte 512.
    if (type != FileType::kTar && type != FileType::kTorchTar) {
      sink_.Find("FMT-105", EngineId::kFormat, part.place.where, part.place.base + place,
                 std::string(detect::Name(type)) + ", and also hdf5 from byte " +
                     std::to_string(place) + " on");
    }
    return type;
  }
  return type;
}

}  // namespace counterscan

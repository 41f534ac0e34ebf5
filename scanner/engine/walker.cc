#include "scanner/engine/walker.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "pickle/readings/disassembly.h"
#include "pickle/readings/pickle_search.h"
#include "pickle/sniff.h"
#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/container/torch_legacy.h"
#include "scanner/detect/identify.h"
#include "scanner/detect/script_name.h"
#include "scanner/detect/text_checker.h"
#include "scanner/engine/constant_inflater.h"
#include "scanner/format/numpy.h"
#include "scanner/format/safetensors.h"

namespace counterscan {
namespace {

using container::Range;
using container::RangeSet;
using detect::Carries;
using detect::FileType;

constexpr std::size_t kTextStep = 128 * 1024;
// Unpacked content up to this size is kept in memory; larger content is unpacked again as it is
// read. With sixteen containers inside each other this bounds what they hold together.
constexpr std::uint64_t kKeptBytes = 4 * kMiB;
constexpr std::string_view kDeclaredNumbers = "numbers that the format declares";

std::uint64_t Budget(const Limits& limits, std::uint64_t file_size) {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(file_size, limits.inflate_ratio, &bytes) ||
      __builtin_add_overflow(bytes, limits.inflated_bytes, &bytes)) {
    return ~std::uint64_t{0};
  }
  return bytes;
}

bool BeginsAsZip(std::span<const std::byte> head) {
  const std::string_view text = AsText(head);
  return text.starts_with("PK\3\4") || text.starts_with("PK\5\6");
}

std::string_view LastPart(std::string_view where) {
  return where.substr(where.find_last_of("/:") + 1);
}

// Members that torch.load and torch.jit.load unpickle whatever they look like. They look their
// names up without regard to case.
bool IsAlwaysUnpickled(const Place& place) {
  const std::string name = AsciiLower(LastPart(place.where));
  return name == "data.pkl" || name == "constants.pkl";
}

bool IsNamedAsPickle(std::string_view name) {
  return name.ends_with(".pkl") || name.ends_with(".pickle") || name.ends_with(".joblib") ||
         name.ends_with(".pt") || name.ends_with(".pth") || name.ends_with(".ckpt");
}

}  // namespace

std::string JoinPlace(std::string_view where, std::string_view member) {
  constexpr std::size_t kLongestName = 255;
  constexpr std::size_t kLongestPlace = 1024;
  std::string place(where);
  if (!place.empty()) place += "::";
  place += member.substr(0, kLongestName);
  if (member.size() > kLongestName) place += "...";
  if (place.size() > kLongestPlace) {
    place.resize(kLongestPlace);
    place += "...";
  }
  return place;
}

Result<std::vector<std::byte>> ReadHead(const ByteSource& source, std::size_t bytes) {
  std::vector<std::byte> head(
      static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), bytes)));
  head.resize(TRY(source.ReadAt(0, head)));
  return head;
}

bool IsZeros(const ByteSource& source, const Range& range) {
  constexpr std::size_t kStep = 64 * 1024;
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(std::min<std::uint64_t>(range.size(), kStep)));
  for (std::uint64_t at = range.first; at < range.last;) {
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), range.last - at));
    const auto piece = std::span(bytes).first(step);
    if (!ReadExactly(source, at, piece)) return false;
    if (!std::ranges::all_of(piece, [](std::byte b) { return b == std::byte{0}; })) return false;
    at += step;
  }
  return true;
}

Walker::Walker(const AnalysisOptions& options, std::uint64_t file_size, AnalysisSink& sink,
               ContentMatcher* matcher)
    : options_(options),
      sink_(sink),
      matcher_(matcher),
      budget_(Budget(options.limits, file_size)),
      match_budget_(Budget(options.limits, file_size)),
      kept_memory_(options.limits.kept_bytes),
      decoder_memory_(options.limits.decoder_bytes),
      listed_memory_(options.limits.listed_bytes),
      members_left_(options.limits.members),
      opcodes_left_(options.limits.pickle_opcodes) {}

void Walker::LeaveGap(GapReason reason, EngineId engine, const Place& place, std::uint64_t first,
                      std::uint64_t last, std::string detail) {
  Gap gap;
  gap.reason = reason;
  gap.engine = engine;
  gap.where = place.where;
  gap.first = place.base + first;
  gap.last = place.base + last;
  gap.detail = std::move(detail);
  sink_.Add(std::move(gap));
}

void Walker::Note(const Place& place, std::uint64_t first, std::uint64_t last, Handling handling,
                  std::string_view by) {
  if (sink_.recorder() == nullptr) return;
  sink_.recorder()->Note(place.where, place.base + first, place.base + last, handling, by);
}

void Walker::MatchUnpacked(const ByteSource& content, const Place& place) {
  unpacked_ = true;
  if (matcher_ == nullptr) return;
  for (Gap& gap : matcher_->Match(content, place.where)) {
    gap.where = place.where;
    if ((match_budget_.exhausted() || budget_.exhausted()) &&
        gap.reason == GapReason::kUnreadable) {
      gap.reason = GapReason::kLimitUnpacked;
    }
    sink_.Add(std::move(gap));
  }
}

void Walker::MatchUnpacked(const container::StreamOpener& open, std::uint64_t size,
                           const Place& place) {
  const container::StreamSource content(open, size, match_budget_);
  MatchUnpacked(content, place);
  if (content.is_longer()) {
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kClamav, place, size, size,
             "what unpacks behind the declared size was not matched");
  }
}

pickle::Analysis Walker::RunPickle(const ByteSource& source) {
  if (matcher_ != nullptr) return {};
  pickle::Options options;
  options.limits = options_.limits;
  options.limits.pickle_opcodes = opcodes_left_;
  options.explain = options_.explain;
  options.explain_opcodes = options_.explain_opcodes;
  options.policy = options_.policy;
  const ConstantInflater inflater;
  options.decompressor = &inflater;
  pickle::Analysis analysis = pickle::Analyze(source, options);
  for (const pickle::Pickle& pickle : analysis.pickles) {
    opcodes_left_ -= std::min(opcodes_left_, pickle.opcode_count);
  }
  if (on_claims_) on_claims_(analysis);
  return analysis;
}

GapReason Walker::ReadFailure(const Place& place) const {
  if (budget_.exhausted()) return GapReason::kLimitUnpacked;
  return place.where.empty() ? GapReason::kUnreadable : GapReason::kMemberUnreadable;
}

GapReason Walker::UnpackFailure(const Error& error) const {
  switch (error.code) {
    case ErrorCode::kLimit:
      return budget_.exhausted() ? GapReason::kLimitUnpacked : GapReason::kLimitMemory;
    case ErrorCode::kUnsupported:
      return GapReason::kUnsupportedMethod;
    default:
      return GapReason::kBrokenFormat;
  }
}

bool Walker::DeeperAllowed(const Part& part) {
  if (part.depth < options_.limits.container_depth) return true;
  LeaveGap(GapReason::kLimitDepth, EngineId::kArchive, part.place, 0, part.source.size(),
           "more than " + std::to_string(options_.limits.container_depth) +
               " containers inside each other");
  return false;
}

void Walker::Report(format::FormatReport report, const Place& place) {
  for (Finding& finding : report.findings) {
    finding.where = place.where;
    if (finding.offset) *finding.offset += place.base;
    sink_.Add(std::move(finding));
  }
  for (Gap& gap : report.gaps) {
    gap.where = place.where;
    gap.first += place.base;
    gap.last += place.base;
    sink_.Add(std::move(gap));
  }
}

FileType Walker::WalkFile(const ByteSource& file) {
  return Walk(Part{.source = file, .place = {}, .depth = 0, .role = Role::kFile});
}

FileType Walker::Walk(const Part& part) {
  CoverageRecorder* recorder = sink_.recorder();
  if (recorder == nullptr) return WalkBytes(part);
  // A hole belongs to the part around it.
  const bool own_part = part.role != Role::kHole;
  if (own_part) recorder->Enter(part.place.where, part.source.size());
  const FileType type = WalkBytes(part);
  const auto handling =
      detect::Row(type).carries == Carries::kNothing ? Handling::kInert : Handling::kAnalysed;
  if (own_part) {
    recorder->Leave(detect::Name(type), handling);
  } else {
    Note(part.place, 0, part.source.size(), handling, detect::Name(type));
  }
  return type;
}

FileType Walker::WalkBytes(const Part& part) {
  const std::uint64_t size = part.source.size();
  const auto head = ReadHead(part.source);
  if (!head || head->size() < std::min<std::uint64_t>(size, detect::kHeadBytes)) {
    LeaveGap(ReadFailure(part.place), EngineId::kScan, part.place, 0, size,
             head ? "ends before the size it was opened with" : head.error().message);
    return FileType::kUnknown;
  }
  if (options_.witness != nullptr) options_.witness->Saw(part.source, part.place.where);
  RangeSet claimed;
  const bool forced = part.role == Role::kMember && IsAlwaysUnpickled(part.place);
  FileType type = forced ? FileType::kPickle : detect::Identify(*head, size);
  if (part.role == Role::kMember && detect::Row(type).carries == Carries::kText &&
      detect::NamesScript(LastPart(part.place.where))) {
    type = FileType::kScript;
  }
  type = WalkAs(type, part, claimed);
  if (TryPickle(part, *head, type, claimed) &&
      (type == FileType::kUnknown || detect::Row(type).carries == Carries::kText)) {
    type = FileType::kPickle;
  }
  if (TryTextZlib(part, *head, type, claimed)) type = FileType::kZlib;
  if (type == FileType::kUnknown) TryHiddenPickle(part);
  if (type == FileType::kUnknown && part.role == Role::kHole) TryHiddenMembers(part);
  TryHiddenSevenZip(part, type, claimed);
  const bool zip_at_end = TryZipTail(part, *head, type, claimed);
  if (type == FileType::kUnknown && zip_at_end) type = FileType::kZip;
  type = TryHdf5(part, type, claimed);

  const std::vector<Range> missing = claimed.Missing(size);
  if (type == FileType::kUnknown && part.role != Role::kHole) {
    for (const Range& range : missing) {
      LeaveGap(GapReason::kUnknownType, EngineId::kScan, part.place, range.first, range.last, "");
    }
    return type;
  }
  const bool is_pickle = type == FileType::kPickle || type == FileType::kTorchLegacy;
  for (const Range& range : missing) {
    if (is_pickle && range.last == size && !zip_at_end) {
      sink_.Find("FMT-106", EngineId::kFormat, part.place.where, part.place.base + range.first,
                 std::to_string(range.size()) + " bytes after the last pickle");
    }
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kScan, part.place, range.first, range.last,
             "no part of the " + std::string(detect::Name(type)) + " format");
  }
  return type;
}

FileType Walker::WalkAs(FileType type, const Part& part, RangeSet& claimed) {
  const std::uint64_t size = part.source.size();
  const detect::FileTypeRow& row = detect::Row(type);
  switch (row.carries) {
    case Carries::kNothing:
      claimed.Add(0, size);
      return type;
    case Carries::kText:
      // Identification has seen all of a short text already.
      if (size <= detect::kHeadBytes) {
        claimed.Add(0, size);
      } else if (!WalkText(part, claimed)) {
        return FileType::kUnknown;
      }
      if (type == FileType::kScript) ReportScript(part);
      return type;
    case Carries::kPointer:
      claimed.Add(0, size);
      LeaveGap(GapReason::kPointer, EngineId::kScan, part.place, 0, size, "");
      return type;
    case Carries::kProgram:
      sink_.Find(part.role == Role::kFile ? "FMT-101" : "FMT-102", EngineId::kFormat,
                 part.place.where, part.place.base, std::string(row.what));
      [[fallthrough]];
    case Carries::kCode:
      claimed.Add(0, size);
      LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, 0, size,
               std::string(row.name) + ": " + std::string(row.what));
      return type;
    case Carries::kUnknown:
      return type;
    case Carries::kAnalysed:
      break;
  }
  switch (type) {
    case FileType::kPickle:
      WalkPickle(part, claimed);
      return type;
    case FileType::kTorchLegacy:
      WalkTorchLegacy(part, claimed);
      return type;
    case FileType::kNumpy:
      WalkNumpy(part, claimed);
      return type;
    case FileType::kSafetensors:
      WalkSafetensors(part, claimed);
      return type;
    case FileType::kGzip:
    case FileType::kZlib:
    case FileType::kJoblibZfile:
    case FileType::kBzip2:
    case FileType::kXz:
    case FileType::kLzma:
    case FileType::kLzip:
    case FileType::kLz4:
    case FileType::kZstd:
      return WalkCompressed(part, type, claimed) ? type : FileType::kUnknown;
    case FileType::kTar:
      return WalkTar(part, claimed);
    case FileType::kSevenZip:
    case FileType::kRar:
      return WalkLibArchive(part, type, claimed);
    default:
      return WalkZip(part, claimed);
  }
}

void Walker::ReportScript(const Part& part) {
  const std::uint64_t size = part.source.size();
  const auto start = ReadHead(part.source, 2);
  if (part.role == Role::kMember && start && AsText(*start) == "#!") {
    sink_.Find("FMT-103", EngineId::kFormat, part.place.where, part.place.base, "begins with #!");
  }
  LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, 0, size,
           "script: " + std::string(detect::Row(FileType::kScript).what));
}

bool Walker::WalkText(const Part& part, RangeSet& claimed) {
  const std::uint64_t size = part.source.size();
  detect::TextChecker checker;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size, kTextStep)));
  std::uint64_t at = 0;
  while (at < size && checker.good()) {
    const auto got = part.source.ReadAt(at, buffer);
    if (!got || *got == 0) {
      LeaveGap(ReadFailure(part.place), EngineId::kScan, part.place, at, size,
               got ? "ends before the size it was opened with" : got.error().message);
      claimed.Add(0, size);
      return true;
    }
    checker.Feed(std::span<const std::byte>(buffer).first(*got));
    at += *got;
  }
  if (!checker.Finish()) return false;
  claimed.Add(0, size);
  return true;
}

void Walker::WalkPickle(const Part& part, RangeSet& claimed) {
  const pickle::Analysis analysis = RunPickle(part.source);
  claimed.Add(ReportPickles(analysis, part.place, ReadFailure(part.place), sink_));
}

namespace {

// What torch writes for the storages that a legacy file's pickles claim, each behind its element
// count; nothing when they do not tell.
std::optional<std::uint64_t> StorageBytes(const pickle::Analysis& analysis) {
  if (!analysis.storages_known || !analysis.gaps.empty()) return std::nullopt;
  std::unordered_map<std::string_view, std::uint64_t> bytes_of;
  for (const pickle::StorageClaim& claim : analysis.storages) {
    std::uint64_t bytes = 0;
    if (claim.element_bytes == 0 ||
        __builtin_mul_overflow(claim.elements, claim.element_bytes, &bytes)) {
      return std::nullopt;
    }
    std::uint64_t& longest = bytes_of[claim.key];
    longest = std::max(longest, bytes);
  }
  std::uint64_t sum = 0;
  for (const auto& [key, bytes] : bytes_of) {
    if (__builtin_add_overflow(sum, bytes + sizeof(std::uint64_t), &sum)) return std::nullopt;
  }
  return sum;
}

}  // namespace

void Walker::WalkTorchLegacy(const Part& part, RangeSet& claimed) {
  const pickle::Analysis analysis = RunPickle(part.source);
  claimed.Add(ReportPickles(analysis, part.place, ReadFailure(part.place), sink_));
  // The analysis also lists pickles inside pickles: the five stand one after another.
  std::uint64_t end = 0;
  for (int i = 0; i < container::kLegacyPickles; ++i) {
    const auto next = std::ranges::find_if(analysis.pickles, [&](const pickle::Pickle& pickle) {
      return pickle.offset == end && pickle.error.empty();
    });
    if (next == analysis.pickles.end()) return;
    end = next->offset + next->size;
  }
  if (!container::CountStorages(part.source, end)) return;
  claimed.Add(end, part.source.size());
  Note(part.place, end, part.source.size(), Handling::kInert, kDeclaredNumbers);
  const auto bytes = StorageBytes(analysis);
  const std::uint64_t found = part.source.size() - end;
  if (!bytes || *bytes == found) return;
  const std::string why = "tensors claim " + std::to_string(*bytes) + " bytes of storages, " +
                          std::to_string(found) + " follow the pickles";
  sink_.Find("FMT-108", EngineId::kFormat, part.place.where, part.place.base + end, why);
  LeaveGap(GapReason::kUnparsedBytes, EngineId::kFormat, part.place, end, part.source.size(), why);
}

void Walker::WalkSafetensors(const Part& part, RangeSet& claimed) {
  format::FormatReport report = format::CheckSafetensors(part.source);
  claimed.Add(report.claimed);
  // What a gap names is accounted for, though not as covered.
  for (const Gap& gap : report.gaps) claimed.Add(gap.first, gap.last);
  // Behind the header's length and the header itself (safetensors README, "Format").
  std::array<std::byte, sizeof(std::uint64_t)> length{};
  if (sink_.recorder() != nullptr && ReadExactly(part.source, 0, length)) {
    const std::uint64_t header_bytes = *ByteReader(length).LittleEndian<std::uint64_t>();
    const std::uint64_t left = part.source.size() - length.size();
    Note(part.place, length.size() + std::min(header_bytes, left), part.source.size(),
         Handling::kInert, kDeclaredNumbers);
  }
  Report(std::move(report), part.place);
}

void Walker::WalkNumpy(const Part& part, RangeSet& claimed) {
  const std::uint64_t size = part.source.size();
  const auto header = format::ReadNumpyHeader(part.source);
  if (!header) {
    const std::string why = header.error().message;
    if (header.error().code != ErrorCode::kUnsupported) {
      sink_.Find("FMT-301", EngineId::kFormat, part.place.where, part.place.base, why);
    }
    LeaveGap(GapReason::kBrokenFormat, EngineId::kFormat, part.place, 0, size, why);
    claimed.Add(0, size);
    return;
  }
  claimed.Add(0, header->data_offset);
  const SliceSource body(part.source, header->data_offset, size - header->data_offset);
  const Place body_place{part.place.where, part.place.base + header->data_offset};
  if (header->has_objects) {
    const pickle::Analysis analysis = RunPickle(body);
    const RangeSet spoken = ReportPickles(analysis, body_place, ReadFailure(part.place), sink_);
    claimed.Add(header->data_offset, size);
    for (const Range& range : spoken.Missing(body.size())) {
      LeaveGap(GapReason::kUnparsedBytes, EngineId::kFormat, body_place, range.first, range.last,
               "bytes after the pickled array");
    }
    return;
  }
  const auto bytes = header->DataBytes();
  const std::uint64_t claimed_bytes = std::min(bytes.value_or(0), body.size());
  claimed.Add(header->data_offset, header->data_offset + claimed_bytes);
  if (!bytes || *bytes != body.size()) {
    const std::string why = (bytes ? std::to_string(*bytes) : "more than 2^64") +
                            " bytes declared, " + std::to_string(body.size()) + " present";
    sink_.Find("FMT-302", EngineId::kFormat, part.place.where, body_place.base, why);
    if (!bytes || *bytes > body.size()) {
      LeaveGap(GapReason::kBrokenFormat, EngineId::kFormat, part.place, 0, size, why);
      claimed.Add(0, size);
    }
  }
  if (const auto head = ReadHead(body)) CheckNumbers(body, *head, body_place);
  Note(body_place, 0, claimed_bytes, Handling::kInert, kDeclaredNumbers);
}

bool Walker::TryPickle(const Part& part, std::span<const std::byte> head, FileType type,
                       RangeSet& claimed) {
  if (type == FileType::kPickle || type == FileType::kTorchLegacy || type == FileType::kEmpty) {
    return false;
  }
  // "PK" is also PERSID with an id of "K...". No loader gets past it: pickle.load has no
  // persistent_load, and torch.load takes a file that begins like this for a zip.
  if (BeginsAsZip(head)) return false;
  const Carries carries = detect::Row(type).carries;
  // No unpickler gets far, but other scanners name what stands behind. Words in lines may be names
  // by chance: there the name of the member decides.
  const auto names_something = [&] {
    const bool named = IsNamedAsPickle(part.place.where);
    const pickle::SeenNames seen = pickle::WorstSeenName(part.source, options_.limits);
    return seen == pickle::SeenNames::kUnsafe ||
           (seen == pickle::SeenNames::kSome && (named || carries == Carries::kUnknown));
  };
  if (!pickle::LooksLikePickle(head, part.source) && !names_something()) return false;
  const pickle::Analysis analysis = RunPickle(part.source);
  // A name and STOP are a whole pickle, however short.
  const auto is_whole = [&] {
    return analysis.gaps.empty() && analysis.end == part.source.size() &&
           pickle::WorstSeenName(part.source, options_.limits) != pickle::SeenNames::kNone;
  };
  if (!IsConvincing(analysis) && !is_whole() && !names_something()) return false;
  const RangeSet spoken = ReportPickles(analysis, part.place, ReadFailure(part.place), sink_);
  if (carries != Carries::kText && carries != Carries::kUnknown) {
    sink_.Find("FMT-105", EngineId::kFormat, part.place.where, part.place.base,
               "a pickle, and also " + std::string(detect::Name(type)));
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
  std::vector<std::byte> read_tail;
  std::span<const std::byte> tail = head;
  if (head.size() < size) {
    read_tail.resize(static_cast<std::size_t>(window));
    const auto got = part.source.ReadAt(size - window, read_tail);
    if (!got) return false;
    tail = std::span<const std::byte>(read_tail).first(*got);
  }
  if (!container::MayEndAsZip(tail)) return false;
  auto archive = container::ZipArchive::Open(part.source, options_.limits);
  const auto located = [](const container::ZipMember& member) { return member.located(); };
  if (!archive || !std::ranges::any_of(archive->members(), located)) return false;
  if (!DeeperAllowed(part)) return false;
  const bool tar = type == FileType::kTar || type == FileType::kTorchTar;
  if (tar && StandsInTarMember(part, archive->claimed())) return false;

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
  WalkArchive(part, *archive, claimed);
  return true;
}

// True when the bytes of an archive are all those of one member of a tar, which is walked as such.
bool Walker::StandsInTarMember(const Part& part, const RangeSet& archive) {
  const std::vector<Range> before = archive.Missing(archive.End());
  const std::uint64_t first = before.empty() || before.front().first > 0 ? 0 : before.front().last;
  container::TarReader reader(part.source);
  while (const auto member = reader.Next()) {
    if (member->data_offset <= first &&
        archive.End() - std::min(archive.End(), member->data_offset) <= member->stored_size) {
      return true;
    }
    if (member->header_offset > archive.End()) break;
  }
  return false;
}

FileType Walker::TryHdf5(const Part& part, FileType type, RangeSet& claimed) {
  // HDF5 file format specification 3.0, II.A: the superblock begins at 0 or at 512 times a power of
  // two. A large member is not probed: each look could mean to unpack it anew.
  constexpr std::uint64_t kFirstPlace = 512;
  constexpr std::string_view kSuperblock = "\x89HDF\r\n\x1a\n";
  const std::uint64_t size = part.source.size();
  if (type == FileType::kHdf5 || (part.role != Role::kFile && size > kKeptBytes)) return type;
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

void Walker::CheckNumbers(const ByteSource& numbers, std::span<const std::byte> head,
                          const Place& place) {
  if (!pickle::LooksLikePickle(head, numbers.size())) return;
  const pickle::Analysis analysis = RunPickle(numbers);
  if (analysis.imports.empty() || !IsConvincing(analysis)) return;
  sink_.Find("FMT-107", EngineId::kFormat, place.where, place.base,
             "a pickle where numbers are declared");
  ReportPickles(analysis, place, ReadFailure(place), sink_);
}

}  // namespace counterscan

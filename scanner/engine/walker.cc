#include "scanner/engine/walker.h"

#include <algorithm>
#include <utility>

#include "scanner/base/text.h"
#include "scanner/detect/identify.h"
#include "scanner/detect/name_promise.h"
#include "scanner/detect/script_name.h"
#include "scanner/engine/constant_inflater.h"

namespace counterscan {
namespace {

using container::Range;
using container::RangeSet;
using detect::Carries;
using detect::FileType;

std::uint64_t Budget(const Limits& limits, std::uint64_t file_size) {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(file_size, limits.inflate_ratio, &bytes) ||
      __builtin_add_overflow(bytes, limits.inflated_bytes, &bytes)) {
    return ~std::uint64_t{0};
  }
  return bytes;
}

// Members that torch.load and torch.jit.load unpickle whatever they look like. They look their
// names up without regard to case.
bool IsAlwaysUnpickled(std::string_view name) {
  constexpr std::string_view kNames[] = {"data.pkl", "constants.pkl"};
  return std::ranges::any_of(kNames, [&](std::string_view known) {
    return name.size() == known.size() && StartsWithLower(name, known);
  });
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

std::string_view LastComponent(std::string_view name) {
  name = name.substr(0, name.find('\0'));
  return name.substr(name.find_last_of("/\\") + 1);
}

Result<Excerpt> ReadHead(const ByteSource& source, std::size_t bytes) {
  return Excerpt::Read(source, 0, bytes);
}

bool IsZeros(const ByteSource& source, const Range& range) {
  constexpr std::uint64_t kStep = 64 * 1024;
  for (std::uint64_t at = range.first; at < range.last;) {
    const std::uint64_t step = std::min(kStep, range.last - at);
    const auto piece = Excerpt::Read(source, at, step);
    if (!piece || piece->size() < step) return false;
    if (!std::ranges::all_of(piece->bytes(), [](std::byte b) { return b == std::byte{0}; })) {
      return false;
    }
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
  const bool forced =
      part.unpickled || (part.role == Role::kMember && IsAlwaysUnpickled(part.name));
  FileType type = forced ? FileType::kPickle : detect::Identify(*head, size);
  if (part.role == Role::kMember && detect::Row(type).carries == Carries::kText &&
      detect::NamesScript(part.name)) {
    type = FileType::kScript;
  }
  std::string_view unjudged;
  type = WalkAs(type, part, claimed, unjudged);
  if (TryPickle(part, *head, type, claimed) &&
      (type == FileType::kUnknown || detect::Row(type).carries == Carries::kText)) {
    type = FileType::kPickle;
  }
  if (TryTextZlib(part, *head, type, claimed)) type = FileType::kZlib;
  // A pickle in letters may hold such words, and is read by nobody who goes by them.
  if (!unjudged.empty() && detect::Row(type).carries == Carries::kText) {
    LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, 0, size, std::string(unjudged));
  }
  TryTextOfTar(part, *head, type);
  if (part.role == Role::kMember) {
    if (std::string why = detect::UnjudgedByName(part.name, type); !why.empty()) {
      LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, 0, size, std::move(why));
    }
  }
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

FileType Walker::WalkAs(FileType type, const Part& part, RangeSet& claimed,
                        std::string_view& unjudged) {
  const std::uint64_t size = part.source.size();
  const detect::FileTypeRow& row = detect::Row(type);
  switch (row.carries) {
    case Carries::kNothing:
      if (type == FileType::kEmpty) return type;
      WalkMedia(part, claimed);
      return type;
    case Carries::kText:
      if (!WalkText(part, type, claimed, unjudged)) return FileType::kUnknown;
      if (type == FileType::kScript) ReportScript(part);
      return type;
    case Carries::kPointer:
      claimed.Add(0, size);
      LeaveGap(GapReason::kPointer, EngineId::kScan, part.place, 0, size, "");
      return type;
    case Carries::kProgram:
      // The archive says it once for all of them.
      if (type == FileType::kJavaClass && part.archive == FileType::kJar) {
        claimed.Add(0, size);
        return type;
      }
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

}  // namespace counterscan

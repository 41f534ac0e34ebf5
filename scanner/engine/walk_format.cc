// What one part is by its type: text, a pickle, safetensors, numpy.
#include <algorithm>
#include <array>
#include <utility>

#include "pickle/policy/policy.h"
#include "pickle/readings/disassembly.h"
#include "pickle/sniff.h"
#include "scanner/base/byte_reader.h"
#include "scanner/detect/text_checker.h"
#include "scanner/detect/text_code.h"
#include "scanner/engine/walker.h"
#include "scanner/format/media.h"
#include "scanner/format/numpy.h"
#include "scanner/format/safetensors.h"
#include "scanner/format/torchscript_code.h"

namespace counterscan {
namespace {

using container::Range;
using container::RangeSet;
using detect::FileType;

constexpr std::uint64_t kTextStep = 128 * 1024;
constexpr std::string_view kDeclaredNumbers = "numbers that the format declares";

// Among numbers an extension code stands by chance, which no name can be known for. What is written
// as a pickle from its header to STOP is none, and a name that programs could have is not either.
bool NamesSomething(const pickle::Analysis& analysis) {
  // What stands behind the end of the walk may name anything.
  if (analysis.cut_short()) return true;
  const bool whole = std::ranges::any_of(analysis.pickles, [](const pickle::Pickle& pickle) {
    return pickle.error.empty() && pickle.protocol >= 2;
  });
  return std::ranges::any_of(analysis.imports, [&](const pickle::Import& import) {
    const bool known = import.module && import.name && pickle::IsPlausibleName(*import.module) &&
                       pickle::IsPlausibleName(*import.name);
    return whole || known;
  });
}

}  // namespace

bool Walker::WalkText(const Part& part, FileType type, RangeSet& claimed,
                      std::string_view& unjudged) {
  const std::uint64_t size = part.source.size();
  detect::TextChecker checker;
  detect::TextCode code;
  format::EncodedPickleSearch encoded;
  std::uint64_t at = 0;
  while (at < size && checker.good()) {
    const auto piece = Excerpt::Read(part.source, at, kTextStep);
    if (!piece || piece->size() == 0) {
      LeaveGap(ReadFailure(part.place), EngineId::kScan, part.place, at, size,
               piece ? "ends before the size it was opened with" : piece.error().message);
      claimed.Add(0, size);
      return true;
    }
    // Identification has seen all of a short text already.
    if (size > detect::kHeadBytes) checker.Feed(*piece);
    // A script has a gap of its own.
    if (type != FileType::kScript) code.Feed(*piece);
    encoded.Feed(*piece);
    at += piece->size();
  }
  if (!checker.Finish()) return false;
  claimed.Add(0, size);
  unjudged = code.Found();
  WalkEncodedPickles(part, encoded);
  return true;
}

void Walker::WalkMedia(const Part& part, RangeSet& claimed) {
  using Outcome = format::MediaWalk::Outcome;
  const std::uint64_t size = part.source.size();
  const format::MediaWalk walk = format::FollowMedia(part.source);
  if (walk.outcome != Outcome::kWhole) {
    claimed.Add(0, size);
    if (walk.outcome == Outcome::kNotFollowed) return;
    LeaveGap(GapReason::kBrokenFormat, EngineId::kFormat, part.place, walk.end, size,
             "what begins like a picture or recording breaks off");
    return;
  }
  claimed.Add(0, walk.end);
  if (IsZeros(part.source, {walk.end, size})) claimed.Add(walk.end, size);
}

void Walker::ReportScript(const Part& part) {
  const std::uint64_t size = part.source.size();
  const auto start = ReadHead(part.source, 2);
  if (part.role == Role::kMember && start && AsText(*start) == "#!") {
    sink_.Find("FMT-103", EngineId::kFormat, part.place.where, part.place.base, "begins with #!");
  }
  if (part.archive == FileType::kTorchScript) CheckTorchScript(part);
  LeaveGap(GapReason::kNoAnalyser, EngineId::kFormat, part.place, 0, size,
           "script: " + std::string(detect::Row(FileType::kScript).what));
}

void Walker::CheckTorchScript(const Part& part) {
  const auto uses = format::FindTorchScriptUses(part.source);
  if (!uses) {
    LeaveGap(ReadFailure(part.place), EngineId::kFormat, part.place, 0, part.source.size(),
             uses.error().message);
    return;
  }
  for (const format::TorchScriptUse& use : *uses) {
    sink_.Find("FMT-110", EngineId::kFormat, part.place.where, part.place.base + use.offset,
               "uses " + use.name);
  }
}

void Walker::WalkPickle(const Part& part, RangeSet& claimed) {
  const pickle::Analysis analysis = RunPickle(part.source);
  claimed.Add(ReportPickles(analysis, part.place, ReadFailure(part.place), sink_));
}

void Walker::WalkSafetensors(const Part& part, RangeSet& claimed) {
  format::FormatReport report = format::CheckSafetensors(part.source, listed_memory_);
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
    TryNumpyObjects(part);
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

// numpy reads more spellings of a type than we do, and with allow_pickle it unpickles what stands
// behind the header of any that holds objects.
void Walker::TryNumpyObjects(const Part& part) {
  const auto begin = format::NumpyDataOffset(part.source);
  if (!begin || *begin >= part.source.size()) return;
  const SliceSource body(part.source, *begin, part.source.size() - *begin);
  const pickle::Analysis analysis = RunPickle(body);
  if (!NamesSomething(analysis) || !IsConvincing(analysis)) return;
  const Place place{part.place.where, part.place.base + *begin};
  ReportPickles(analysis, place, ReadFailure(part.place), sink_);
}

void Walker::CheckNumbers(const ByteSource& numbers, std::span<const std::byte> head,
                          const Place& place) {
  if (!pickle::LooksLikePickle(head, numbers)) return;
  const pickle::Analysis analysis = RunPickle(numbers);
  if (!NamesSomething(analysis) || !IsConvincing(analysis)) return;
  sink_.Find("FMT-107", EngineId::kFormat, place.where, place.base,
             "a pickle where numbers are declared");
  ReportPickles(analysis, place, ReadFailure(place), sink_);
}

}  // namespace counterscan

#include "scanner/worker/messages.h"

#include <algorithm>
#include <utility>

#include "scanner/worker/wire.h"

namespace counterscan {
namespace {

// Ceilings of the lists in one answer. Above what Limits lets an honest analysis produce; they
// bound what the parent builds from 64 MiB of hostile bytes.
constexpr std::size_t kMaxSignatures = 10'000;
constexpr std::size_t kMaxFindings = 20'000;
constexpr std::size_t kMaxImports = 200'000;
constexpr std::size_t kMaxGaps = 20'000;
constexpr std::size_t kMaxPickles = 100'000;
constexpr std::size_t kMaxLines = 500'000;
constexpr std::size_t kMaxOpcodes = 1'000'000;
constexpr std::size_t kMaxSummaryLines = 1'000;
constexpr std::size_t kMaxParts = 10'000;
constexpr std::size_t kMaxRanges = 200'000;

// Least bytes of one item on the wire.
constexpr std::size_t kTextBytes = 4;
constexpr std::size_t kFindingBytes = 3 * kTextBytes + 4;
constexpr std::size_t kImportBytes = 2 + 1 + kTextBytes + 8;
constexpr std::size_t kLineBytes = 8 + 1 + 2 * kTextBytes + 1 + kTextBytes;
constexpr std::size_t kOpcodeBytes = 8 + 2 * kTextBytes + 8;
constexpr std::size_t kPickleBytes =
    kTextBytes + 8 + 8 + 4 + 8 + 4 + 4 + 4 + kTextBytes + 8 + 1 + kTextBytes;

constexpr std::size_t kRangeBytes = 8 + 8 + 1 + kTextBytes;
constexpr std::size_t kPartBytes = 2 * kTextBytes + 8 + 4;

// Room that a batch needs around one answer.
constexpr std::size_t kEnvelopeBytes = 64;
// Length to which texts are cut in an answer that is too large with its bare findings.
constexpr std::size_t kShortTextBytes = 1024;

void WriteGaps(WireWriter& writer, const std::vector<Gap>& gaps) {
  writer.Count(gaps.size());
  for (const Gap& gap : gaps) WriteGap(writer, gap);
}

Result<std::vector<Gap>> ReadGaps(WireReader& reader) {
  const std::size_t count = TRY(reader.Count(kMaxGaps, kWireGapBytes));
  std::vector<Gap> gaps;
  gaps.reserve(count);
  for (std::size_t i = 0; i < count; ++i) gaps.push_back(TRY(ReadGap(reader)));
  return gaps;
}

// A digest that is not exactly so many lower-case hexadecimal digits would match nothing, silently.
Result<std::string> ReadHex(WireReader& reader, std::size_t digits) {
  std::string text = TRY(reader.Text());
  const bool valid = text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                     });
  if (!valid) return Fail(ErrorCode::kMalformed, "a digest is not hexadecimal");
  return text;
}

void WriteOffset(WireWriter& writer, const std::optional<std::uint64_t>& offset) {
  writer.Flag(offset.has_value());
  if (offset) writer.Number(*offset);
}

Result<std::optional<std::uint64_t>> ReadOffset(WireReader& reader) {
  if (!TRY(reader.Flag())) return std::optional<std::uint64_t>();
  return std::optional<std::uint64_t>(TRY(reader.Number<std::uint64_t>()));
}

void WriteTimes(WireWriter& writer, const std::optional<FileTimes>& times) {
  writer.Flag(times.has_value());
  if (!times) return;
  writer.Number(times->modified);
  writer.Number(times->changed);
}

Result<std::optional<FileTimes>> ReadTimes(WireReader& reader) {
  std::optional<FileTimes> times;
  if (!TRY(reader.Flag())) return times;
  times.emplace();
  times->modified = TRY(reader.Number<std::int64_t>());
  times->changed = TRY(reader.Number<std::int64_t>());
  return times;
}

void WriteFinding(WireWriter& writer, const Finding& finding) {
  writer.Text(finding.rule);
  writer.Enum(finding.level);
  writer.Enum(finding.engine);
  writer.Text(finding.where);
  WriteOffset(writer, finding.offset);
  writer.Text(finding.message);
  writer.OptionalText(finding.suppressed);
}

Result<Finding> ReadFinding(WireReader& reader) {
  Finding finding;
  finding.rule = TRY(reader.Text());
  finding.level = TRY(reader.Enum(Level::kUnsafe));
  finding.engine = TRY(reader.Enum(EngineId::kScan));
  finding.where = TRY(reader.Text());
  finding.offset = TRY(ReadOffset(reader));
  finding.message = TRY(reader.Text());
  finding.suppressed = TRY(reader.OptionalText());
  return finding;
}

void WriteImport(WireWriter& writer, const Import& import) {
  writer.OptionalText(import.module);
  writer.OptionalText(import.name);
  writer.Enum(import.level);
  writer.Text(import.where);
  writer.Number(import.offset);
}

Result<Import> ReadImport(WireReader& reader) {
  Import import;
  import.module = TRY(reader.OptionalText());
  import.name = TRY(reader.OptionalText());
  import.level = TRY(reader.Enum(Level::kUnsafe));
  import.where = TRY(reader.Text());
  import.offset = TRY(reader.Number<std::uint64_t>());
  return import;
}

void WritePickle(WireWriter& writer, const ExplainedPickle& pickle) {
  writer.Text(pickle.where);
  writer.Number(pickle.offset);
  writer.Number(pickle.size);
  writer.Number(static_cast<std::int32_t>(pickle.protocol));
  writer.Number(pickle.opcode_count);
  writer.Count(pickle.lines.size());
  for (const ExplainedLine& line : pickle.lines) {
    writer.Number(line.offset);
    writer.Enum(line.level);
    writer.Text(line.rule);
    writer.Text(line.text);
    writer.Enum(line.kind);
    writer.Text(line.subject);
  }
  writer.Count(pickle.opcodes.size());
  for (const ExplainedOpcode& opcode : pickle.opcodes) {
    writer.Number(opcode.offset);
    writer.Text(opcode.name);
    writer.Text(opcode.argument);
    writer.Number(opcode.stack);
  }
  const std::size_t summary_lines = std::min(pickle.summary.size(), kMaxSummaryLines);
  writer.Count(summary_lines);
  for (const std::string& line : std::span(pickle.summary).first(summary_lines)) writer.Text(line);
  writer.Text(pickle.within);
  writer.Text(pickle.reading);
  writer.Number(pickle.lines_left_out);
  writer.Flag(pickle.cut);
  writer.Text(pickle.error);
}

// The ceilings hold for all pickles of an answer together: each takes from what is left.
Result<ExplainedPickle> ReadPickle(WireReader& reader, std::size_t& lines_left,
                                   std::size_t& opcodes_left) {
  ExplainedPickle pickle;
  pickle.where = TRY(reader.Text());
  pickle.offset = TRY(reader.Number<std::uint64_t>());
  pickle.size = TRY(reader.Number<std::uint64_t>());
  pickle.protocol = TRY(reader.Number<std::int32_t>());
  pickle.opcode_count = TRY(reader.Number<std::uint64_t>());
  const std::size_t line_count = TRY(reader.Count(lines_left, kLineBytes));
  lines_left -= line_count;
  pickle.lines.reserve(line_count);
  for (std::size_t i = 0; i < line_count; ++i) {
    ExplainedLine line;
    line.offset = TRY(reader.Number<std::uint64_t>());
    line.level = TRY(reader.Enum(Level::kUnsafe));
    line.rule = TRY(reader.Text());
    line.text = TRY(reader.Text());
    line.kind = TRY(reader.Enum(LineKind::kNote));
    line.subject = TRY(reader.Text());
    pickle.lines.push_back(std::move(line));
  }
  const std::size_t opcode_count = TRY(reader.Count(opcodes_left, kOpcodeBytes));
  opcodes_left -= opcode_count;
  pickle.opcodes.reserve(opcode_count);
  for (std::size_t i = 0; i < opcode_count; ++i) {
    ExplainedOpcode opcode;
    opcode.offset = TRY(reader.Number<std::uint64_t>());
    opcode.name = TRY(reader.Text());
    opcode.argument = TRY(reader.Text());
    opcode.stack = TRY(reader.Number<std::uint64_t>());
    pickle.opcodes.push_back(std::move(opcode));
  }
  const std::size_t summary_lines = TRY(reader.Count(kMaxSummaryLines, kTextBytes));
  pickle.summary.reserve(summary_lines);
  for (std::size_t i = 0; i < summary_lines; ++i) pickle.summary.push_back(TRY(reader.Text()));
  pickle.within = TRY(reader.Text());
  pickle.reading = TRY(reader.Text());
  pickle.lines_left_out = TRY(reader.Number<std::uint64_t>());
  pickle.cut = TRY(reader.Flag());
  pickle.error = TRY(reader.Text());
  return pickle;
}

void WriteMap(WireWriter& writer, const CoverageMap& map) {
  writer.Count(map.parts.size());
  for (const CoveredPart& part : map.parts) {
    writer.Text(part.where);
    writer.Text(part.type);
    writer.Number(part.size);
    writer.Count(part.ranges.size());
    for (const CoveredRange& range : part.ranges) {
      writer.Number(range.first);
      writer.Number(range.last);
      writer.Enum(range.handling);
      writer.Text(range.by);
    }
  }
  writer.Number(map.parts_left_out);
}

Result<CoverageMap> ReadMap(WireReader& reader) {
  CoverageMap map;
  const std::size_t part_count = TRY(reader.Count(kMaxParts, kPartBytes));
  std::size_t ranges_left = kMaxRanges;
  map.parts.reserve(part_count);
  for (std::size_t i = 0; i < part_count; ++i) {
    CoveredPart part;
    part.where = TRY(reader.Text());
    part.type = TRY(reader.Text());
    part.size = TRY(reader.Number<std::uint64_t>());
    const std::size_t range_count = TRY(reader.Count(ranges_left, kRangeBytes));
    ranges_left -= range_count;
    part.ranges.reserve(range_count);
    for (std::size_t j = 0; j < range_count; ++j) {
      CoveredRange range;
      range.first = TRY(reader.Number<std::uint64_t>());
      range.last = TRY(reader.Number<std::uint64_t>());
      range.handling = TRY(reader.Enum(Handling::kGap));
      range.by = TRY(reader.Text());
      part.ranges.push_back(std::move(range));
    }
    map.parts.push_back(std::move(part));
  }
  map.parts_left_out = TRY(reader.Number<std::uint64_t>());
  return map;
}

std::size_t RangesOf(const CoverageMap& map) {
  std::size_t ranges = 0;
  for (const CoveredPart& part : map.parts) ranges += part.ranges.size();
  return ranges;
}

// Only the file itself stays.
void CutMap(CoverageMap& map) {
  if (map.parts.size() <= 1) return;
  map.parts_left_out += map.parts.size() - 1;
  map.parts.resize(1);
}

Gap LeftOut(std::string detail) {
  return Gap{.reason = GapReason::kLimitReport,
             .engine = EngineId::kScan,
             .where = {},
             .first = 0,
             .last = 0,
             .detail = std::move(detail)};
}

// One place is kept for the gap that says that something was left out.
template <class T>
bool CutList(std::vector<T>& list, std::size_t limit) {
  if (list.size() < limit) return false;
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(limit - 1), list.end());
  return true;
}

void Shorten(std::string& text) {
  if (text.size() > kShortTextBytes) text.resize(kShortTextBytes);
}

void ShortenGaps(std::vector<Gap>& gaps) {
  CutList(gaps, Limits{}.gaps_per_file);
  for (Gap& gap : gaps) {
    Shorten(gap.where);
    Shorten(gap.detail);
  }
}

bool TooLarge(std::size_t encoded_size) { return encoded_size > kMessageBytes - kEnvelopeBytes; }

bool TooManyLines(const std::vector<ExplainedPickle>& pickles) {
  std::size_t lines = 0;
  std::size_t opcodes = 0;
  for (const ExplainedPickle& pickle : pickles) {
    lines += pickle.lines.size();
    opcodes += pickle.opcodes.size();
  }
  return pickles.size() > kMaxPickles || lines > kMaxLines || opcodes > kMaxOpcodes;
}

}  // namespace

FileTimes FileTimes::Of(const struct stat& status) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {.modified = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          .changed = status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

std::string Encode(const ByteJob& job) {
  WireWriter writer;
  writer.Number(job.id);
  writer.Number(job.size);
  WriteTimes(writer, job.times);
  writer.Flag(job.digest);
  writer.Flag(job.git_sha1);
  writer.Flag(job.match);
  return writer.Take();
}

Result<ByteJob> DecodeByteJob(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  ByteJob job;
  job.id = TRY(reader.Number<std::uint64_t>());
  job.size = TRY(reader.Number<std::uint64_t>());
  job.times = TRY(ReadTimes(reader));
  job.digest = TRY(reader.Flag());
  job.git_sha1 = TRY(reader.Flag());
  job.match = TRY(reader.Flag());
  TRY(reader.Done());
  return job;
}

std::string Encode(const ByteAnswer& answer) {
  WireWriter writer;
  writer.Number(answer.id);
  writer.Number(answer.bytes_read);
  writer.Number(answer.bytes_matched);
  writer.Flag(answer.digests.has_value());
  if (answer.digests) {
    writer.Text(answer.digests->sha256);
    writer.OptionalText(answer.digests->git_sha1);
  }
  writer.Count(answer.signatures.size());
  for (const std::string& name : answer.signatures) writer.Text(name);
  WriteGaps(writer, answer.gaps);
  WriteGroups(writer, answer.wanted_groups);
  return writer.Take();
}

Result<ByteAnswer> DecodeByteAnswer(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  ByteAnswer answer;
  answer.id = TRY(reader.Number<std::uint64_t>());
  answer.bytes_read = TRY(reader.Number<std::uint64_t>());
  answer.bytes_matched = TRY(reader.Number<std::uint64_t>());
  if (TRY(reader.Flag())) {
    Digests digests;
    digests.sha256 = TRY(ReadHex(reader, 64));
    if (TRY(reader.Flag())) digests.git_sha1 = TRY(ReadHex(reader, 40));
    answer.digests = std::move(digests);
  }
  const std::size_t signature_count = TRY(reader.Count(kMaxSignatures, kTextBytes));
  answer.signatures.reserve(signature_count);
  for (std::size_t i = 0; i < signature_count; ++i) {
    answer.signatures.push_back(TRY(reader.Text()));
  }
  answer.gaps = TRY(ReadGaps(reader));
  answer.wanted_groups = TRY(ReadGroups(reader));
  TRY(reader.Done());
  return answer;
}

std::string Encode(const AnalysisJob& job) {
  WireWriter writer;
  writer.Number(job.id);
  writer.Number(job.size);
  WriteTimes(writer, job.times);
  writer.Flag(job.explain);
  writer.Flag(job.explain_opcodes);
  writer.Flag(job.coverage);
  writer.Flag(job.parse);
  return writer.Take();
}

Result<AnalysisJob> DecodeAnalysisJob(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  AnalysisJob job;
  job.id = TRY(reader.Number<std::uint64_t>());
  job.size = TRY(reader.Number<std::uint64_t>());
  job.times = TRY(ReadTimes(reader));
  job.explain = TRY(reader.Flag());
  job.explain_opcodes = TRY(reader.Flag());
  job.coverage = TRY(reader.Flag());
  job.parse = TRY(reader.Flag());
  TRY(reader.Done());
  return job;
}

std::string Encode(const AnalysisAnswer& answer) {
  WireWriter writer;
  writer.Number(answer.id);
  writer.Text(answer.type);
  writer.Count(answer.findings.size());
  for (const Finding& finding : answer.findings) WriteFinding(writer, finding);
  writer.Count(answer.imports.size());
  for (const Import& import : answer.imports) WriteImport(writer, import);
  WriteGaps(writer, answer.gaps);
  writer.Count(answer.pickles.size());
  for (const ExplainedPickle& pickle : answer.pickles) WritePickle(writer, pickle);
  WriteMap(writer, answer.coverage);
  writer.Flag(answer.unpacked);
  writer.Flag(answer.worth_parsing);
  writer.Number(answer.unpacked_bytes);
  writer.Number(answer.members);
  WriteGroups(writer, answer.wanted_groups);
  return writer.Take();
}

Result<AnalysisAnswer> DecodeAnalysisAnswer(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  AnalysisAnswer answer;
  answer.id = TRY(reader.Number<std::uint64_t>());
  answer.type = TRY(reader.Text());
  const std::size_t finding_count = TRY(reader.Count(kMaxFindings, kFindingBytes));
  answer.findings.reserve(finding_count);
  for (std::size_t i = 0; i < finding_count; ++i) {
    answer.findings.push_back(TRY(ReadFinding(reader)));
  }
  const std::size_t import_count = TRY(reader.Count(kMaxImports, kImportBytes));
  answer.imports.reserve(import_count);
  for (std::size_t i = 0; i < import_count; ++i) {
    answer.imports.push_back(TRY(ReadImport(reader)));
  }
  answer.gaps = TRY(ReadGaps(reader));
  const std::size_t pickle_count = TRY(reader.Count(kMaxPickles, kPickleBytes));
  std::size_t lines_left = kMaxLines;
  std::size_t opcodes_left = kMaxOpcodes;
  answer.pickles.reserve(pickle_count);
  for (std::size_t i = 0; i < pickle_count; ++i) {
    answer.pickles.push_back(TRY(ReadPickle(reader, lines_left, opcodes_left)));
  }
  answer.coverage = TRY(ReadMap(reader));
  answer.unpacked = TRY(reader.Flag());
  answer.worth_parsing = TRY(reader.Flag());
  answer.unpacked_bytes = TRY(reader.Number<std::uint64_t>());
  answer.members = TRY(reader.Number<std::uint64_t>());
  answer.wanted_groups = TRY(ReadGroups(reader));
  TRY(reader.Done());
  return answer;
}

void Fit(ByteAnswer& answer) {
  bool cut = CutList(answer.signatures, kMaxSignatures);
  cut |= CutList(answer.gaps, kMaxGaps);
  if (cut) answer.gaps.push_back(LeftOut("more signatures or gaps than an answer holds"));
  if (!TooLarge(Encode(answer).size())) return;
  for (std::string& name : answer.signatures) Shorten(name);
  ShortenGaps(answer.gaps);
  answer.gaps.push_back(LeftOut("names were cut to fit an answer"));
}

void Fit(AnalysisAnswer& answer) {
  bool cut = CutList(answer.findings, kMaxFindings);
  cut |= CutList(answer.imports, kMaxImports);
  cut |= CutList(answer.gaps, kMaxGaps);
  if (TooManyLines(answer.pickles)) {
    answer.pickles.clear();
    cut = true;
  }
  if (cut) answer.gaps.push_back(LeftOut("more to report than an answer holds"));
  if (RangesOf(answer.coverage) > kMaxRanges || answer.coverage.parts.size() > kMaxParts) {
    CutMap(answer.coverage);
  }
  if (!TooLarge(Encode(answer).size())) return;
  CutMap(answer.coverage);
  if (!TooLarge(Encode(answer).size())) return;
  answer.pickles.clear();
  answer.gaps.push_back(LeftOut("the explanation does not fit an answer"));
  if (!TooLarge(Encode(answer).size())) return;
  // What is judged harmless goes first, then the evidence of findings; never a finding itself.
  answer.imports.clear();
  for (Finding& finding : answer.findings) {
    Shorten(finding.where);
    Shorten(finding.message);
    if (finding.suppressed) Shorten(*finding.suppressed);
  }
  ShortenGaps(answer.gaps);
  answer.gaps.push_back(LeftOut("the list of imports does not fit an answer"));
}

std::string EncodeBatch(std::span<const std::string_view> items, bool worn) {
  std::size_t bytes = 0;
  for (const std::string_view item : items) bytes += item.size() + sizeof(std::uint32_t);
  WireWriter writer(bytes + 2 * sizeof(std::uint64_t));
  writer.Flag(worn);
  writer.Count(items.size());
  for (const std::string_view item : items) writer.Blob(item);
  return writer.Take();
}

Result<BatchView> DecodeBatch(std::span<const std::byte> bytes) {
  WireReader reader(bytes);
  BatchView batch;
  batch.worn = TRY(reader.Flag());
  const std::size_t count = TRY(reader.Count(kBatchItems, kTextBytes));
  batch.items.reserve(count);
  for (std::size_t i = 0; i < count; ++i) batch.items.push_back(TRY(reader.Blob()));
  TRY(reader.Done());
  return batch;
}

}  // namespace counterscan

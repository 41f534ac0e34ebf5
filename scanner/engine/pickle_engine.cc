#include "scanner/engine/pickle_engine.h"

#include <algorithm>
#include <utility>

namespace counterscan {
namespace {

GapReason ReasonOf(pickle::GapKind kind, GapReason read_failure) {
  switch (kind) {
    case pickle::GapKind::kBroken:
      return GapReason::kBrokenPickle;
    case pickle::GapKind::kLimit:
      return GapReason::kLimitOpcodes;
    case pickle::GapKind::kUnparsed:
      return GapReason::kUnparsedBytes;
    case pickle::GapKind::kRead:
      return read_failure;
  }
  return GapReason::kBrokenPickle;
}

ExplainedPickle Explain(const pickle::Pickle& pickle, const Place& place) {
  ExplainedPickle explained;
  explained.where = place.where;
  explained.offset = place.base + pickle.offset;
  explained.size = pickle.size;
  explained.protocol = pickle.protocol;
  explained.opcode_count = pickle.opcode_count;
  explained.summary = pickle.summary;
  explained.within = pickle.within;
  explained.reading = pickle.reading;
  explained.lines_left_out = pickle.lines_left_out;
  explained.cut = pickle.cut;
  explained.error = pickle.error;
  for (const pickle::Line& line : pickle.lines) {
    explained.lines.push_back({.offset = place.base + line.offset,
                               .level = line.level,
                               .rule = line.rule,
                               .text = line.text,
                               .kind = line.kind,
                               .subject = line.subject});
  }
  for (const pickle::Opcode& op : pickle.opcodes) {
    explained.opcodes.push_back({.offset = place.base + op.offset,
                                 .name = op.name,
                                 .argument = op.argument,
                                 .stack = op.stack});
  }
  return explained;
}

}  // namespace

bool IsConvincing(const pickle::Analysis& analysis) {
  if (analysis.cut_short()) return true;
  Level worst = Level::kClean;
  for (const pickle::Finding& finding : analysis.findings) worst = Worse(worst, finding.level);
  if (worst == Level::kUnsafe) return true;
  // Two opcodes happen by chance: "N." is a pickle, and so is the start of many a sentence.
  constexpr std::uint64_t kChance = 2;
  // What is named and used may be so for one reader only, which goes on where others stop.
  if (worst >= Level::kSuspicious && !analysis.imports.empty()) return true;
  return std::ranges::any_of(analysis.pickles, [&](const pickle::Pickle& pickle) {
    return pickle.opcode_count > kChance && pickle.error.empty();
  });
}

container::RangeSet ReportPickles(const pickle::Analysis& analysis, const Place& place,
                                  GapReason read_failure, AnalysisSink& sink) {
  container::RangeSet spoken_for;
  for (const pickle::Finding& item : analysis.findings) {
    Finding finding;
    finding.rule = item.rule;
    finding.level = item.level;
    finding.engine = EngineId::kPickle;
    finding.where = place.where;
    finding.offset = place.base + item.offset;
    finding.message = item.message;
    if (!item.suppressed.empty()) finding.suppressed = item.suppressed;
    sink.Add(std::move(finding));
  }
  for (const pickle::Import& item : analysis.imports) {
    Import import;
    import.module = item.module;
    import.name = item.name;
    import.level = item.level;
    import.where = place.where;
    import.offset = place.base + item.offset;
    sink.Add(std::move(import));
  }
  for (const pickle::Gap& item : analysis.gaps) {
    Gap gap;
    gap.reason = ReasonOf(item.kind, read_failure);
    gap.engine = EngineId::kPickle;
    gap.where = place.where;
    gap.first = place.base + item.first;
    gap.last = place.base + item.last;
    gap.detail = item.detail;
    sink.Add(std::move(gap));
    spoken_for.Add(item.first, item.last);
  }
  for (const pickle::Pickle& pickle : analysis.pickles) {
    sink.Add(Explain(pickle, place));
    spoken_for.Add(pickle.offset, pickle.offset + pickle.size);
  }
  for (const pickle::Pickle& pickle : analysis.other_readings) sink.Add(Explain(pickle, place));
  spoken_for.Add(0, analysis.end);
  return spoken_for;
}

}  // namespace counterscan

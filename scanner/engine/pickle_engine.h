// What the pickle analyser says of one part of a file, in the report's words.
#pragma once

#include <cstdint>
#include <string>

#include "pickle/analysis.h"
#include "scanner/container/range_set.h"
#include "scanner/engine/analysis_sink.h"

namespace counterscan {

// Where a part stands: offsets in messages are counted from the start of `where`.
struct Place {
  std::string where;       // "inner.zip::archive/data.pkl", "" for the file itself
  std::uint64_t base = 0;  // offset of the part's first byte in `where`
};

// True when the walk of bytes that only might be a pickle shows that they are one: it runs to a
// STOP, or it had already called or imported something when it broke off. A walk that a limit of
// ours ended shows nothing: its gap is to be reported.
bool IsConvincing(const pickle::Analysis& analysis);

// Hands an analysis to the sink. Returns the bytes, counted in the part, that it spoke for: those
// of the pickles and those of its gaps. `read_failure` is the reason for bytes that the source
// could not give.
container::RangeSet ReportPickles(const pickle::Analysis& analysis, const Place& place,
                                  GapReason read_failure, AnalysisSink& sink);

}  // namespace counterscan

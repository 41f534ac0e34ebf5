#include "pickle/analysis.h"

#include <algorithm>
#include <utility>

#include "pickle/analyze_internal.h"
#include "pickle/readings/other_readings.h"
#include "pickle/walk/file_walk.h"

namespace counterscan::pickle {
namespace {

// Pickles inside constants inside pickles.
constexpr int kConstantDepth = 4;

Analysis AnalyzeAllWays(const ByteSource& source, const Options& options, std::size_t window_bytes,
                        int depth, ReadingBudget& budget) {
  InnerPickles::Analyze inside;
  if (depth < kConstantDepth) {
    inside = [&budget, window_bytes, depth](const ByteSource& bytes, const Options& inner) {
      return AnalyzeAllWays(bytes, inner, window_bytes, depth + 1, budget);
    };
  }
  WalkedFile walked = FileWalk(source, options, window_bytes, {}, budget, inside).Run();
  if (!HasOtherReadings(source, walked)) return std::move(walked.analysis);
  const auto walk = [&](const ByteSource& bytes, const Reading& reading,
                        std::uint64_t instructions) {
    Options again = options;
    if (!reading.listed) again.explain_opcodes = false;  // the same bytes
    again.limits.pickle_opcodes = instructions;
    return FileWalk(bytes, again, window_bytes, reading, budget, inside).Run();
  };
  // The constants are looked into once more, but not for each reading.
  if (depth == 0) budget.constant_bytes = options.limits.pickle_constant_bytes;
  AddOtherReadings(source, options.limits, walk, budget, walked);
  return std::move(walked.analysis);
}

}  // namespace

Analysis AnalyzeWithWindow(const ByteSource& source, const Options& options,
                           std::size_t window_bytes) {
  ReadingBudget budget;
  budget.instructions = options.limits.pickle_opcodes;
  budget.constant_bytes = options.limits.pickle_constant_bytes;
  // A line of a gigabyte is not searched for its end as often as a short one.
  constexpr std::uint64_t kBytesOfAllReadings = 4 * kGiB;
  if (source.size() > 0) {
    budget.readings = static_cast<int>(std::clamp<std::uint64_t>(
        kBytesOfAllReadings / source.size(), 2, static_cast<std::uint64_t>(budget.readings)));
  }
  return AnalyzeAllWays(source, options, window_bytes, 0, budget);
}

Analysis Analyze(const ByteSource& source, const Options& options) {
  return AnalyzeWithWindow(source, options, InstructionReader::kWindowBytes);
}

}  // namespace counterscan::pickle

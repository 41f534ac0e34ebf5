#include "scanner/engine/file_analysis.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/detect/file_type.h"
#include "scanner/engine/analysis_sink.h"
#include "scanner/engine/coverage_recorder.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using detect::FileType;

// Small files are read once and then looked at in memory: most files of a repository are small,
// and each look would be a system call.
constexpr std::uint64_t kSmallFileBytes = 256 * kKiB;

FileType WalkInMemoryIfSmall(const ByteSource& file, Walker& walker) {
  if (file.size() > kSmallFileBytes || file.Held(0, file.size())) return walker.WalkFile(file);
  // One for all files: to get and give back so much costs as much as to look at it.
  thread_local const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kSmallFileBytes);
  const std::span<std::byte> bytes(buffer.get(), static_cast<std::size_t>(file.size()));
  if (!ReadExactly(file, 0, bytes)) return walker.WalkFile(file);
  return walker.WalkFile(MemorySource(bytes));
}

}  // namespace

FileAnalysis AnalyseFile(const ByteSource& file, const AnalysisOptions& options) {
  FileAnalysis analysis;
  CoverageRecorder recorder;
  AnalysisSink sink(options.limits, options.coverage ? &recorder : nullptr);
  Walker walker(options, file.size(), sink);
  analysis.type = std::string(detect::Name(WalkInMemoryIfSmall(file, walker)));
  analysis.unpacked = walker.unpacked();
  analysis.unpacked_bytes = walker.unpacked_bytes();
  analysis.members = walker.members();
  sink.MoveTo(analysis);
  if (options.coverage) analysis.coverage = recorder.Take();
  return analysis;
}

std::vector<Gap> MatchUnpacked(const ByteSource& file, const Limits& limits,
                               ContentMatcher& matcher) {
  FileAnalysis analysis;
  AnalysisSink sink(limits);
  const AnalysisOptions options{.limits = limits};
  Walker walker(options, file.size(), sink, &matcher);
  WalkInMemoryIfSmall(file, walker);
  sink.MoveTo(analysis);
  // All else has been said by AnalyseFile.
  std::erase_if(analysis.gaps, [](const Gap& gap) { return gap.engine != EngineId::kClamav; });
  return std::move(analysis.gaps);
}

}  // namespace counterscan

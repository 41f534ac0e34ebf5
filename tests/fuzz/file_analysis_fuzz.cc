// A whole analysis ends within small limits, gives the same answer twice, and never calls bytes
// covered that it could not identify.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/engine/file_analysis.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const MemorySource source(std::as_bytes(std::span(data, size)));
  AnalysisOptions options;
  options.limits.inflated_bytes = 1 << 20;
  options.limits.inflate_ratio = 4;
  options.limits.members = 200;
  options.limits.pickle_opcodes = 200'000;
  const FileAnalysis first = AnalyseFile(source, options);
  const FileAnalysis second = AnalyseFile(source, options);
  if (first.type != second.type || first.findings != second.findings ||
      first.imports != second.imports || first.gaps != second.gaps) {
    std::abort();
  }
  if (first.type == "unknown" && first.gaps.empty()) std::abort();
  return 0;
}

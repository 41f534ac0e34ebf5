// A safetensors file without finding or gap is claimed to the last byte.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/base/limits.h"
#include "scanner/format/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const MemorySource source(std::as_bytes(std::span(data, size)));
  container::MemoryBudget memory(Limits{}.listed_bytes);
  const format::FormatReport report = format::CheckSafetensors(source, memory);
  if (report.findings.empty() && report.gaps.empty() && !report.claimed.Missing(size).empty()) {
    std::abort();
  }
  return 0;
}

// Any bytes: no crash, the same answer with any read window and when asked again, and nothing
// unfinished called clean.
#include <cstdint>
#include <cstdlib>

#include "pickle/analysis.h"
#include "pickle/analyze_internal.h"
#include "pickle/sniff.h"
#include "tests/pickle/pickle_test_util.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const auto bytes = std::as_bytes(std::span(data, size));
  const MemorySource source(bytes);
  pickle::Options options;
  options.explain = true;
  options.explain_opcodes = true;
  // Small enough that limits are met, too.
  options.limits.pickle_opcodes = 100'000;
  options.limits.pickle_stack_items = 10'000;
  options.limits.pickle_memo_entries = 10'000;
  options.limits.pickle_imports = 100;
  options.limits.findings_per_file = 50;

  const pickle::Analysis wide = pickle::Analyze(source, options);
  const pickle::Analysis narrow = pickle::AnalyzeWithWindow(source, options, 64);
  if (pickle::Summary(wide) != pickle::Summary(narrow)) std::abort();
  if (pickle::Summary(wide) != pickle::Summary(pickle::Analyze(source, options))) std::abort();
  if (wide.end > size) std::abort();
  for (const pickle::Pickle& pickle : wide.pickles) {
    if (!pickle.error.empty() && wide.gaps.empty()) std::abort();
  }
  for (const pickle::Finding& finding : wide.findings) {
    for (const char c : finding.message) {
      if (static_cast<unsigned char>(c) < 0x20) std::abort();
    }
  }
  pickle::LooksLikePickle(bytes, source);
  return 0;
}

// What tests of the walk share: short words for what an analysis says, and payloads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/engine/file_analysis.h"
#include "tests/support/pickle_builder.h"

namespace counterscan {

inline FileAnalysis Analyse(std::string_view bytes, const Limits& limits = {}) {
  AnalysisOptions options;
  options.limits = limits;
  return AnalyseFile(MemorySource(AsBytes(bytes)), options);
}

inline std::vector<std::string> Rules(const FileAnalysis& analysis) {
  std::vector<std::string> rules;
  for (const Finding& finding : analysis.findings) rules.push_back(finding.rule);
  return rules;
}

inline std::vector<std::string> Gaps(const FileAnalysis& analysis) {
  std::vector<std::string> gaps;
  for (const Gap& gap : analysis.gaps) gaps.emplace_back(Name(gap.reason));
  return gaps;
}

inline Level Worst(const FileAnalysis& analysis) {
  Level worst = Level::kClean;
  for (const Finding& finding : analysis.findings) worst = Worse(worst, finding.level);
  return worst;
}

// True when the analysis names posix.system at `where`.
inline bool SeesSystem(const FileAnalysis& analysis, std::string_view where) {
  return std::ranges::any_of(analysis.imports, [&](const Import& import) {
    return import.where == where && import.module == "posix" && import.name == "system";
  });
}

inline bool SeesSystem(const FileAnalysis& analysis) {
  return std::ranges::any_of(analysis.imports, [](const Import& import) {
    return import.module == "posix" && import.name == "system";
  });
}

// An honest object: an empty dictionary.
inline std::string Harmless() { return PickleBuilder().Proto(2).EmptyDict().Put(0).Stop(); }

// An honest object whose tensors claim storages of so many bytes, "0" and on.
inline std::string Tensors(const std::vector<std::int32_t>& storage_bytes) {
  PickleBuilder pickle;
  pickle.Proto(2).Mark();
  for (std::size_t i = 0; i < storage_bytes.size(); ++i) {
    pickle.Storage(std::to_string(i), storage_bytes[i]);
  }
  return pickle.Tuple().Stop();
}

// Runs `true` when loaded.
inline std::string Payload() {
  return PickleBuilder()
      .Proto(2)
      .Global("posix", "system")
      .BinUnicode("true")
      .Tuple1()
      .Reduce()
      .Stop();
}

// Bytes that are nothing but numbers.
inline std::string Numbers(std::size_t bytes) {
  std::string numbers;
  for (std::size_t i = 0; i < bytes; ++i) numbers += static_cast<char>(0xb0 + i % 64);
  return numbers;
}

}  // namespace counterscan

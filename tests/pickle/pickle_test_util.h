// What the pickle tests share: analysis of bytes in memory, and questions to its answer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "pickle/analysis.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {

inline Analysis AnalyzeBytes(std::string_view bytes, const Options& options = {}) {
  const MemorySource source(AsBytes(bytes));
  return Analyze(source, options);
}

inline Level WorstOf(const Analysis& analysis) {
  Level worst = Level::kClean;
  for (const Finding& finding : analysis.findings) worst = Worse(worst, finding.level);
  return worst;
}

inline bool HasRule(const Analysis& analysis, std::string_view rule) {
  return std::any_of(analysis.findings.begin(), analysis.findings.end(),
                     [&](const Finding& finding) { return finding.rule == rule; });
}

inline bool HasMessage(const Analysis& analysis, std::string_view message) {
  return std::any_of(analysis.findings.begin(), analysis.findings.end(),
                     [&](const Finding& finding) { return finding.message == message; });
}

inline bool Imports(const Analysis& analysis, std::string_view module, std::string_view name) {
  return std::any_of(analysis.imports.begin(), analysis.imports.end(), [&](const Import& import) {
    return import.module == module && import.name == name;
  });
}

// Nothing found and every byte accounted for.
inline bool IsClean(const Analysis& analysis, std::string_view bytes) {
  return analysis.findings.empty() && analysis.gaps.empty() && analysis.end == bytes.size();
}

// All of it as text, for comparing two analyses and for messages of failed tests.
inline std::string Summary(const Analysis& analysis) {
  std::string out = "end " + std::to_string(analysis.end) + "\n";
  for (const Finding& finding : analysis.findings) {
    out += finding.rule + " " + std::string(Name(finding.level)) + " @" +
           std::to_string(finding.offset) + " " + finding.message + "\n";
  }
  for (const Import& import : analysis.imports) {
    out += "import " + import.module.value_or("?") + "." + import.name.value_or("?") + " " +
           std::string(Name(import.level)) + " @" + std::to_string(import.offset) + "\n";
  }
  for (const Gap& gap : analysis.gaps) {
    out += "gap " + std::to_string(static_cast<int>(gap.kind)) + " " + std::to_string(gap.first) +
           "-" + std::to_string(gap.last) + " " + gap.detail + "\n";
  }
  for (const Pickle& pickle : analysis.pickles) {
    out += "pickle " + std::to_string(pickle.offset) + "+" + std::to_string(pickle.size) + " p" +
           std::to_string(pickle.protocol) + " ops " + std::to_string(pickle.opcode_count) + " " +
           pickle.error + "\n";
    for (const Line& line : pickle.lines) {
      out += "  " + std::string(Name(line.level)) + " " + line.rule + " " + line.text + "\n";
    }
    for (const Opcode& opcode : pickle.opcodes) {
      out +=
          "  " + std::to_string(opcode.offset) + ": " + opcode.name + " " + opcode.argument + "\n";
    }
  }
  return out;
}

}  // namespace counterscan::pickle

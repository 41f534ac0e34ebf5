// AnalyseFile: one file from its bytes to findings, imports and gaps.
//
// Identifies the file by content, walks containers, and hands every part to the analysers that
// want its type. Runs in a sandboxed worker: it opens nothing, and the bytes are hostile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/model/explanation.h"
#include "scanner/model/finding.h"

namespace counterscan {

struct AnalysisOptions {
  Limits limits;
  bool explain = false;          // fill FileAnalysis::pickles
  bool explain_opcodes = false;  // with every opcode
};

struct FileAnalysis {
  std::string type;  // name of the detected FileType: "torch-zip"
  std::vector<Finding> findings;
  std::vector<Import> imports;
  std::vector<Gap> gaps;
  std::vector<ExplainedPickle> pickles;
};

// `name` is only a hint, for messages about a name that does not fit the content. Never fails: what
// cannot be read is a gap. Lists are bounded by options.limits.
FileAnalysis AnalyseFile(const ByteSource& file, std::string_view name,
                         const AnalysisOptions& options);

}  // namespace counterscan

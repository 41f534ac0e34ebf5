// AnalyseFile: one file from its bytes to findings, imports and gaps.
//
// Identifies the file by content, walks containers, and hands every part to the analysers that
// want its type. Runs in a sandboxed worker: it opens nothing, and the bytes are hostile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/model/coverage.h"
#include "scanner/model/explanation.h"
#include "scanner/model/finding.h"

namespace counterscan {

// Holds content that only exists unpacked against signatures.
class ContentMatcher {
 public:
  ContentMatcher() = default;
  ContentMatcher(const ContentMatcher&) = delete;
  ContentMatcher& operator=(const ContentMatcher&) = delete;
  virtual ~ContentMatcher() = default;
  // What matches is for it to keep, with `where` it is: "model.npz::a.npy". Returns gaps of
  // `content` for what could not be matched.
  virtual std::vector<Gap> Match(const ByteSource& content, const std::string& where) = 0;
};

// Is told of every content that the walk looks at: members in each way they can be read, and what
// lies between them.
class ContentWitness {
 public:
  ContentWitness() = default;
  ContentWitness(const ContentWitness&) = delete;
  ContentWitness& operator=(const ContentWitness&) = delete;
  virtual ~ContentWitness() = default;
  virtual void Saw(const ByteSource& content, const std::string& where) = 0;
};

namespace pickle {
class UserPolicy;
}

struct AnalysisOptions {
  Limits limits;
  const pickle::UserPolicy* policy = nullptr;  // what the user adds; must outlive the analysis
  bool explain = false;                        // fill FileAnalysis::pickles
  bool explain_opcodes = false;                // with every opcode
  bool coverage = false;                       // fill FileAnalysis::coverage
  ContentWitness* witness = nullptr;           // must outlive the analysis
};

struct FileAnalysis {
  std::string type;  // name of the detected FileType: "torch-zip"
  std::vector<Finding> findings;
  std::vector<Import> imports;
  std::vector<Gap> gaps;
  std::vector<ExplainedPickle> pickles;
  CoverageMap coverage;
  // Some content exists only unpacked: whoever matched the file's bytes has not seen it.
  bool unpacked = false;
  // What it cost: bytes unpacked, some of them more than once, and members walked.
  std::uint64_t unpacked_bytes = 0;
  std::uint64_t members = 0;
};

// Never fails: what cannot be read is a gap. Lists are bounded by options.limits.
FileAnalysis AnalyseFile(const ByteSource& file, const AnalysisOptions& options);

// Hands everything that AnalyseFile would have to unpack to `matcher`, nested content included, and
// judges nothing. Returns gaps for what could not be unpacked within the limits.
std::vector<Gap> MatchUnpacked(const ByteSource& file, const Limits& limits,
                               ContentMatcher& matcher);

}  // namespace counterscan

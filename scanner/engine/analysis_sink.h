// AnalysisSink: collects what is said of one file, within the limits of a report.
//
// A hostile file can be made to deserve a million findings. What is kept when there are too many
// is the worst, not the first, and a gap says that there was more: flooding the report with
// trifles hides nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/engine/coverage_recorder.h"
#include "scanner/engine/file_analysis.h"
#include "scanner/model/explanation.h"
#include "scanner/model/finding.h"

namespace counterscan {

class AnalysisSink {
 public:
  // With a recorder, which must outlive it, every gap is drawn on the map too, also those that the
  // report has no room for.
  explicit AnalysisSink(const Limits& limits, CoverageRecorder* recorder = nullptr)
      : limits_(limits), recorder_(recorder) {}

  // Null when no map is drawn.
  CoverageRecorder* recorder() const { return recorder_; }

  void Add(Finding finding);
  void Add(Import import);
  void Add(Gap gap);
  void Add(ExplainedPickle pickle);

  // A finding of a row of model/rules.h, at that row's level.
  void Find(std::string_view rule, EngineId engine, std::string where,
            std::optional<std::uint64_t> offset, std::string message);

  // Moves everything out, worst first, in the order of Normalise().
  void MoveTo(FileAnalysis& analysis);

 private:
  static constexpr std::size_t kLevels = 4;

  Limits limits_;
  CoverageRecorder* recorder_;
  std::array<std::vector<Finding>, kLevels> findings_;  // by level
  std::array<std::vector<Import>, kLevels> imports_;
  std::vector<Gap> gaps_;
  std::vector<ExplainedPickle> pickles_;
  std::size_t explained_bytes_ = 0;
  bool more_gaps_ = false;
  bool more_findings_ = false;
  bool more_imports_ = false;
  bool more_pickles_ = false;
};

}  // namespace counterscan

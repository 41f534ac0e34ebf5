// Outputs: where the report goes, in which formats.
//
// JSON lines are written as files finish; text and JSON when the report is whole. Files are written
// whole or not at all.
#pragma once

#include <string>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/cli/scan_options.h"
#include "scanner/model/report.h"
#include "scanner/report/summary.h"
#include "scanner/report/text_options.h"

namespace counterscan {

class Outputs {
 public:
  Outputs(std::vector<OutputChoice> choices, TextOptions text_options);

  // True when the report for a person goes to standard output.
  bool text_on_standard_output() const;

  // Of the report only what is known before the first file.
  Result<void> Begin(const Report& report);
  Result<void> File(const FileReport& file);
  // `report` is whole and sorted.
  Result<void> End(const Report& report);

 private:
  Result<void> Emit(const OutputChoice& choice, std::string text);

  std::vector<OutputChoice> choices_;
  TextOptions text_options_;
  bool streams_ = false;  // some choice is JSON lines
  Summary summary_;
  std::string collected_lines_;  // JSON lines on their way to a file
};

}  // namespace counterscan

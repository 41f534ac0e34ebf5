// Outputs: where the report goes, in which formats.
//
// JSON lines are written as files finish; text and JSON when the report is whole. Files are written
// whole or not at all. One that cannot be written does not keep the others from being written.
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

  // Fails when a file could not be written where it should go, as far as can be told beforehand: a
  // long scan must not end with nowhere to put its report.
  Result<void> Check() const;

  // True when the report for a person goes to standard output.
  bool ShowsText() const;

  // Each tries every output, and returns the first error. Of the report Begin() needs only what is
  // known before the first file.
  Result<void> Begin(const Report& report);
  Result<void> File(const FileReport& file);
  // `report` is whole and sorted. When no output could be written, and standard output was not one
  // of them, the report for a person goes there: what was found must reach somebody.
  Result<void> End(const Report& report);

 private:
  static Result<void> Emit(const OutputChoice& choice, const std::string& text);
  std::string TextOf(const OutputChoice& choice, const Report& report) const;

  std::vector<OutputChoice> choices_;
  TextOptions text_options_;
  bool streams_ = false;   // some choice is JSON lines
  bool collects_ = false;  // to a file
  Summary summary_;
  std::string collected_lines_;  // JSON lines on their way to a file
};

}  // namespace counterscan

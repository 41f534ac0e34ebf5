// The report as JSON, schema "counterscan.report/1". Its names are a promise to other programs.
//
// Whole, or as JSON lines: a header object, one object a file, a closing object, so that a cut
// stream is seen to be cut. Paths that are not UTF-8 carry `path_b64` beside the escaped `path`.
#pragma once

#include <string>

#include "scanner/model/report.h"
#include "scanner/report/summary.h"

namespace counterscan {

inline constexpr std::string_view kReportSchema = "counterscan.report/1";

// The whole report, indented, with a newline at its end.
std::string JsonReport(const Report& report);

// One line each, with its newline. The header uses nothing of the report but what is known before
// the first file: header, engines, sandbox, hub, accepted, fail_on.
std::string JsonlHeader(const Report& report);
std::string JsonlFile(const FileReport& file);
// `summary` is of the files that were written; the rest comes from the report.
std::string JsonlEnd(const Report& report, const Summary& summary);

}  // namespace counterscan

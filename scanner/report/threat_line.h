// One line for one finding, for standard error as soon as it is found:
//
//     unsafe  model.pt::archive/data.pkl+0x1f: calls posix.system('true')  [PKL-101]
#pragma once

#include <string>
#include <string_view>

#include "scanner/model/finding.h"
#include "scanner/report/text_options.h"

namespace counterscan {

// Without a newline at its end. `path` is the file's, raw.
std::string ThreatLine(std::string_view path, const Finding& finding,
                       const TextOptions& options = {});

}  // namespace counterscan

// What the pickles of one file would do, as text and as JSON (schema "counterscan.explain/1").
#pragma once

#include <span>
#include <string>

#include "scanner/model/explanation.h"
#include "scanner/model/report.h"
#include "scanner/report/text_options.h"

namespace counterscan {

// `file` gives path, size, hash, imports, findings and gaps. Opcodes are shown where the pickles
// hold any. `pickles` in the order of the file.
std::string ExplainText(const FileReport& file, std::span<const ExplainedPickle> pickles,
                        const TextOptions& options = {});
std::string ExplainJson(const FileReport& file, std::span<const ExplainedPickle> pickles);

}  // namespace counterscan

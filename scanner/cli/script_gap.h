// ScriptGap: a text that is a program by its file's name.
#pragma once

#include <optional>

#include "scanner/model/report.h"

namespace counterscan {

// A text is a program where its name says so, and no content tells. Sets the file's type then, and
// returns the gap: no analyser reads programs. Nothing for other files.
std::optional<Gap> ScriptGap(FileReport& file);

}  // namespace counterscan

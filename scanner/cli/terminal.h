// What the environment and the terminal say of how to print.
#pragma once

#include "scanner/cli/common_options.h"
#include "scanner/report/text_options.h"

namespace counterscan {

// Columns and colour for standard output: colour only on a terminal that is not dumb and when
// NO_COLOR is not set, unless `color` says always or never.
TextOptions TextOptionsFor(ColorChoice color);

bool StandardOutputIsTerminal();
// True when progress can be drawn on standard error.
bool StandardErrorIsTerminal();

}  // namespace counterscan

// Standard input as a file that can be read at any offset.
#pragma once

#include "scanner/cli/tree.h"

namespace counterscan {

// Copies standard input, to its end, to an unnamed temporary file: in $TMPDIR, or in memory where
// that cannot be written. Nothing of it is interpreted.
OpenResult OpenStandardInput();

}  // namespace counterscan

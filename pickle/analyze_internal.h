// For tests: the analysis with a read window of another size. Its answer must not depend on it.
#pragma once

#include "pickle/analysis.h"

namespace counterscan::pickle {

Analysis AnalyzeWithWindow(const ByteSource& source, const Options& options,
                           std::size_t window_bytes);

}  // namespace counterscan::pickle

// Analyze: what unpickling these bytes would do, without doing it.
//
// Walks every pickle in the bytes with an abstract machine (stack, marks, memo; values known,
// global, call or unknown), names everything that CPython would import, and judges each name by
// the policy and by how it is used. Soundness first: a name that cannot be known is itself
// reported, and an error never hides what was seen before it.
//
// Depends on scanner/base only: no files, no network, no clock.
#pragma once

#include "pickle/outcome.h"
#include "scanner/base/byte_source.h"

namespace counterscan::pickle {

// Walks the pickles that stand one after another from the first byte on.
Analysis Analyze(const ByteSource& source, const Options& options);

}  // namespace counterscan::pickle

// RunByteJob: digests and raw signatures of one open file, from a single read of its bytes.
//
// Runs in a byte-pass worker, which parses nothing and opens nothing. What the file looked like is
// compared before and after: a file that was written to while it was read has no digest, because
// the bytes that were hashed may never have existed together.
#pragma once

#include "scanner/engine/clamav.h"
#include "scanner/worker/messages.h"
#include "scanner/worker/worker_program.h"

namespace counterscan {

// `descriptor` stays the caller's; its file offset is neither used nor moved. `engine` may be null,
// which means that no signatures are wanted. Never fails: what could not be read, matched or
// trusted is a gap of the answer.
ByteAnswer RunByteJob(const ByteJob& job, int descriptor, ClamavEngine* engine,
                      const OnBytesRead& on_bytes_read = {});

}  // namespace counterscan

// RunZygote: the process that loads the signatures once and forks the workers.
//
// It reads no model file. It is single-threaded, so that forking is safe, and it ends when the
// parent does; its workers end with it.
#pragma once

#include "scanner/base/fd.h"
#include "scanner/worker/worker_program.h"

namespace counterscan {

// `control` is the socket to the parent. Returns the exit status of the process.
int RunZygote(UniqueFd control, const WorkerProgram& program);

}  // namespace counterscan

// RunWorker: the life of one worker process, from the fork to its end.
//
// Closes the sandbox, proves the engine in it, says that it is ready, then answers jobs until its
// socket ends. Answers go out at the end of a batch, and at least every 20 ms, so that a threat is
// shown early.
#pragma once

#include <string>

#include "scanner/base/fd.h"
#include "scanner/worker/control.h"
#include "scanner/worker/slot.h"
#include "scanner/worker/worker_program.h"

namespace counterscan {

struct WorkerSetup {
  Pool pool = Pool::kBytePass;
  UniqueFd socket;
  bool has_engine = false;  // the zygote has loaded one
  // With Pool::kParse: a directory of the worker's own, and why there is no parser, or "".
  std::string temporary{};
  std::string parser_problem{};
};

[[noreturn]] void RunWorker(WorkerSetup setup, Slot slot, const Configuration& configuration,
                            const WorkerProgram& program);

}  // namespace counterscan

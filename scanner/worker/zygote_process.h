// ZygoteProcess: the parent's hold on the one process that it starts by exec.
//
// The process gets an environment made from nothing, one socket as descriptor 3, and no other
// descriptor of the parent. It has a process group of its own, so that Ctrl-C reaches the parent
// alone.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "scanner/base/result.h"
#include "scanner/worker/channel.h"
#include "scanner/worker/control.h"

namespace counterscan {

class ZygoteProcess {
 public:
  static Result<std::unique_ptr<ZygoteProcess>> Start(const std::string& program,
                                                      const Configuration& configuration);
  ZygoteProcess(const ZygoteProcess&) = delete;
  ZygoteProcess& operator=(const ZygoteProcess&) = delete;
  // Ends the process, which takes its workers with it, and reaps it.
  ~ZygoteProcess();

  Channel& channel() { return channel_; }
  // Ends and reaps the process, and says how it ended.
  std::string End();

 private:
  ZygoteProcess(pid_t pid, UniqueFd socket);

  std::optional<pid_t> pid_;  // empty once reaped
  Channel channel_;
};

// "was ended by SIGSEGV", "exited with status 1".
std::string DescribeWaitStatus(int wait_status);

}  // namespace counterscan

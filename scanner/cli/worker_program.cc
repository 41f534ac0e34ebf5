#include "scanner/cli/worker_program.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace counterscan {

Result<std::string> FindWorkerProgram() {
  std::array<char, PATH_MAX> buffer;
  const ssize_t length = readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length <= 0) return FailErrno("cannot find this program's own path", errno);
  const std::string self(buffer.data(), static_cast<std::size_t>(length));
  const std::string folder = self.substr(0, self.rfind('/'));
  for (const char* place : {"/counterscan-worker", "/../libexec/counterscan/counterscan-worker"}) {
    const std::string candidate = folder + place;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Fail(ErrorCode::kIo,
              "counterscan-worker is neither beside this program nor in "
              "../libexec/counterscan: the installation is incomplete");
}

}  // namespace counterscan

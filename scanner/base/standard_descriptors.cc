#include "scanner/base/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace counterscan {
namespace {

constexpr int kNotFinished = 2;

}  // namespace

void OccupyStandardDescriptors() {
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(standard, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is given out, and all below are taken by now. O_PATH opens nothing:
    // read(2) and write(2) fail, unlike those of /dev/null.
    if (open("/", O_PATH) != standard) _exit(kNotFinished);
  }
}

}  // namespace counterscan

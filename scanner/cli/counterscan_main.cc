// counterscan: a second opinion on downloaded model files.

#include <malloc.h>

#include <csignal>
#include <string>
#include <vector>

#include "scanner/base/standard_descriptors.h"
#include "scanner/cli/command.h"

int main(int argc, char** argv) {
  counterscan::OccupyStandardDescriptors();
  // A report longer than `ulimit -f` allows is an error of the write, not the death of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  // Replies of a server are large and short-lived: each goes back to the system when it is read,
  // instead of leaving a hole that the C library keeps (mallopt(3), the dynamic threshold).
  constexpr int kReturnedAtOnce = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, kReturnedAtOnce);
  return counterscan::RunCommand(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}

// counterscan: a second opinion on downloaded model files.

#include <csignal>
#include <string>
#include <vector>

#include "scanner/base/standard_descriptors.h"
#include "scanner/cli/command.h"

int main(int argc, char** argv) {
  counterscan::OccupyStandardDescriptors();
  // A report longer than `ulimit -f` allows is an error of the write, not the death of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  return counterscan::RunCommand(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}

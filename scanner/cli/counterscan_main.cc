// counterscan: a second opinion on downloaded model files.

#include <string>
#include <vector>

#include "scanner/base/standard_descriptors.h"
#include "scanner/cli/command.h"

int main(int argc, char** argv) {
  counterscan::OccupyStandardDescriptors();
  return counterscan::RunCommand(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}

// Runs a program as a user would: arguments, environment, standard input; what it prints and how it
// ends.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace counterscan {

struct RunResult {
  int exit_status = -1;  // 128 + N when signal N ended it
  std::string out;
  std::string err;
};

struct RunOptions {
  std::map<std::string, std::string> environment;  // beside PATH and HOME of a temporary folder
  std::string standard_input;
  std::string directory;  // working directory, "" for the caller's
  // Called with the process id once the program runs; may send it signals.
  std::function<void(pid_t)> while_running;
};

RunResult RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                     const RunOptions& options = {});

}  // namespace counterscan

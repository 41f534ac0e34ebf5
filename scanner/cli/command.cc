#include "scanner/cli/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "scanner/base/atomic_file.h"

namespace counterscan {
namespace {

constexpr auto kCommands = std::to_array<Command>({
    {"scan", "scan TARGET...", "scan files and folders of models (the default command)", &RunScan},
    {"explain", "explain FILE[::MEMBER]", "show what a pickle would do, without running it",
     &RunExplain},
    {"rules", "rules [ID]", "list the rules, or tell all about one", &RunRules},
    {"version", "version", "print the version", &RunVersion},
    {"help", "help [TOPIC]", "print help on the program or on a topic", &RunHelp},
});

}  // namespace

std::span<const Command> Commands() { return kCommands; }

int UsageError(std::string_view message) {
  (void)WriteAll(STDERR_FILENO, fmt::format("counterscan: {}\n", message));
  return kExitUsage;
}

int RunCommand(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    RunHelp({});
    return kExitUsage;
  }
  const std::string& first = arguments.front();
  if (first == "-h" || first == "--help") return RunHelp({});
  if (first == "-V" || first == "--version") return RunVersion({});
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&](const Command& row) { return row.name == first; });
  if (command == kCommands.end()) return RunScan(arguments);
  return command->run({arguments.begin() + 1, arguments.end()});
}

}  // namespace counterscan

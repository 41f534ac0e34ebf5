// The commands: the table that dispatch, help and "did you mean" read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan {

struct Command {
  std::string_view name;
  std::string_view synopsis;  // "scan TARGET..."
  std::string_view summary;
  int (*run)(const std::vector<std::string>& arguments);
};

std::span<const Command> Commands();

// Runs what `arguments` (without the program's name) ask for; `scan` when no command is named.
int RunCommand(const std::vector<std::string>& arguments);

inline constexpr int kExitUsage = 64;         // as sysexits.h has it
inline constexpr int kExitInterrupted = 130;  // as shells have it

// Prints "counterscan: MESSAGE" on standard error and returns kExitUsage.
int UsageError(std::string_view message);

// One function a command, each in its own file.
int RunScan(const std::vector<std::string>& arguments);
int RunExplain(const std::vector<std::string>& arguments);
int RunHub(const std::vector<std::string>& arguments);
int RunDb(const std::vector<std::string>& arguments);
int RunRules(const std::vector<std::string>& arguments);
int RunVersion(const std::vector<std::string>& arguments);
int RunHelp(const std::vector<std::string>& arguments);

}  // namespace counterscan

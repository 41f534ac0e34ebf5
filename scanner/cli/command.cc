#include "scanner/cli/command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "hubclient/environment.h"
#include "hubclient/local_cache.h"
#include "hubclient/local_files.h"
#include "hubclient/repo_id.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/process_environment.h"

namespace counterscan {
namespace {

constexpr auto kCommands = std::to_array<Command>({
    {"scan", "scan TARGET...", "scan files and folders of models (the default command)", &RunScan},
    {"explain", "explain FILE[::MEMBER]", "show what a pickle would do, without running it",
     &RunExplain},
    {"hub", "hub status REPO...", "ask the Hub about repositories, one or thousands", &RunHub},
    {"db", "db info|check|import", "the ClamAV signatures: what there is, how old, offline import",
     &RunDb},
    {"rules", "rules [ID]", "list the rules, or tell all about one", &RunRules},
    {"version", "version", "print the version", &RunVersion},
    {"help", "help [TOPIC]", "print help on the program or on a topic", &RunHelp},
});

// Words that later versions will take for commands. Taken for names of targets today, a script
// written now would change its meaning then.
constexpr auto kReserved =
    std::to_array<std::string_view>({"access", "completion", "doctor", "report", "verify"});

bool Exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

// A few repositories have names of one word: gpt2.
bool IsInCache(const std::string& name) {
  const auto wanted = RepoRef::Parse(name);
  const auto settings = ReadHubSettings(ProcessEnvironment());
  return wanted && settings && FindInCache(DiskFiles(), settings->cache, *wanted);
}

// The command that was perhaps meant by a first word that names nothing here.
std::optional<std::string> MeantCommand(const std::string& word) {
  if (word.starts_with('-') || word.find_first_of("/.@:") != std::string::npos || Exists(word)) {
    return std::nullopt;
  }
  std::vector<std::string> names(kReserved.begin(), kReserved.end());
  for (const Command& row : kCommands) names.emplace_back(row.name);
  const auto nearest = Nearest(word, names);
  return nearest && !IsInCache(word) ? nearest : std::nullopt;
}

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
  if (command == kCommands.end()) {
    if (std::find(kReserved.begin(), kReserved.end(), first) != kReserved.end()) {
      std::string message =
          fmt::format("'{}' is not in this version (see: counterscan help).", first);
      if (Exists(first)) message += fmt::format(" To scan what has that name: ./{}", first);
      return UsageError(message);
    }
    if (const auto meant = MeantCommand(first)) {
      return UsageError(fmt::format("no command, file or repository '{}'. Did you mean '{}'?",
                                    Printable(first), *meant));
    }
    return RunScan(arguments);
  }
  return command->run({arguments.begin() + 1, arguments.end()});
}

}  // namespace counterscan

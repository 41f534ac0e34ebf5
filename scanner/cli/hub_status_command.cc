// `counterscan hub status`: what the Hub says of repositories, one or thousands.

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/clock.h"
#include "scanner/cli/command.h"
#include "scanner/cli/hub_status_options.h"
#include "scanner/cli/hub_status_run.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/process_environment.h"
#include "scanner/crosscheck/exit_status.h"

namespace counterscan {
namespace {

int RunHubStatus(const std::vector<std::string>& arguments) {
  auto parsed = ParseHubStatus(arguments);
  if (!parsed) return UsageError(parsed.error().message);
  if (parsed->help) return WriteAll(STDOUT_FILENO, *parsed->help) ? 0 : kExitUnconfirmed;
  const auto clock = ReadClock();
  if (!clock) return UsageError(clock.error().message);
  WatchForInterrupts();
  return HubStatusRun(std::move(parsed->options), ProcessEnvironment(), *clock).Run();
}

constexpr std::string_view kUsage =
    "usage: counterscan hub status REPO...\n\n"
    "  status    what the Hub says of repositories: one, or thousands\n\n"
    "options: counterscan hub status --help\n"
    "what the words mean: counterscan help hub-status\n"
    "sources, tokens, mirrors, waiting: counterscan help hub\n";

}  // namespace

int RunHub(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    (void)WriteAll(STDERR_FILENO, kUsage);
    return kExitUsage;
  }
  const std::string& first = arguments.front();
  if (first == "-h" || first == "--help") return WriteAll(STDOUT_FILENO, kUsage) ? 0 : kExitUsage;
  if (first == "status") return RunHubStatus({arguments.begin() + 1, arguments.end()});
  if (first == "export" || first == "health") {
    return UsageError(fmt::format("'hub {}' is not in this version; there is: hub status.", first));
  }
  const bool misspelt = Nearest(first, {"status"}).has_value();
  return UsageError(
      fmt::format("hub takes status, not '{}'. Did you mean 'counterscan hub status{}'?",
                  Printable(first, 200), misspelt ? "" : " " + Printable(first, 200)));
}

}  // namespace counterscan

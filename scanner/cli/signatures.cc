#include "scanner/cli/signatures.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "hubclient/rfc3339.h"
#include "scanner/base/text.h"
#include "scanner/cli/database_directory.h"

namespace counterscan {
namespace {

// Clocks differ; signatures from further in the future are of no known age.
constexpr std::chrono::hours kClockTolerance(24);

// As Debian's clamd.conf has it.
constexpr const char* kSystemClamd = "/run/clamav/clamd.ctl";

bool IsSocket(const char* path) {
  struct stat status {};
  return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

Gap NoSignatures(const std::string& directory) {
  return {.reason = GapReason::kNoSignatures,
          .engine = EngineId::kClamav,
          .detail = "no signatures in " + Printable(directory)};
}

}  // namespace

SignatureChoice ChooseSignatures(const ScanOptions& options, const Environment& environment) {
  SignatureChoice choice;
  if (options.depth == Depth::kStructure || options.av == AvChoice::kOff) {
    choice.mode = AvMode::kOff;
    return choice;
  }
  if (options.av == AvChoice::kBuiltin) return choice;
  if (options.av == AvChoice::kClamd) {
    choice.clamd = options.clamd_socket;
    return choice;
  }
  const std::string directory =
      options.database.empty() ? DefaultDatabase(environment) : options.database;
  if (HasSignatures(directory)) {
    choice.mode = AvMode::kLibrary;
    choice.database = directory;
  } else if (options.av == AvChoice::kAuto && options.database.empty() && !options.offline &&
             IsSocket(kSystemClamd)) {
    choice.clamd = kSystemClamd;
  } else {
    choice.gaps.push_back(NoSignatures(directory));
  }
  return choice;
}

std::chrono::seconds MaxDatabaseAge(const std::optional<std::chrono::seconds>& said, bool offline) {
  return said.value_or(offline ? std::chrono::days(30) : std::chrono::days(7));
}

std::vector<Gap> LoadedSignatureGaps(const EngineInfo& engines, std::chrono::seconds max_age,
                                     std::chrono::sys_seconds now) {
  // Built-in ones alone have no age, and what failed to load has a gap of its own.
  if (engines.clamav_state != "lib" && engines.clamav_state != "clamd") return {};
  const bool asks_clamd = engines.clamav_state == "clamd";
  if (!asks_clamd && engines.signatures <= engines.builtin_signatures)
    return {NoSignatures(engines.database)};
  Gap old{.reason = GapReason::kOldSignatures, .engine = EngineId::kClamav};
  const auto built = ParseRfc3339(engines.database_time);
  if (!built) {
    old.detail = asks_clamd ? "clamd does not say how old its signatures are"
                            : "the age of the signatures is not known: no signed database (.cvd, "
                              ".cld) is in " +
                                  Printable(engines.database);
    return {std::move(old)};
  }
  if (*built > now + kClockTolerance) {
    old.detail = "the signatures are dated in the future: is the clock of this machine wrong?";
    return {std::move(old)};
  }
  const std::chrono::seconds age = now - *built;
  if (age <= max_age) return {};
  old.detail = fmt::format("the signatures are {} days old, {} are allowed",
                           std::chrono::floor<std::chrono::days>(age).count(),
                           std::chrono::floor<std::chrono::days>(max_age).count());
  return {std::move(old)};
}

std::vector<std::string> SwitchedOff(const ScanOptions& options) {
  std::vector<std::string> names;
  if (options.depth == Depth::kStructure) names.emplace_back("--depth structure");
  if (options.depth == Depth::kBytes) names.emplace_back("--depth bytes");
  if (options.av == AvChoice::kOff) names.emplace_back("--av off");
  if (options.av == AvChoice::kBuiltin) names.emplace_back("--av builtin");
  if (options.hub == HubMode::kOff) names.emplace_back("--hub off");
  if (options.offline) names.emplace_back("--offline");
  if (!options.sandbox) names.emplace_back("--sandbox off");
  for (const std::string& glob : options.excludes) names.push_back("--exclude " + glob);
  return names;
}

}  // namespace counterscan

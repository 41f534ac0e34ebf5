#include "scanner/cli/signatures.h"

#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "hubclient/rfc3339.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// Kinds of file that libclamav loads signatures from (clamav's own documentation of databases).
constexpr auto kDatabaseEndings = std::to_array<std::string_view>(
    {".cvd", ".cld", ".cud", ".ndb", ".ndu", ".ldb", ".ldu", ".hdb", ".hdu", ".hsb", ".hsu", ".yar",
     ".yara", ".db", ".mdb", ".msb", ".fp", ".sfp"});

// Clocks differ; signatures from further in the future are of no known age.
constexpr std::chrono::hours kClockTolerance(24);

bool HasSignatures(const std::string& directory) {
  const auto closer = [](DIR* open) { closedir(open); };
  const std::unique_ptr<DIR, decltype(closer)> listing(opendir(directory.c_str()), closer);
  if (listing == nullptr) return false;
  while (const dirent* entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (std::any_of(kDatabaseEndings.begin(), kDatabaseEndings.end(),
                    [&](std::string_view ending) { return name.ends_with(ending); })) {
      return true;
    }
  }
  return false;
}

Gap NoSignatures(const std::string& directory) {
  return {.reason = GapReason::kNoSignatures,
          .engine = EngineId::kClamav,
          .detail = "no signatures in " + Printable(directory)};
}

}  // namespace

SignatureChoice ChooseSignatures(const ScanOptions& options) {
  SignatureChoice choice;
  if (options.depth == Depth::kStructure || options.av == AvChoice::kOff) {
    choice.mode = AvMode::kOff;
    return choice;
  }
  if (options.av == AvChoice::kBuiltin) return choice;
  const std::string directory =
      options.database.empty() ? std::string(kSystemDatabase) : options.database;
  if (HasSignatures(directory)) {
    choice.mode = AvMode::kLibrary;
    choice.database = directory;
  } else {
    choice.gaps.push_back(NoSignatures(directory));
  }
  return choice;
}

std::vector<Gap> LoadedSignatureGaps(const EngineInfo& engines, const ScanOptions& options,
                                     std::chrono::sys_seconds now) {
  // Built-in ones alone have no age, and what failed to load has a gap of its own.
  if (engines.clamav_state != "lib") return {};
  if (engines.signatures <= engines.builtin_signatures) return {NoSignatures(engines.database)};
  Gap old{.reason = GapReason::kOldSignatures, .engine = EngineId::kClamav};
  const auto built = ParseRfc3339(engines.database_time);
  if (!built) {
    old.detail = "the age of the signatures is not known: no signed database (.cvd, .cld) is in " +
                 Printable(engines.database);
    return {std::move(old)};
  }
  if (*built > now + kClockTolerance) {
    old.detail = "the signatures are dated in the future: is the clock of this machine wrong?";
    return {std::move(old)};
  }
  const std::chrono::seconds limit = options.max_database_age.value_or(
      options.offline ? std::chrono::days(30) : std::chrono::days(7));
  const std::chrono::seconds age = now - *built;
  if (age <= limit) return {};
  old.detail = fmt::format("the signatures are {} days old, {} are allowed",
                           std::chrono::floor<std::chrono::days>(age).count(),
                           std::chrono::floor<std::chrono::days>(limit).count());
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

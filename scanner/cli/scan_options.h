// The options of `counterscan scan`, parsed and checked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/level.h"
#include "scanner/base/result.h"
#include "scanner/cli/limit_options.h"
#include "scanner/cli/policy_choice.h"

namespace counterscan {

enum class HubMode { kAuto, kRequire, kOff, kFile };
enum class Depth { kFull, kStructure, kBytes };
enum class AvChoice { kAuto, kLibrary, kBuiltin, kClamd, kOff };
enum class ColorChoice { kAuto, kAlways, kNever };

struct OutputChoice {
  enum class Format { kText, kJson, kJsonl } format = Format::kText;
  std::string file;  // "" for standard output
};

struct ScanOptions {
  std::vector<std::string> targets;
  std::string files_from;  // "" for none, "-" for standard input
  std::vector<std::string> excludes;

  HubMode hub = HubMode::kAuto;
  std::string hub_file;
  std::string hub_digest;
  std::chrono::seconds max_hub_age = std::chrono::days(30);
  // All questions to the live Hub together; a pause between two of them.
  std::chrono::seconds hub_timeout{60};
  std::chrono::milliseconds hub_pause{0};
  bool offline = false;
  std::string repo, repo_type = "model", revision;

  Depth depth = Depth::kFull;
  AvChoice av = AvChoice::kAuto;
  std::string clamd_socket;  // with AvChoice::kClamd
  std::string database;
  std::optional<std::chrono::seconds> max_database_age;  // 7 days, 30 with --offline

  bool coverage = false;

  PolicyWords policy;
  ChosenLimits limits;
  Level fail_on = Level::kSuspicious;
  std::vector<std::string> accept;
  std::vector<OutputChoice> outputs;
  unsigned jobs = 0;
  bool sandbox = true;
  bool quiet = false, verbose = false, no_progress = false;
  ColorChoice color = ColorChoice::kAuto;
};

// What a command line asks for: options, or a text to print and leave.
struct ParsedScan {
  ScanOptions options;
  std::optional<std::string> help;
};

// Parses what follows the word "scan". An Error is a usage error, in words for the user.
Result<ParsedScan> ParseScan(const std::vector<std::string>& arguments);

// Sets `offline` because `source` says so, --offline or the environment: the same usage error
// where somebody must be asked.
Result<void> GoOffline(std::string_view source, ScanOptions& options);

// "36h", "7d", "90m", "3600s" or "3600" as seconds.
Result<std::chrono::seconds> ParseDuration(const std::string& text);

}  // namespace counterscan

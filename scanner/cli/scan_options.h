// The options of `counterscan scan`, parsed and checked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/cli/common_options.h"
#include "scanner/cli/limit_options.h"
#include "scanner/cli/policy_choice.h"

namespace counterscan {

enum class Depth { kFull, kStructure, kBytes };
enum class AvChoice { kAuto, kLibrary, kBuiltin, kClamd, kOff };

struct OutputChoice {
  enum class Format { kText, kJson, kJsonl } format = Format::kText;
  std::string file;  // "" for standard output
};

struct ScanOptions : HubOptions, ScreenOptions {
  std::vector<std::string> targets;
  std::string files_from;  // "" for none, "-" for standard input
  std::vector<std::string> excludes;

  std::string repo, repo_type = "model", revision;

  Depth depth = Depth::kFull;
  AvChoice av = AvChoice::kAuto;
  std::string clamd_socket;  // with AvChoice::kClamd
  std::string database;
  std::optional<std::chrono::seconds> max_database_age;  // 7 days, 30 with --offline

  bool coverage = false;

  PolicyWords policy;
  ChosenLimits limits;
  std::vector<std::string> accept;
  std::vector<OutputChoice> outputs;
  unsigned jobs = 0;
  bool sandbox = true;
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

}  // namespace counterscan

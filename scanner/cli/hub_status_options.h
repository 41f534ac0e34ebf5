// The options of `counterscan hub status`, parsed and checked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hubclient/repo_id.h"
#include "scanner/base/level.h"
#include "scanner/base/result.h"
#include "scanner/cli/scan_options.h"

namespace counterscan {

struct HubStatusOptions {
  enum class Format { kTable, kJson, kJsonl };

  std::vector<std::string> repositories;  // as typed
  std::string list;                       // a file with more of them; "-" standard input
  std::string author, search;
  std::size_t limit = 0;  // of what is listed; 0: all
  RepoType type = RepoType::kModel;
  bool quick = false;

  std::string hub_file;  // "" for the live Hub
  std::string hub_digest;
  std::chrono::seconds max_hub_age = std::chrono::days(30);
  std::chrono::seconds max_kept_age = std::chrono::hours(1);  // of answers that --resume has kept
  std::optional<std::chrono::seconds> hub_timeout;
  std::chrono::milliseconds hub_pause{0};
  bool offline = false;

  Level fail_on = Level::kCaution;
  Format format = Format::kTable;
  std::string output;  // "" for standard output
  std::string resume;  // "" for none
  bool quiet = false, verbose = false, no_progress = false;
  ColorChoice color = ColorChoice::kAuto;
};

struct ParsedHubStatus {
  HubStatusOptions options;
  std::optional<std::string> help;
};

// Parses what follows "hub status". An Error is a usage error, in words for the user.
Result<ParsedHubStatus> ParseHubStatus(const std::vector<std::string>& arguments);

}  // namespace counterscan

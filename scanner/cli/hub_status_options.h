// The options of `counterscan hub status`, parsed and checked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hubclient/repo_id.h"
#include "scanner/base/result.h"
#include "scanner/cli/common_options.h"

namespace counterscan {

struct HubStatusOptions : HubOptions, ScreenOptions {
  enum class Format { kTable, kJson, kJsonl };

  std::vector<std::string> repositories;  // as typed
  std::string list;                       // a file with more of them; "-" standard input
  std::string author, search;
  std::size_t limit = 0;  // of what is listed; 0: all
  RepoType type = RepoType::kModel;
  bool quick = false;

  std::chrono::seconds max_kept_age = std::chrono::hours(1);  // of answers that --resume has kept
  Format format = Format::kTable;
  std::string output;  // "" for standard output
  std::string resume;  // "" for none
};

struct ParsedHubStatus {
  HubStatusOptions options;
  std::optional<std::string> help;
};

// Parses what follows "hub status". An Error is a usage error, in words for the user.
Result<ParsedHubStatus> ParseHubStatus(const std::vector<std::string>& arguments);

}  // namespace counterscan

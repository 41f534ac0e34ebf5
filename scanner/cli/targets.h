// Targets: from what the user named to the list of files to scan.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hubclient/local_cache.h"
#include "scanner/cli/scan_options.h"
#include "scanner/cli/tree.h"
#include "scanner/model/report.h"

namespace counterscan {

// What is known of a file before it is read; a report of it is larger, and there may be many.
struct FilePlace {
  std::string path{};  // these three as in FileReport
  std::string disk_path{};
  Identity identity{};
};
FileReport ReportOf(FilePlace&& place);

struct PlannedFile {
  FilePlace file;
  // Where it is opened: below a tree, or by its own name; "-" is standard input.
  std::shared_ptr<const Tree> tree;
  std::string open_path;
  std::optional<OpenFailure> failure{};
  // A blob of a cache: only a file of its own when no snapshot leads to it.
  bool is_blob = false;
};

struct Plan {
  std::vector<PlannedFile> files;   // snapshots before blobs, else as listed
  std::vector<std::string> notes;   // "a/loop leads back to a, which is scanned once"
  std::vector<std::string> errors;  // "nothing to scan in X"
};

// Finds every file of every target. An Error is a usage error: a target that does not exist.
Result<Plan> PlanTargets(const ScanOptions& options, const Environment& environment,
                         const std::function<bool()>& stop);

// Opens a file of the plan. Standard input is copied to an unnamed temporary file first.
OpenResult OpenPlanned(const PlannedFile& planned);

}  // namespace counterscan

// Files of saved answers, and holding a file against whatever they say.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hubclient/export_file.h"
#include "scanner/crosscheck/cross_check.h"
#include "scanner/crosscheck/exit_status.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto answers = LoadHubExport(bytes, ExportOptions{});
  if (!answers) return 0;
  CrossCheckOptions options;
  options.now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);
  options.comparison_demanded = true;
  for (const RepoAnswer& answer : answers->repositories()) {
    for (const HubEntry& entry : answer.entries) {
      FileReport file;
      file.sha256 = entry.sha256.empty() ? std::string(64, '0') : entry.sha256;
      if (!entry.oid.empty()) file.git_sha1 = entry.oid;
      file.size = entry.size.value_or(0);
      file.identity = {.repo = answer.repo.id,
                       .repo_type = std::string(Name(answer.repo.type)),
                       .commit = answer.commit,
                       .path = entry.path,
                       .expected = "",
                       .comparable = true};
      CrossCheckFile(file, *answers, options);
      // A flag for these very bytes is never lost.
      const bool same = entry.in_lfs ? !entry.sha256.empty() : !entry.oid.empty();
      if (same && FlagLevel(entry.state) && !FlagLevel(file.hub.state) &&
          file.hub.state != HubState::kDisabled) {
        std::abort();
      }
      Report report;
      report.files.push_back(file);
      if (ExitStatusOf(report) == kExitClear && file.hub.state != HubState::kSafe) std::abort();
    }
  }
  return 0;
}

// HubSide: the Hub's half of a scan, whatever it comes from.
//
// A file of saved answers, or the live Hub, which is asked beside the scan. Whatever goes wrong,
// the answer is a state that confirms nothing.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hubclient/hub_source.h"
#include "scanner/base/result.h"
#include "scanner/cli/live_answers.h"
#include "scanner/cli/scan_options.h"
#include "scanner/cli/targets.h"
#include "scanner/model/report.h"

namespace counterscan {

// What has to be asked for these files: one question for each repository at each commit, with the
// paths that matter. A file of no known repository cannot be asked about.
std::vector<HubQuery> QueriesFor(const std::vector<PlannedFile>& files);

// True for a finished file that lies where git and download tools keep theirs, and that by its
// bytes none of them wrote.
bool IsNoToolsFile(const FileReport& file);

class HubSide {
 public:
  // Reads what --hub names, or begins to ask about the repositories that the files of the plan are
  // known to belong to; call once the workers are started. An Error is one for the user: the file
  // cannot be read or is no export. `stop` is called from another thread.
  static Result<HubSide> Begin(const ScanOptions& options, const Plan& plan,
                               const Environment& environment, std::chrono::sys_seconds now,
                               std::function<bool()> stop);
  HubSide(HubSide&&) noexcept;
  ~HubSide();

  // True once the Hub has answered, or will not any more: nothing of what follows may be called
  // before.
  bool Ready();
  void Wait();

  const HubInfo& info() const { return info_; }

  // Fills in `hub` and `agreement` of a finished file. A file in the place of a tool's that no tool
  // writes is held against the Hub after all.
  void Judge(FileReport& file) const;

 private:
  struct Answers;
  HubSide();
  void Take(HubAnswers answers);

  HubInfo info_;
  std::unique_ptr<Answers> answers_;
  std::unique_ptr<LiveAnswers> live_;  // while it is being asked
};

}  // namespace counterscan

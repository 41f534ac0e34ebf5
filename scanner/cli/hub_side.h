// HubSide: the Hub's half of a scan, whatever it comes from.
//
// A file of exported answers today; the live client takes its place here. Whatever goes wrong, the
// answer is a state that confirms nothing.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "scanner/base/result.h"
#include "scanner/cli/scan_options.h"
#include "scanner/model/report.h"

namespace counterscan {

class HubSide {
 public:
  // Reads what --hub names. An Error is one for the user: the file cannot be read or is no export.
  static Result<HubSide> Load(const ScanOptions& options, std::chrono::sys_seconds now);
  HubSide(HubSide&&) noexcept;
  ~HubSide();

  const HubInfo& info() const { return info_; }

  // Fills in `hub` and `agreement` of a finished file.
  void Judge(FileReport& file) const;

 private:
  struct Answers;
  HubSide();

  HubInfo info_;
  std::unique_ptr<Answers> answers_;
};

}  // namespace counterscan

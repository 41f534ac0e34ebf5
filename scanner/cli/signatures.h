// Which ClamAV signatures a scan uses, and what follows for every file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hubclient/environment.h"
#include "scanner/cli/scan_options.h"
#include "scanner/model/report.h"
#include "scanner/worker/fleet.h"

namespace counterscan {

struct SignatureChoice {
  AvMode mode = AvMode::kBuiltin;
  std::string database;   // with AvMode::kLibrary
  std::string clamd;      // socket of a clamd to ask too; "" for none
  std::vector<Gap> gaps;  // of every file: bytes that only the built-in signatures saw
};

// --av auto takes the database of --db, or the default one where there is one; else Debian's clamd
// where its socket is (never with --offline); else the built-in signatures with the gap
// no-signatures. Built-in ones chosen by name leave no gap. A library sees every byte of every file
// in one piece, and what is packed; clamd is shown windows, so it goes behind.
SignatureChoice ChooseSignatures(const ScanOptions& options, const Environment& environment);

// How old signatures may be: what was said, else 7 days, 30 without a network.
std::chrono::seconds MaxDatabaseAge(const std::optional<std::chrono::seconds>& said, bool offline);

// What every file lacks by what was loaded at last: no-signatures when a database brought none, and
// old-signatures when its newest signed file is older than allowed at `now` or dated
// in its future, or when none is signed: an age that nobody knows is not a young one.
std::vector<Gap> LoadedSignatureGaps(const EngineInfo& engines, std::chrono::seconds max_age,
                                     std::chrono::sys_seconds now);

// "--av off", "--depth structure": what the user switched off by name.
std::vector<std::string> SwitchedOff(const ScanOptions& options);

}  // namespace counterscan

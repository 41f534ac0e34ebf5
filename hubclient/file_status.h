// The security status of one file, as the Hub has written it over the years.
//
//     "securityFileStatus": {"status": "safe", "avScan": {"status": "safe", "message": ...}, ...}
//     "security": {"safe": true, "avScan": {"virusFound": false}, ...}          (until October
//     2024)
//
// Anything beside the file's own word is a scanner, whatever its name: the Hub adds some. One in a
// shape we do not know confirms nothing, and a flag inside it counts. So does one inside a scanner
// that calls the file safe; where only its message says otherwise ("60/76 engines detect it"), the
// file is not confirmed.
#pragma once

#include <string>
#include <vector>

#include "hubclient/hub_json.h"
#include "scanner/base/limits.h"
#include "scanner/model/hub_view.h"

namespace counterscan {

struct FileStatus {
  HubState state = HubState::kMissing;
  std::string reason;                // why it is not "safe" and no flag
  std::vector<HubScanner> scanners;  // sorted by name
  std::vector<std::string> notes;    // contradictions, and that no antivirus looked
};

// Reads the status in a file's object of a listing. The state is the worst of the file's own word
// and its scanners'. A scanner that did not look ("unscanned", or absent) does not count, but a
// file that is itself unscanned is pending, and a "safe" that no scanner gave is missing.
FileStatus ReadFileStatus(const JsonValue& file, const HubLimits& limits);

// A flag in any member of a file's object that may hold a word on it; "" for none.
std::string FlagBesideStatus(const JsonValue& file);

}  // namespace counterscan

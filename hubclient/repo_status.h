// The security status of a repository as a whole, in the four shapes the Hub has used.
//
//   A 2022       securityStatus      {"containsInfected": false}
//   B until 2024 securityStatus      {"hasUnsafeFile": true, "clamAVInfectedFiles": ["x"],
//                                     "dangerousPickles": ["y"], "scansDone": true, ...}
//   C since      securityRepoStatus  {"scansDone": true,
//                                     "filesWithIssues": [{"path": "x", "level": "unsafe"}]}
//   D /scan      the object of C without a name around it
//
// Their members count wherever they stand, and so does a flag under a name that is none of these.
//
// None of them ever confirms a file: files without an issue are not named, and "not named" is not
// the word "safe".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hubclient/hub_answers.h"
#include "hubclient/hub_json.h"
#include "scanner/base/limits.h"

namespace counterscan {

struct RepoStatus {
  bool present = false;  // the key was there, whatever it held
  bool listed = false;   // a list of files with issues was there, perhaps an empty one
  std::vector<HubIssue> issues;
  std::optional<bool> scans_done;
  // Some part has a shape we do not know: what it flags is not known either, so nothing in the
  // repository is confirmed.
  bool unreadable = false;
  // What must be said of each of its files: see RepoAnswer::caveats.
  std::vector<std::string> caveats;
  std::vector<std::string> notes;  // "filesWithIssues is missing": the dialect has drifted
};

// Reads `securityStatus` and `securityRepoStatus` of a repository's information.
RepoStatus ReadRepoInfo(const JsonValue& info, const HubLimits& limits);

// Reads the reply of /scan.
RepoStatus ReadScanReply(const JsonValue& reply, const HubLimits& limits);

}  // namespace counterscan

// Importing ClamAV signatures from files that were carried here.
//
// The files are copied into a directory that nobody else writes, read and verified there by a
// process that can do nothing else, and only then put in place: each is replaced whole or not at
// all, and what was verified is what is put there.
#pragma once

#include <string>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/model/report.h"
#include "scanner/worker/inspection.h"

namespace counterscan {

struct ImportRequest {
  std::vector<std::string> sources;  // files, or directories of them
  std::string destination;           // made where it is missing
  std::string worker_program;
  bool allow_older = false;
  bool allow_unsigned = false;
  bool sandbox = true;
};

struct ImportedFile {
  DatabaseFile file;       // what was verified
  bool unchanged = false;  // the same bytes were there already
};

// All of the files, or an Error and none of them.
Result<std::vector<ImportedFile>> ImportSignatures(const ImportRequest& request,
                                                   const KeepInspecting& keep);

}  // namespace counterscan

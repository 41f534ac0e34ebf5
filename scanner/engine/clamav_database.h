// A directory of ClamAV signatures, as far as raw matching needs it.
//
// Only what can match raw bytes is kept: signatures for any target, hashes of whole files, and the
// lists that take signatures back. .cvd, .cld and .cud files are verified and unpacked. Signatures
// for executables, HTML and so on are left out, which saves two thirds of the memory.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/engine/signature_sets.h"
#include "scanner/model/report.h"

namespace counterscan {

struct SignatureDirectory {
  SignatureSets sets;
  std::vector<DatabaseFile> files;  // sorted by name; those that were left out too
  std::string digest;               // see EngineInfo::database_digest
  std::string build_time;           // see EngineInfo::database_time
};

// Told before each file is read: how many are done, of how many.
using OnDatabaseFile = std::function<void(std::size_t done, std::size_t all)>;

// Reads `directory`, or only the built-in signatures when it is ""; writes what has to be changed
// before loading into `scratch`, where it stays until the caller removes it. A file that cannot be
// used is left out, with the reason. Fails when the directory cannot be read or holds no signature
// file.
Result<SignatureDirectory> ReadSignatureDirectory(const std::string& directory,
                                                  const std::string& scratch,
                                                  const OnDatabaseFile& on_file = {});

}  // namespace counterscan

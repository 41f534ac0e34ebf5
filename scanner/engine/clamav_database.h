// A directory of ClamAV signatures, as far as raw matching needs it.
//
// Only what can match raw bytes is kept: signatures for any target, hashes of whole files, and the
// lists that take signatures back. .cvd, .cld and .cud files are verified and unpacked. Signatures
// for executables, HTML and so on are left out, which saves two thirds of the memory.
#pragma once

#include <string>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/engine/signature_sets.h"

namespace counterscan {

// A file that could not be read or unpacked, or that only has the name of one.
struct LeftOutFile {
  std::string name;
  std::string why;
};

struct SignatureDirectory {
  SignatureSets sets;
  std::vector<LeftOutFile> left_out;
  std::string digest;      // see EngineInfo::database_digest
  std::string build_time;  // see EngineInfo::database_time
};

// Reads `directory`, or only the built-in signatures when it is ""; writes what has to be changed
// before loading into `scratch`, where it stays until the caller removes it. Fails when the
// directory cannot be read or holds no signature file.
Result<SignatureDirectory> ReadSignatureDirectory(const std::string& directory,
                                                  const std::string& scratch);

}  // namespace counterscan

// ParseEngine: libclamav with its parsers: what it unpacks, decodes and emulates by itself.
//
// Beside the raw matcher, never instead of it: that sees every byte, this one sees what libclamav
// makes of some of them (programs and their packers, documents, mails, old archives). It says
// "clean" where it gives up, so nothing here is coverage: there are names, and gaps.
//
// All signatures, for any kind of file, in an engine of its own: loaded in the zygote when the
// first file wants it, and shared copy-on-write.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/engine/signature_group.h"
#include "scanner/model/report.h"

struct cl_engine;

namespace counterscan {

class ParseEngine {
 public:
  // Loads what is in the directory of `info` and was not left out there, and the built-in
  // signatures. `scratch` is an existing directory. A file that only parsing needs and that cannot
  // be loaded is named in load_gaps().
  static Result<std::unique_ptr<ParseEngine>> Load(const EngineInfo& info,
                                                   const std::string& scratch);
  ~ParseEngine();
  ParseEngine(const ParseEngine&) = delete;
  ParseEngine& operator=(const ParseEngine&) = delete;

  const std::vector<Gap>& load_gaps() const { return load_gaps_; }

  // Where what is unpacked goes: an existing directory that this process may write to.
  Result<void> UseTemporary(const std::string& directory);

  // Takes a file of at most kLargestParsed bytes apart. The descriptor stays the caller's; its
  // offset moves.
  SignatureMatches Match(int descriptor, std::uint64_t size);

  // True when EICAR is found in a file in memory.
  bool SelfTest();

 private:
  ParseEngine() = default;

  cl_engine* engine_ = nullptr;
  std::vector<Gap> load_gaps_;
};

}  // namespace counterscan

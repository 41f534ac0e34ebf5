// A directory of ClamAV signatures, as far as raw matching needs it.
//
// Only what can match raw bytes is kept: signatures for any target, hashes of whole files, and the
// lists that take signatures back. .cvd, .cld and .cud files are verified and unpacked. Signatures
// for executables, HTML and so on are left out, which saves two thirds of the memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/engine/clamav_library.h"
#include "scanner/engine/clamav_signature.h"

namespace counterscan {

// What all loaded signatures together need of the one who feeds the matcher.
class SignatureNeedsTable {
 public:
  void Add(const SignatureLine& signature);
  void AddHashedSize(std::optional<std::uint64_t> size);
  // A file of signatures that is not read here line by line (YARA rules, .db).
  void AddUnread(bool regex);
  // Takes what only Add() needed.
  void Finish();

  // A file of this size must be matched in one piece.
  bool NeedWholeFile(std::uint64_t size) const;
  // Bytes that windows must share so that each signature fits into one of them.
  std::uint64_t reach() const { return reach_; }
  bool regex() const { return regex_; }

  // Signatures by this name match at the start (end) of a file, so that a match anywhere else comes
  // from a window that is taken for one.
  bool OnlyAtStart(std::string_view name) const { return Holds(name, kAtStart); }
  bool OnlyAtEnd(std::string_view name) const { return Holds(name, kAtEnd); }

 private:
  enum Place : std::uint8_t { kAtStart = 1, kAtEnd = 2, kAnywhere = 4 };
  bool Holds(std::string_view name, std::uint8_t places) const;

  std::uint64_t reach_ = 0;
  bool whole_file_ = false;
  bool any_size_ = false;
  bool regex_ = false;
  std::unordered_set<std::uint64_t> hashed_sizes_;
  std::unordered_map<std::string, std::uint8_t> places_;  // of names tied to the start or end
};

struct SignatureFile {
  std::string name;  // as in the directory: "daily.cvd"
  std::string path;  // what to load
  RawMatcher::Naming naming = RawMatcher::Naming::kUnofficial;
  bool takes_back = false;  // names and hashes that are not to match: no signatures
};

// A file that could not be read or unpacked, or that only has the name of one.
struct LeftOutFile {
  std::string name;
  std::string why;
};

struct SignatureDirectory {
  std::vector<SignatureFile> files;  // in the order in which to load them
  SignatureNeedsTable needs;
  std::vector<LeftOutFile> left_out;
  std::string digest;      // see EngineInfo::database_digest
  std::string build_time;  // see EngineInfo::database_time
};

// Reads `directory`; writes what has to be changed before loading into `scratch`, where it stays
// until the caller removes it. Fails when the directory cannot be read or holds no signature file.
Result<SignatureDirectory> ReadSignatureDirectory(const std::string& directory,
                                                  const std::string& scratch);

}  // namespace counterscan

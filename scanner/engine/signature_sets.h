// SignatureSets: signatures sorted by what tells that a file may match them.
//
// Those with anchors go into many small sets, each a matcher of its own that only sees files with
// one of its anchors: libclamav walks a thousand signatures a hundred times faster than a hundred
// thousand. What has no anchor goes into a set that sees every byte; lists of hashes into one that
// sees files with such a hash.
#pragma once

#include <cstddef>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"
#include "scanner/engine/anchor_scanner.h"
#include "scanner/engine/clamav_anchor.h"
#include "scanner/engine/clamav_library.h"
#include "scanner/engine/clamav_signature.h"
#include "scanner/engine/hashed_files.h"
#include "scanner/engine/signature_needs.h"

namespace counterscan {

enum class SignatureKind {
  kExceptions,  // names that are not to match
  kTrusted,     // hashes of files that are not to match
  kHashes,
  kExtended,
  kLogical,
  kPlain,
  kRules,  // YARA
};

struct SignatureFile {
  std::string name;    // as in the directory: "daily.cvd"; "" for the built-in signatures
  std::string path;    // what to load: some of the lines of
  std::string source;  // this
  RawMatcher::Naming naming = RawMatcher::Naming::kUnofficial;
  bool counted = true;  // its lines are signatures: no exceptions, none that is loaded twice
};

struct SignatureSet {
  std::vector<SignatureFile> files;  // in the order in which to load them
  SignatureNeedsTable needs;
};

struct SignatureSets {
  std::vector<SignatureFile> exceptions;  // to load first into each matcher
  SignatureSet always;                    // to hold against every byte
  SignatureSet hashed;                    // against files that `hashes` may name
  // Against files in which `anchors` finds its number. The built-in signatures are in the last.
  std::vector<SignatureSet> anchored;
  AnchorScanner anchors;
  HashedFiles hashes;
  HashedFiles trusted;  // matched in one piece, or libclamav would not know them

  std::size_t builtin_count = 0;  // signatures that come with the program
  std::size_t text_count = 0;     // for text alone, rewritten: matched where files are parsed only
  std::size_t logical_count = 0;  // logical ones, also those that match no raw bytes
};

class SignatureSorter {
 public:
  // Writes files to load into `scratch`, where they stay until the caller removes them.
  explicit SignatureSorter(std::string scratch) : scratch_(std::move(scratch)) {}

  // Reads a file. `source` may change then.
  Result<void> Add(const std::string& source, SignatureKind kind, const std::string& name,
                   RawMatcher::Naming naming);
  // Forgets all files of this name.
  void Drop(const std::string& name);
  // Adds the built-in signatures. Call once, last.
  Result<SignatureSets> Finish();

 private:
  // The file as it is now, to load from at any time.
  Result<SignatureFile> Keep(const SignatureFile& file);
  std::string NewPath(const SignatureFile& file);
  struct Piece {
    std::ofstream out;
    std::size_t lines = 0;
  };
  Result<void> Sort(const SignatureFile& file, SignatureKind kind);
  Result<void> SortRules(const SignatureFile& file);
  Result<std::reference_wrapper<SignatureSet>> SetFor(const Anchors& anchors, Piece& anchored);
  Result<void> Write(std::string_view text, std::size_t line, const SignatureFile& file,
                     SignatureSet& set, Piece& piece);
  Result<void> AddLine(std::string_view line, const SignatureFile& file, SignatureKind kind,
                       Piece& always, Piece& anchored);
  Result<void> Open(const SignatureFile& file, SignatureSet& set, Piece& piece);
  Result<void> AddBuiltin(const std::string& lines, const std::string& file_name, bool counted);
  void MergeSets();

  std::string scratch_;
  SignatureSets sets_;
  std::size_t in_last_set_ = 0;  // signatures in the last of sets_.anchored
  int written_ = 0;
};

}  // namespace counterscan

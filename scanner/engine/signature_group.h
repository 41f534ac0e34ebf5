// SignatureGroup: some of the signatures, with a matcher of their own.
//
// What they need of a file (all of it in one piece, or windows that overlap) is decided for each
// group, so that one signature with parts far apart does not make all others slow. Its matcher may
// be let go and loaded again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/result.h"
#include "scanner/engine/clamav_library.h"
#include "scanner/engine/piecewise.h"
#include "scanner/engine/signature_sets.h"
#include "scanner/model/finding.h"

namespace counterscan {

// What matching a source came to.
struct SignatureMatches {
  std::uint64_t bytes = 0;         // from the start on, read and matched
  std::vector<std::string> names;  // signatures that matched, sorted, each once
  std::vector<Gap> gaps;
  // Not empty: the rest is worth nothing until these have been loaded; see ClamavEngine.
  std::vector<std::uint32_t> wanted_groups;

  // Adds what another look at the same source came to.
  void Merge(SignatureMatches other);
};

class SignatureGroup {
 public:
  struct Sizes {
    std::uint64_t window_bytes = 0;   // new bytes in each window
    std::uint64_t largest_piece = 0;  // largest file matched in one piece
  };
  SignatureGroup(SignatureSet set, const Sizes& sizes) : set_(std::move(set)), sizes_(sizes) {}

  // Where a file was refused, and with what words.
  struct Refusal {
    SignatureFile file;
    std::string why;
  };
  struct Loaded {
    unsigned signatures = 0;
    std::map<std::string, unsigned> of_file;  // by the name of the file they are from
    std::vector<Refusal> in_part;             // files of which some signatures were left out
  };
  // Loads `before` and the group's own files; does nothing when that is done. A refused file is
  // named in refused(); it may have been loaded in part, so that the group begins anew without it.
  Result<void> Load(const std::string& scratch, const std::vector<SignatureFile>& before);
  const Refusal& refused() const { return refused_; }
  const Loaded& loaded() const { return loaded_; }
  // Leaves the file of this name out of the next Load().
  void Drop(const std::string& name);
  // The next Load() begins anew: what comes before the group's own files has changed.
  void Unload();
  bool empty() const { return set_.files.empty(); }
  const std::vector<SignatureFile>& files() const { return set_.files; }

  // Gives back the memory of the matcher until LoadAgain(), which takes the same files: they must
  // still be there. What has become of them otherwise is a gap of each match.
  void Release() { matcher_.reset(); }
  void LoadAgain(const std::string& scratch, const std::vector<SignatureFile>& before);
  bool ready() const { return matcher_ != nullptr || empty() || !lost_.empty(); }

  // Matches the whole source and calls `on_bytes`, which may be empty, with each run of bytes, once
  // and in order. `one_piece`: whatever the signatures need. `buffer` is scratch memory. Only when
  // ready() and not empty().
  SignatureMatches Match(const ByteSource& source, const OnBytes& on_bytes, bool one_piece,
                         std::vector<std::byte>& buffer);

 private:
  Result<std::unique_ptr<RawMatcher>> MakeMatcher(const std::string& scratch,
                                                  const std::vector<SignatureFile>& before);
  Refusal NotCompiled(const std::string& scratch) const;
  bool MatchInOnePiece(const ByteSource& source, const OnBytes& on_bytes,
                       std::vector<std::byte>& buffer, std::set<std::string>& names,
                       SignatureMatches& matches);
  void MatchWindows(const ByteSource& source, const OnBytes& on_bytes,
                    std::vector<std::byte>& buffer, std::set<std::string>& names,
                    SignatureMatches& matches);

  SignatureSet set_;
  Sizes sizes_;
  std::unique_ptr<RawMatcher> matcher_;
  bool has_loaded_ = false;
  std::string lost_;  // why it could not be loaded again
  Refusal refused_;
  Loaded loaded_;
};

}  // namespace counterscan

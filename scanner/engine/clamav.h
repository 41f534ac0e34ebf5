// ClamavEngine: libclamav's raw matcher, over every byte it is given.
//
// "Raw" means that nothing is parsed: only signatures that can match raw bytes are loaded, file
// types are switched off (20 times faster on weights), and what the return value of libclamav
// leaves out - it answers "clean" for most of its own errors - is counted here instead.
//
// Most signatures need bytes that few files hold. Those are looked for first, at memory speed, and
// libclamav is only shown the files that hold any, with the signatures in question: see
// clamav_anchor.h and signature_sets.h.
//
// So most of a large database is only wanted for files that hold something of it. It is loaded once
// to see that it can be, and let go again: what a match needs of it and does not find in memory it
// names, for LoadGroups() and another match.
//
// Loaded in the zygote and shared copy-on-write by the workers that it forks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/engine/signature_group.h"
#include "scanner/model/finding.h"
#include "scanner/model/report.h"

namespace counterscan {

class ClamavEngine {
 public:
  using OnLoading = std::function<void(unsigned percent)>;

  struct Options {
    std::string database;  // directory of signatures; "" loads the built-in ones only
    // An existing directory. Signatures are written there for loading, and removed with the engine.
    // libclamav also makes and removes an empty directory in it for each match, so it must outlive
    // the engine unless a sandbox answers those calls.
    std::string scratch;
    // When there are more groups of signatures than this, each is loaded when a file needs it.
    // What these take, some MiB each, is no matter.
    std::size_t groups_kept = 4;
    // Tests make these small. New bytes in each window; largest file matched in one piece.
    std::uint64_t window_bytes = kMiB;
    std::uint64_t largest_piece = 4 * kGiB - kMiB;
    // Told how far loading has come.
    OnLoading on_loading{};
  };

  // Loads the built-in signatures and, when a directory is given, those in it. A file of the
  // directory that cannot be loaded is named in load_gaps(), the others are used. An Error means
  // that there is no engine: the directory is missing or holds no signatures, or libclamav does not
  // start.
  static Result<std::unique_ptr<ClamavEngine>> Load(const Options& options);
  ~ClamavEngine();

  const EngineInfo& info() const;
  // Gaps that every file has because of what could not be loaded.
  const std::vector<Gap>& load_gaps() const;

  using Matches = SignatureMatches;
  using OnBytes = counterscan::OnBytes;

  // Matches the whole source (of any size) and calls `on_bytes` with each run of bytes, once and in
  // order, so that digests need no second read. `on_bytes` may be empty. Names the groups that the
  // source needs and that are not loaded: then the match is to be done again with them.
  Matches Match(const ByteSource& source, const OnBytes& on_bytes);

  // Loads groups that a match has named; others are passed over. A file that needs one that cannot
  // be loaded any more has a gap. Reads files: not in a sandbox.
  void LoadGroups(std::span<const std::uint32_t> groups);

  // True when EICAR is found in memory. Every worker asks after its sandbox has closed, because a
  // forbidden call inside libclamav looks like "clean".
  bool SelfTest();

 private:
  class Impl;
  explicit ClamavEngine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace counterscan

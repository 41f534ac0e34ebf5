// ScratchDirectory: a private temporary directory that does not outlive its run.
//
// Made with mode 0700 under $TMPDIR and locked (flock) while the run lives. A run that was killed
// leaves its directory behind; the next one to start finds it unlocked and removes it.
#pragma once

#include <string>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"

namespace counterscan {

class ScratchDirectory {
 public:
  // Makes a directory in `parent`, after removing those of dead runs of this user.
  static Result<ScratchDirectory> Create(const std::string& parent);
  // $TMPDIR when it is an absolute path, else /tmp.
  static std::string DefaultParent();

  ScratchDirectory(ScratchDirectory&& other) noexcept = default;
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  // Removes the directory and all in it.
  ~ScratchDirectory();

  const std::string& path() const { return path_; }

 private:
  ScratchDirectory(std::string path, UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  UniqueFd lock_;  // empty once moved from: then nothing is removed
};

}  // namespace counterscan

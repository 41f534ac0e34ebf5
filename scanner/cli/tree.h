// Tree: a directory that is scanned, and the only way files in it are opened.
//
// Nothing is opened through a symbolic link that leaves the tree (openat2 with RESOLVE_BENEATH),
// and nothing that could block or answer back: a FIFO, socket or device is never opened.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"
#include "scanner/model/gap_reason.h"

namespace counterscan {

// A regular file, opened for reading.
struct OpenedFile {
  UniqueFd descriptor;
  struct stat status {};
};

// Why there is no descriptor: becomes a gap of the file.
struct OpenFailure {
  GapReason reason = GapReason::kUnreadable;
  std::string detail;
};

using OpenResult = tl::expected<OpenedFile, OpenFailure>;

class Tree {
 public:
  // `root` is the directory that no link may leave; the links of a cache's repository may also lead
  // to the blobs that the cache's repositories share, beside it.
  static Result<Tree> Open(const std::string& root);

  const std::string& root() const { return root_; }

  struct Entry {
    std::string path;  // below the root, '/'-separated, raw bytes
    // Set for what is known not to be a file before it is opened.
    std::optional<OpenFailure> failure{};
  };
  struct Listing {
    std::vector<Entry> entries;      // sorted by path
    std::vector<std::string> notes;  // directories not walked twice: "a/loop leads back to a"
  };
  // Lists every file below `start` ("" for the root). Directories reached twice (through links)
  // are walked once. `stop` is asked now and then; when it says true the listing ends early.
  Listing List(const std::string& start, const std::function<bool()>& stop) const;

  // Opens a file of the listing.
  OpenResult OpenFile(const std::string& path) const;

 private:
  Tree(std::string root, UniqueFd descriptor, UniqueFd cache)
      : root_(std::move(root)), descriptor_(std::move(descriptor)), cache_(std::move(cache)) {}

  UniqueFd OpenLinked(const std::string& path) const;

  std::string root_;
  UniqueFd descriptor_;
  UniqueFd cache_;  // around a repository; none for other directories
};

// Opens a file that the user named: the last link is followed, because the user asked for it.
OpenResult OpenNamedFile(const std::string& path);

}  // namespace counterscan

// The local Hugging Face cache: where a repository lies, and where a file comes from.
//
//     <cache>/models--org--name/refs/main                   commit, 40 hex digits
//                               snapshots/<commit>/<path>   symbolic link to ../../blobs/<etag>
//                               blobs/<git blob id or SHA-256>
//                               trees/<commit>.json
//     <dir>/.cache/huggingface/download/<path>.metadata     beside a --local-dir download
//
// Nothing here is believed about content: names and records only say which bytes to expect.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hubclient/environment.h"
#include "hubclient/local_files.h"
#include "hubclient/repo_id.h"
#include "hubclient/tree_cache.h"
#include "scanner/base/limits.h"
#include "scanner/base/result.h"
#include "scanner/model/report.h"

namespace counterscan {

struct CachedSnapshot {
  RepoId repo;
  std::string commit;
  std::string repo_dir;  // <cache>/models--org--name: symbolic links may lead anywhere below it
  std::string snapshot;  // <repo_dir>/snapshots/<commit>
};

// Finds a repository in the cache. The message of the Error says what is there instead, fit to
// print: no such repository, no such revision (with the commits that are there), or a reference
// that is not a commit.
Result<CachedSnapshot> FindInCache(const LocalFiles& files, const std::string& cache,
                                   const RepoRef& wanted);

// What a file is in a cache or download folder, by its place alone.
enum class CacheRole {
  kOther,         // an ordinary file
  kSnapshotFile,  // a file of a repository: snapshots/<commit>/<path>
  kBlob,          // blobs/<hash>: the bytes that a snapshot's link leads to
  kToolFile,      // what tools put beside a download: references, locks, .git
  kRecord,        // the tools' records of a --local-dir download: .cache/huggingface/**
};

// One of the names between the '/' of a path, and where it begins.
struct PathPart {
  std::string_view name;
  std::size_t begin;
};

// Reads identities of files, remembering each record it has read. `files` must outlive it.
class IdentityReader {
 public:
  explicit IdentityReader(const LocalFiles& files, const HubLimits& limits = {});
  ~IdentityReader();
  IdentityReader(const IdentityReader&) = delete;
  IdentityReader& operator=(const IdentityReader&) = delete;

  struct Answer {
    Identity identity;
    CacheRole role = CacheRole::kOther;
    // The folder whose layout or records say so: the cache's repository, the download. "" when it
    // follows from the file itself. A folder inside of what is scanned was made by whoever made
    // that: its word may not stand against the user's.
    std::string root{};
  };

  // `path` is absolute and lexically normal ("/a/b/c"), not resolved through symbolic links. Where
  // several folders look like a cache or download, the outermost counts: the inner ones came with a
  // download, whose author must not choose what it is held against. For the same reason a file is
  // only taken for one that tools made when it holds what they write: a reference a commit, a lock
  // nothing.
  Answer Identify(const std::string& path);

 private:
  std::optional<Answer> InCache(const std::string& path, std::span<const PathPart> parts);
  Answer InSnapshot(const RepoId& repo, const std::string& repo_dir, const std::string& commit,
                    const std::string& inner, const std::string& path);
  std::optional<Answer> InLocalDir(const std::string& path, std::span<const PathPart> parts);
  bool IsToolFile(const std::string& path, std::span<const PathPart> parts) const;
  // At most a few lines; nothing when the file is longer or cannot be read.
  std::optional<std::string> ShortContent(const std::string& path) const;
  const TreeCache& Tree(const std::string& repo_dir, const std::string& commit);

  const LocalFiles& files_;
  HubLimits limits_;
  std::map<std::string, TreeCache> trees_;
  // Whether <folder>.cache/huggingface/download exists, by folder with its '/'.
  std::map<std::string, bool, std::less<>> download_records_;
};

}  // namespace counterscan

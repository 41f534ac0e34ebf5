#include "hubclient/local_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "hubclient/download_record.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// The parts of an absolute path.
std::vector<PathPart> PartsOf(std::string_view path) {
  std::vector<PathPart> parts;
  parts.reserve(static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1);
  std::size_t begin = 0;
  while (begin < path.size()) {
    if (path[begin] == '/') {
      ++begin;
      continue;
    }
    const std::size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back({path.substr(begin, end - begin), begin});
    begin = end;
  }
  return parts;
}

// The blob that a snapshot's link names: "../../blobs/<hash>" with as many ".." as `inner` has
// folders, plus one. Links to anywhere else promise nothing.
std::string BlobOfLink(std::string_view target, std::string_view inner) {
  for (auto depth = std::count(inner.begin(), inner.end(), '/') + 2; depth > 0; --depth) {
    if (!target.starts_with("../")) return "";
    target.remove_prefix(3);
  }
  constexpr std::string_view kBlobs = "blobs/";
  if (!target.starts_with(kBlobs)) return "";
  target.remove_prefix(kBlobs.size());
  return HashFrom(target).value_or("");
}

// "<hash>.incomplete", "<hash>.<random>.incomplete": a download that was broken off.
bool IsPartialBlob(std::string_view name) {
  const std::string_view hash = name.substr(0, std::min(name.find('.'), name.size()));
  return HashFrom(hash) && name.ends_with(".incomplete");
}

// Where git keeps its own, below .git (gitrepository-layout(5)). What lies there is told by its
// bytes; what lies elsewhere is nobody's but who put it there.
bool IsOfGit(std::string_view first_part, bool is_file) {
  constexpr auto kFiles = std::to_array<std::string_view>(
      {"CHERRY_PICK_HEAD", "COMMIT_EDITMSG", "FETCH_HEAD", "HEAD", "MERGE_HEAD", "MERGE_MODE",
       "MERGE_MSG", "ORIG_HEAD", "REVERT_HEAD", "config", "config.worktree", "description",
       "gc.log", "index", "packed-refs", "shallow"});
  constexpr auto kFolders = std::to_array<std::string_view>(
      {"branches", "hooks", "info", "lfs", "logs", "modules", "objects", "refs", "worktrees"});
  const auto has = [&](const auto& names) {
    return std::find(names.begin(), names.end(), first_part) != names.end();
  };
  return is_file ? has(kFiles) : has(kFolders);
}

std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool SameButForCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// As a user names it: "org/name", "datasets/org/name".
std::string AsNamed(const RepoId& repo) {
  return repo.type == RepoType::kModel ? repo.id
                                       : fmt::format("{}/{}", PluralName(repo.type), repo.id);
}

// "; there is Org/Name", for a repository that was written in other letters.
std::string OtherSpelling(const LocalFiles& files, const std::string& cache, const RepoId& wanted) {
  for (const std::string& folder : files.Names(cache)) {
    const auto repo = RepoId::FromCacheFolder(folder);
    if (repo && repo->type == wanted.type && SameButForCase(repo->id, wanted.id)) {
      return "; there is " + AsNamed(*repo);
    }
  }
  return "";
}

// The one of `commits` that `revision` is the beginning of.
std::optional<std::string> CommitThatBegins(const std::string& revision,
                                            const std::vector<std::string>& commits) {
  constexpr std::size_t kShortest = 4;
  if (revision.size() < kShortest) return std::nullopt;
  std::optional<std::string> found;
  for (const std::string& commit : commits) {
    if (!commit.starts_with(revision)) continue;
    if (found) return std::nullopt;
    found = commit;
  }
  return found;
}

}  // namespace

Result<CachedSnapshot> FindInCache(const LocalFiles& files, const std::string& cache,
                                   const RepoRef& wanted) {
  CachedSnapshot found{.repo = wanted.repo,
                       .commit = wanted.revision,
                       .repo_dir = cache + "/" + wanted.repo.CacheFolder(),
                       .snapshot = ""};
  const std::string name = fmt::format("{} {}", Name(wanted.repo.type), wanted.repo.id);
  if (!files.IsDirectory(found.repo_dir)) {
    return Fail(ErrorCode::kIo, fmt::format("{} is not in the cache {}{}", name, Printable(cache),
                                            OtherSpelling(files, cache, wanted.repo)));
  }
  // Folders are found as they are written; what is kept of a commit is in lower case.
  std::string folder = wanted.revision;
  if (!CommitFrom(wanted.revision)) {
    TRY(CheckRevision(wanted.revision));
    const auto reference =
        files.Read(found.repo_dir, "refs/" + wanted.revision, HubLimits{}.reference_bytes);
    if (!reference) {
      std::vector<std::string> commits = files.Names(found.repo_dir + "/snapshots");
      std::erase_if(commits, [](const std::string& commit) { return !CommitFrom(commit); });
      if (const auto meant = CommitThatBegins(wanted.revision, commits)) {
        return Fail(ErrorCode::kIo, fmt::format("a commit is named in full; did you mean {}@{}?",
                                                AsNamed(wanted.repo), *meant));
      }
      return Fail(ErrorCode::kIo,
                  fmt::format("{} is in the cache, but not its revision {}{}{}", name,
                              Printable(wanted.revision), commits.empty() ? "" : "; there is @",
                              fmt::join(commits, ", @")));
    }
    folder = std::string(TrimmedLine(*reference));
    if (!CommitFrom(folder)) {
      return Fail(ErrorCode::kMalformed, fmt::format("refs/{} of {} in the cache is not a commit",
                                                     Printable(wanted.revision), name));
    }
  }
  found.commit = CommitFrom(folder).value_or("");
  const std::string snapshots = found.repo_dir + "/snapshots/";
  if (!files.IsDirectory(snapshots + folder)) folder = found.commit;
  found.snapshot = snapshots + folder;
  if (!files.IsDirectory(found.snapshot)) {
    return Fail(ErrorCode::kIo, fmt::format("{} is in the cache, but has no files of commit {}",
                                            name, found.commit));
  }
  return found;
}

IdentityReader::IdentityReader(const LocalFiles& files, const HubLimits& limits)
    : files_(files), limits_(limits) {}
IdentityReader::~IdentityReader() = default;

IdentityReader::Answer IdentityReader::Identify(const std::string& path) {
  if (!path.starts_with('/')) return {};
  const std::vector<PathPart> parts = PartsOf(path);
  std::optional<Answer> cached = InCache(path, parts);
  std::optional<Answer> downloaded = InLocalDir(path, parts);
  const bool recorded = downloaded && !downloaded->identity.commit.empty();
  // A download without a record of this file does not know it: a cache below someone's home folder
  // is no part of what was once downloaded to there.
  if (cached && recorded && downloaded->root.size() < cached->root.size()) cached.reset();
  if (cached) return std::move(*cached);
  if (!recorded && IsToolFile(path, parts)) {
    Answer answer;
    answer.role = CacheRole::kToolFile;
    answer.identity.comparable = false;
    return answer;
  }
  return downloaded ? std::move(*downloaded) : Answer{};
}

std::optional<IdentityReader::Answer> IdentityReader::InCache(const std::string& path,
                                                              std::span<const PathPart> parts) {
  for (std::size_t i = 0; i + 2 < parts.size(); ++i) {
    const auto repo = RepoId::FromCacheFolder(parts[i].name);
    if (!repo) continue;
    const std::string repo_dir = path.substr(0, parts[i].begin + parts[i].name.size());
    const std::string_view kind = parts[i + 1].name;
    if (kind == "snapshots" && i + 3 < parts.size()) {
      if (const auto commit = CommitFrom(parts[i + 2].name)) {
        return InSnapshot(*repo, repo_dir, *commit, path.substr(parts[i + 3].begin), path);
      }
    }
    Answer answer;
    answer.root = repo_dir;
    answer.identity.repo = repo->id;
    answer.identity.repo_type = std::string(Name(repo->type));
    const std::string_view name = parts[i + 2].name;
    if (kind == "blobs" && i + 3 == parts.size()) {
      answer.role = CacheRole::kBlob;
      answer.identity.expected = HashFrom(name).value_or("");
      answer.identity.comparable = !IsPartialBlob(name);
      return answer;
    }
    const bool is_tree = kind == "trees" && i + 3 == parts.size() && name.ends_with(".json") &&
                         CommitFrom(name.substr(0, name.size() - 5)).has_value();
    bool is_tool = is_tree;
    if (kind == "refs" || kind == ".no_exist") {
      const std::optional<std::string> text = ShortContent(path);
      is_tool =
          text && (kind == "refs" ? CommitFrom(TrimmedLine(*text)).has_value() : text->empty());
    }
    if (kind == "refs" || kind == ".no_exist" || kind == "trees") {
      if (is_tool) answer.role = CacheRole::kToolFile;
      answer.identity.comparable = !is_tool;
      return answer;
    }
  }
  return std::nullopt;
}

bool IdentityReader::IsToolFile(const std::string& path, std::span<const PathPart> parts) const {
  if (parts.empty()) return false;
  const auto is_below = [&](std::string_view folder) {
    return std::any_of(parts.begin(), parts.end() - 1,
                       [&](const PathPart& part) { return part.name == folder; });
  };
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i].name == ".git" && IsOfGit(parts[i + 1].name, i + 2 == parts.size())) return true;
  }
  const std::string_view name = parts.back().name;
  const bool is_lock = name.ends_with(".lock") && is_below(".locks");
  if (!is_lock && name != ".git" && name != "CACHEDIR.TAG") return false;
  const std::optional<std::string> text = ShortContent(path);
  if (!text) return false;
  if (is_lock) return text->empty();
  return text->starts_with(name == ".git" ? "gitdir: " : kCacheTag);
}

std::optional<std::string> IdentityReader::ShortContent(const std::string& path) const {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  auto text = files_.Read(folder, LastPart(path), limits_.reference_bytes);
  if (!text) return std::nullopt;
  return std::move(*text);
}

IdentityReader::Answer IdentityReader::InSnapshot(const RepoId& repo, const std::string& repo_dir,
                                                  const std::string& commit,
                                                  const std::string& inner,
                                                  const std::string& path) {
  Answer answer;
  answer.role = CacheRole::kSnapshotFile;
  answer.root = repo_dir;
  answer.identity = {.repo = repo.id,
                     .repo_type = std::string(Name(repo.type)),
                     .commit = commit,
                     .path = inner,
                     .expected = "",
                     .comparable = true};
  if (const auto link = files_.Link(path)) answer.identity.expected = BlobOfLink(*link, inner);
  if (answer.identity.expected.empty()) {
    // Without symbolic links the name of the blob is lost; the list of the commit may have it.
    const TreeCache& tree = Tree(repo_dir, commit);
    const auto listed = tree.find(inner);
    if (listed != tree.end()) answer.identity.expected = listed->second.hash;
  }
  return answer;
}

std::optional<IdentityReader::Answer> IdentityReader::InLocalDir(const std::string& path,
                                                                 std::span<const PathPart> parts) {
  // Every folder above the file, the outermost first.
  for (const PathPart& part : parts) {
    const std::string_view written = std::string_view(path).substr(0, part.begin);
    auto known = download_records_.find(written);
    if (known == download_records_.end()) {
      std::string records = std::string(written) + std::string(kDownloadRecords) + "/download/";
      known = download_records_.emplace(written, files_.IsDirectory(records)).first;
    }
    if (!known->second) continue;

    const std::string folder(written);  // with a '/' at its end
    const std::string records = std::string(kDownloadRecords) + "/download/";
    Answer answer;
    answer.root = folder.size() > 1 ? folder.substr(0, folder.size() - 1) : folder;
    const std::string inner = path.substr(part.begin);
    const auto read = [&](std::uint64_t max_bytes) -> std::optional<std::string> {
      auto content = files_.Read(folder, inner, max_bytes);
      if (!content) return std::nullopt;
      return std::move(*content);
    };
    if (inner.starts_with(std::string(kDownloadRecords) + "/") &&
        IsDownloadRecord(std::string_view(inner).substr(kDownloadRecords.size() + 1), read,
                         limits_)) {
      answer.role = CacheRole::kRecord;
      answer.identity.comparable = false;
      return answer;
    }
    answer.identity.path = inner;
    const auto text = files_.Read(folder, records + inner + ".metadata", limits_.reference_bytes);
    const auto record = text ? ParseDownloadRecord(*text) : std::nullopt;
    if (!record) return answer;
    answer.identity.commit = record->commit;
    // A file changed after its download is its owner's: the record promises nothing any more.
    const auto modified = files_.ModifiedAt(path);
    if (modified && *modified - 1 <= record->time) answer.identity.expected = record->etag;
    return answer;
  }
  return std::nullopt;
}

const TreeCache& IdentityReader::Tree(const std::string& repo_dir, const std::string& commit) {
  const std::string name = "trees/" + commit + ".json";
  auto [known, is_new] = trees_.try_emplace(repo_dir + "/" + name);
  if (is_new) {
    if (const auto text = files_.Read(repo_dir, name, limits_.body_bytes)) {
      if (auto tree = ParseTreeCache(*text, limits_)) known->second = std::move(*tree);
    }
  }
  return known->second;
}

}  // namespace counterscan

#include "hubclient/local_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>
#include <vector>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::string_view kDownloadRecords = "/.cache/huggingface";

// '/'-separated parts of an absolute path, and where each begins in it.
struct Part {
  std::string_view name;
  std::size_t begin;
};
std::vector<Part> PartsOf(std::string_view path) {
  std::vector<Part> parts;
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

std::string_view Trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

bool IsHash(std::string_view text) { return IsCommit(text) || IsSha256(text); }

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
  return IsHash(target) ? std::string(target) : std::string();
}

// Three lines: commit, etag, time (huggingface_hub, _local_folder.py).
struct DownloadRecord {
  std::string commit, etag;
  double time = 0;
};
std::optional<DownloadRecord> ParseRecord(std::string_view text) {
  const auto line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
    return one;
  };
  DownloadRecord record;
  record.commit = std::string(line());
  record.etag = std::string(line());
  const std::string_view time = line();
  const auto parsed = std::from_chars(time.data(), time.data() + time.size(), record.time);
  if (parsed.ec != std::errc() || parsed.ptr != time.data() + time.size()) return std::nullopt;
  if (!IsCommit(record.commit) || !IsHash(record.etag)) return std::nullopt;
  return record;
}

// What tools, not people, put beside files.
bool IsToolPart(std::string_view name) { return name == ".git" || name == "CACHEDIR.TAG"; }

Identity ToolIdentity(Identity identity) {
  identity.comparable = false;
  return identity;
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
    return Fail(ErrorCode::kIo, fmt::format("{} is not in the cache {}", name, Printable(cache)));
  }
  if (!IsCommit(wanted.revision)) {
    TRY(CheckRevision(wanted.revision));
    const auto reference =
        files.Read(found.repo_dir + "/refs/" + wanted.revision, HubLimits{}.reference_bytes);
    if (!reference) {
      std::vector<std::string> commits = files.Names(found.repo_dir + "/snapshots");
      std::erase_if(commits, [](const std::string& commit) { return !IsCommit(commit); });
      return Fail(ErrorCode::kIo,
                  fmt::format("{} is in the cache, but not its revision {}{}{}", name,
                              Printable(wanted.revision), commits.empty() ? "" : "; there is @",
                              fmt::join(commits, ", @")));
    }
    found.commit = std::string(Trimmed(*reference));
    if (!IsCommit(found.commit)) {
      return Fail(ErrorCode::kMalformed, fmt::format("refs/{} of {} in the cache is not a commit",
                                                     Printable(wanted.revision), name));
    }
  }
  found.snapshot = found.repo_dir + "/snapshots/" + found.commit;
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
  const std::vector<Part> parts = PartsOf(path);
  for (std::size_t i = 0; i + 2 < parts.size(); ++i) {
    const auto repo = RepoId::FromCacheFolder(parts[i].name);
    if (!repo) continue;
    const std::string repo_dir = path.substr(0, parts[i].begin + parts[i].name.size());
    const std::string_view kind = parts[i + 1].name;
    Answer answer;
    answer.identity.repo = repo->id;
    answer.identity.repo_type = std::string(Name(repo->type));
    if (kind == "snapshots" && i + 3 < parts.size() && IsCommit(parts[i + 2].name)) {
      return InSnapshot(*repo, repo_dir, std::string(parts[i + 2].name),
                        path.substr(parts[i + 3].begin), path);
    }
    if (kind == "blobs" && i + 3 == parts.size()) {
      answer.role = CacheRole::kBlob;
      if (IsHash(parts[i + 2].name)) {
        answer.identity.expected = std::string(parts[i + 2].name);
      } else {
        answer.identity.comparable = false;  // "<etag>.incomplete"
      }
      return answer;
    }
    if (kind == "refs" || kind == ".no_exist" || kind == "trees") {
      answer.role = CacheRole::kToolFile;
      answer.identity.comparable = false;
      return answer;
    }
  }
  if (auto answer = InLocalDir(path)) return std::move(*answer);
  Answer answer;
  const bool is_lock =
      std::any_of(parts.begin(), parts.end(), [](const Part& p) { return p.name == ".locks"; }) &&
      path.ends_with(".lock");
  if (is_lock ||
      std::any_of(parts.begin(), parts.end(), [](const Part& p) { return IsToolPart(p.name); })) {
    answer.role = CacheRole::kToolFile;
    answer.identity = ToolIdentity(std::move(answer.identity));
  }
  return answer;
}

IdentityReader::Answer IdentityReader::InSnapshot(const RepoId& repo, const std::string& repo_dir,
                                                  const std::string& commit,
                                                  const std::string& inner,
                                                  const std::string& path) {
  Answer answer;
  answer.role = CacheRole::kSnapshotFile;
  answer.identity = {.repo = repo.id,
                     .repo_type = std::string(Name(repo.type)),
                     .commit = commit,
                     .path = inner,
                     .expected = "",
                     .comparable = true};
  if (const auto link = files_.Link(path)) answer.identity.expected = BlobOfLink(*link, inner);
  if (answer.identity.expected.empty()) {
    // Without symbolic links the name of the blob is lost; the list of the commit may have it.
    const TreeCache& tree = Tree(repo_dir + "/trees/" + commit + ".json");
    const auto listed = tree.find(inner);
    if (listed != tree.end()) answer.identity.expected = listed->second.hash;
  }
  return answer;
}

std::optional<IdentityReader::Answer> IdentityReader::InLocalDir(const std::string& path) {
  // Every folder above the file, the outermost first.
  for (const Part& part : PartsOf(path)) {
    const std::string folder = path.substr(0, part.begin - 1);
    auto [known, is_new] = download_records_.try_emplace(folder, false);
    if (is_new) {
      known->second = files_.IsDirectory(folder + std::string(kDownloadRecords) + "/download");
    }
    if (!known->second) continue;

    Answer answer;
    const std::string inner = path.substr(part.begin);
    if (path.compare(folder.size(), kDownloadRecords.size() + 1,
                     std::string(kDownloadRecords) + "/") == 0) {
      answer.role = CacheRole::kToolFile;
      answer.identity = ToolIdentity({});
      return answer;
    }
    if (IsToolPart(part.name)) return std::nullopt;
    answer.identity.path = inner;
    const auto text =
        files_.Read(folder + std::string(kDownloadRecords) + "/download/" + inner + ".metadata",
                    limits_.reference_bytes);
    const auto record = text ? ParseRecord(*text) : std::nullopt;
    if (!record) return answer;
    answer.identity.commit = record->commit;
    // A file changed after its download is its owner's: the record promises nothing any more.
    const auto modified = files_.ModifiedAt(path);
    if (modified && *modified - 1 <= record->time) answer.identity.expected = record->etag;
    return answer;
  }
  return std::nullopt;
}

const TreeCache& IdentityReader::Tree(const std::string& path) {
  auto [known, is_new] = trees_.try_emplace(path);
  if (is_new) {
    if (const auto text = files_.Read(path, limits_.body_bytes)) {
      if (auto tree = ParseTreeCache(*text, limits_)) known->second = std::move(*tree);
    }
  }
  return known->second;
}

}  // namespace counterscan

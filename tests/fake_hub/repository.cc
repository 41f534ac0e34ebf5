#include "tests/fake_hub/repository.h"

#include <algorithm>
#include <array>

#include "scanner/base/digest.h"
#include "scanner/base/text.h"

namespace counterscan::fake {
namespace {

std::string Sha1Hex(std::string_view text) {
  const std::string digest = Sha1(text);
  return Hex(std::as_bytes(std::span(digest.data(), digest.size())));
}

struct KindRow {
  RepoKind kind;
  std::string_view singular;
  std::string_view plural;
};

constexpr std::array<KindRow, 3> kKinds = {{{RepoKind::kModel, "model", "models"},
                                            {RepoKind::kDataset, "dataset", "datasets"},
                                            {RepoKind::kSpace, "space", "spaces"}}};

// Levels that make the Hub list a file, as far as was ever seen.
bool IsIssue(std::string_view status) {
  return status == "caution" || status == "suspicious" || status == "unsafe";
}

// The word of a file's status, "" when there is none.
std::string StatusOf(const File& file) {
  if (!file.security_file_status || !file.security_file_status->is_object()) return "";
  const auto member = file.security_file_status->find("status");
  return member != file.security_file_status->end() && member->is_string()
             ? member->get<std::string>()
             : "";
}

Json HasUnsafeFile(const Repo& repo) {
  Json infected = Json::array();
  Json pickles = Json::array();
  for (const File& file : repo.commits.front().files) {
    if (!file.security) continue;
    const Json av = file.security->value("avScan", Json());
    const Json pickle = file.security->value("pickleImportScan", Json());
    if (av.is_object() && av.value("virusFound", false)) infected.push_back(file.path);
    if (pickle.is_object() && pickle.value("highestSafetyLevel", "") == "dangerous") {
      pickles.push_back(file.path);
    }
  }
  return {{"repositoryId", std::string(Plural(repo.kind)) + "/" + repo.id},
          {"revision", repo.commits.front().name.id},
          {"hasUnsafeFile", !infected.empty() || !pickles.empty()},
          {"clamAVInfectedFiles", infected},
          {"dangerousPickles", pickles},
          {"scansDone", true}};
}

}  // namespace

std::string_view Singular(RepoKind kind) { return kKinds[static_cast<std::size_t>(kind)].singular; }
std::string_view Plural(RepoKind kind) { return kKinds[static_cast<std::size_t>(kind)].plural; }

std::optional<RepoKind> KindFromPlural(std::string_view plural) {
  for (const KindRow& row : kKinds) {
    if (row.plural == plural) return row.kind;
  }
  return std::nullopt;
}

std::optional<RepoKind> KindFromSingular(std::string_view singular) {
  for (const KindRow& row : kKinds) {
    if (row.singular == singular) return row.kind;
  }
  return std::nullopt;
}

std::uint64_t File::Size() const { return declared_size.value_or(content.size()); }

std::string File::Sha256() const {
  return declared_sha256.empty() ? Sha256Hex(content) : declared_sha256;
}

std::string File::Oid() const {
  if (!declared_oid.empty()) return declared_oid;
  return GitBlobSha1Hex(lfs ? LfsPointer(Sha256(), Size()) : content);
}

std::uint64_t File::PointerSize() const { return LfsPointer(Sha256(), Size()).size(); }

const File* Commit::Find(std::string_view path) const {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [path](const File& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

std::string Repo::Author() const {
  const std::size_t slash = id.find('/');
  return slash == std::string::npos ? "" : id.substr(0, slash);
}

std::string Repo::DatabaseId() const {
  return database_id.empty() ? MadeUpCommit(id).substr(0, 24) : database_id;
}

const Commit* Repo::At(std::string_view revision) const {
  if (commits.empty()) return nullptr;
  if (revision == "main" || revision == "HEAD" || revision == "refs/heads/main")
    return &commits.front();
  const auto ref = refs.find(std::string(revision));
  const std::string_view commit_id = ref == refs.end() ? revision : ref->second;
  for (const Commit& commit : commits) {
    // The Hub takes shortened commits as git does.
    if (commit_id.size() >= 7 && std::string_view(commit.name.id).starts_with(commit_id))
      return &commit;
  }
  return nullptr;
}

Json FilesWithIssues(const Repo& repo) {
  bool done = true;
  Json issues = Json::array();
  for (const File& file : repo.commits.front().files) {
    const std::string status = StatusOf(file);
    if (status.empty() || status == "queued" || status == "error") done = false;
    if (IsIssue(status)) issues.push_back({{"path", file.path}, {"level", status}});
  }
  return {{"scansDone", done}, {"filesWithIssues", issues}};
}

std::optional<std::pair<std::string, Json>> StatusMember(const Repo& repo) {
  switch (repo.dialect) {
    case StatusDialect::kAbsent:
      return std::nullopt;
    case StatusDialect::kContainsInfected: {
      const Json issues = FilesWithIssues(repo)["filesWithIssues"];
      return std::pair("securityStatus",
                       repo.repo_status.value_or(Json{{"containsInfected", !issues.empty()}}));
    }
    case StatusDialect::kHasUnsafeFile:
      return std::pair("securityStatus",
                       repo.repo_status ? *repo.repo_status : HasUnsafeFile(repo));
    case StatusDialect::kFilesWithIssues:
      return std::pair("securityRepoStatus",
                       repo.repo_status ? *repo.repo_status : FilesWithIssues(repo));
  }
  return std::nullopt;
}

std::string MadeUpCommit(std::string_view text) { return Sha1Hex(text); }

std::string GitTreeId(const Commit& commit, std::string_view folder) {
  // Entries in git's order, in which a folder counts as if its name ended with a slash.
  std::map<std::string, std::pair<std::string, std::string>> entries;  // mode and name, id
  const std::string prefix = folder.empty() ? "" : std::string(folder) + "/";
  for (const File& file : commit.files) {
    if (!file.path.starts_with(prefix)) continue;
    const std::string rest = file.path.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string::npos) {
      entries[rest] = {"100644 " + rest, file.Oid()};
    } else if (const std::string name = rest.substr(0, slash); !entries.contains(name + "/")) {
      entries[name + "/"] = {"40000 " + name, GitTreeId(commit, prefix + name)};
    }
  }
  std::string content;
  for (const auto& [order, entry] : entries) {
    content += entry.first + '\0';
    for (std::size_t i = 0; i + 1 < entry.second.size(); i += 2) {
      content += static_cast<char>(std::stoi(entry.second.substr(i, 2), nullptr, 16));
    }
  }
  return Sha1Hex("tree " + std::to_string(content.size()) + '\0' + content);
}

std::string LfsPointer(std::string_view sha256, std::uint64_t size) {
  return "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(sha256) +
         "\nsize " + std::to_string(size) + "\n";
}

}  // namespace counterscan::fake

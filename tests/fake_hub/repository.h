// What a repository on the fake Hub is: its commits and files, who may see it, and what the Hub's
// scanners say of it.
//
// Nothing here is shared with hubclient/: the fake reads the Hub's dialect on its own, so that a
// mistake in one is not made in the other.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan::fake {

using Json = nlohmann::ordered_json;  // members keep their order, as on the wire

enum class RepoKind { kModel, kDataset, kSpace };
std::string_view Singular(RepoKind kind);  // "model"
std::string_view Plural(RepoKind kind);    // "models"
std::optional<RepoKind> KindFromPlural(std::string_view plural);
std::optional<RepoKind> KindFromSingular(std::string_view singular);

struct CommitName {
  std::string id;  // 40 hex digits
  std::string title = "Upload files";
  std::string date = "2026-09-22T17:25:10.000Z";
};

struct File {
  std::string path;
  std::string content{};  // what a download gives
  bool lfs = false;
  // For recorded files, of which we have no content: what content would tell otherwise.
  std::optional<std::uint64_t> declared_size{};
  std::string declared_oid{};
  std::string declared_sha256{};
  std::string xet_hash{};
  // What the scanners say: nothing for no such member, null for null.
  std::optional<Json> security_file_status{};
  std::optional<Json> security{};  // the member's name until October 2024
  std::optional<CommitName> last_commit{};

  std::uint64_t Size() const;
  // Git blob id: of the content, or of the LFS pointer to it.
  std::string Oid() const;
  std::string Sha256() const;
  std::uint64_t PointerSize() const;
};

struct Commit {
  CommitName name;
  std::vector<File> files;

  const File* Find(std::string_view path) const;
};

// How the status of a whole repository is told (facts: four dialects over the years).
enum class StatusDialect {
  kAbsent,            // 200, and no member at all
  kContainsInfected,  // 2022
  kHasUnsafeFile,     // until October 2024
  kFilesWithIssues,   // since
};

// A user's request to access a gated repository.
struct AccessRequest {
  std::string status;  // "pending", "accepted", "rejected", "reset"
  std::string timestamp = "2026-10-06T13:49:34.895Z";
  std::string reviewed_at{};
  std::string granted_by{};
  std::map<std::string, std::string> fields{};
};

struct Repo {
  RepoKind kind = RepoKind::kModel;
  std::string id;             // "org/name", or "name"
  std::string database_id{};  // 24 hex digits; made from the id when ""
  bool is_private = false;
  std::string gated{};  // "", "auto", "manual"
  bool disabled = false;
  std::string moved_to{};                     // its new id; it then only redirects
  std::vector<Commit> commits{};              // newest first; "main" is the first
  std::map<std::string, std::string> refs{};  // "v1.0", "refs/pr/1" -> commit
  std::vector<std::string> tags{"region:us"};
  std::string created_at = "2022-03-02T23:29:05.000Z";
  std::uint64_t downloads = 0;
  std::uint64_t likes = 0;
  std::optional<Json> card_data{};

  StatusDialect dialect = StatusDialect::kFilesWithIssues;
  // Instead of what follows from the files. May be null, or nonsense.
  std::optional<Json> repo_status{};
  std::map<std::string, AccessRequest> requests{};  // by user name

  std::string Author() const;  // the part before '/', or ""
  std::string DatabaseId() const;
  // By commit, branch or tag; null when there is none such.
  const Commit* At(std::string_view revision) const;
};

struct User {
  std::string name;
  std::string token;
  std::string fullname{};
  std::string email{};
};

// {"scansDone", "filesWithIssues"} as it follows from the files of main.
Json FilesWithIssues(const Repo& repo);
// The status of the repository in its dialect: the member's name, and its value.
std::optional<std::pair<std::string, Json>> StatusMember(const Repo& repo);

// Hexadecimal digits that look like a commit and depend on the text alone.
std::string MadeUpCommit(std::string_view text);

// What git calls the tree at `folder` of a commit.
std::string GitTreeId(const Commit& commit, std::string_view folder);

// The text of a git LFS pointer.
std::string LfsPointer(std::string_view sha256, std::uint64_t size);

}  // namespace counterscan::fake

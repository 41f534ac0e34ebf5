#include "hubclient/repo_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "hubclient/hub_url.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

struct TypeRow {
  RepoType type;
  std::string_view name, plural;
};
constexpr auto kTypes = std::to_array<TypeRow>({
    {RepoType::kModel, "model", "models"},
    {RepoType::kDataset, "dataset", "datasets"},
    {RepoType::kSpace, "space", "spaces"},
});

constexpr std::size_t kMaxNamePart = 96;
constexpr std::size_t kMaxRevision = 255;
constexpr std::size_t kMaxPath = 4096;

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool IsWordCharacter(char c) { return IsLetterOrDigit(c) || c == '_'; }

bool IsNamePart(std::string_view part) {
  if (part.empty() || part.size() > kMaxNamePart) return false;
  if (!IsWordCharacter(part.front()) || !IsWordCharacter(part.back())) return false;
  if (part.find("--") != part.npos || part.find("..") != part.npos) return false;
  if (part.ends_with(".git")) return false;
  return std::all_of(part.begin(), part.end(),
                     [](char c) { return IsWordCharacter(c) || c == '-' || c == '.'; });
}

bool IsHex(std::string_view text, std::size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// Calls `accept` on each '/'-separated part; true when all are accepted.
template <class Accept>
bool AllParts(std::string_view path, Accept accept) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (!accept(path.substr(0, slash))) return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
}

// Cuts `text` behind its part number `count`: "a/b/c", 2 gives "a/b" and "c".
std::pair<std::string_view, std::string_view> SplitParts(std::string_view text, int count) {
  std::size_t at = 0;
  for (int i = 0; i < count; ++i) {
    at = text.find('/', i == 0 ? 0 : at + 1);
    if (at == text.npos) return {text, {}};
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

// "refs/pr/3/a/b" is revision "refs/pr/3", path "a/b"; "main/a" is revision "main", path "a".
std::pair<std::string_view, std::string_view> SplitRevision(std::string_view text) {
  const bool is_ref = text.starts_with("refs/pr/") || text.starts_with("refs/convert/");
  return SplitParts(text, is_ref ? 3 : 1);
}

}  // namespace

std::string_view Name(RepoType type) { return kTypes[static_cast<std::size_t>(type)].name; }
std::string_view PluralName(RepoType type) { return kTypes[static_cast<std::size_t>(type)].plural; }

std::optional<RepoType> RepoTypeFromName(std::string_view name) {
  for (const TypeRow& row : kTypes) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}
std::optional<RepoType> RepoTypeFromPlural(std::string_view name) {
  for (const TypeRow& row : kTypes) {
    if (row.plural == name) return row.type;
  }
  return std::nullopt;
}

Result<RepoId> RepoId::Parse(RepoType type, std::string_view id) {
  const auto parts = std::count(id.begin(), id.end(), '/') + 1;
  if (parts > 2 || !AllParts(id, IsNamePart)) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("'{}' is not the name of a repository", Printable(id, 120)));
  }
  return RepoId{type, std::string(id)};
}

std::optional<RepoId> RepoId::FromCacheFolder(std::string_view folder) {
  const std::size_t first = folder.find("--");
  if (first == folder.npos) return std::nullopt;
  const auto type = RepoTypeFromPlural(folder.substr(0, first));
  if (!type) return std::nullopt;
  std::string id(folder.substr(first + 2));
  if (const std::size_t second = id.find("--"); second != id.npos) id.replace(second, 2, "/");
  auto parsed = Parse(*type, id);
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

std::string RepoId::CacheFolder() const {
  std::string folder = std::string(PluralName(type)) + "--" + id;
  if (const std::size_t slash = folder.find('/'); slash != folder.npos) {
    folder.replace(slash, 1, "--");
  }
  return folder;
}

namespace {

// "ORG/NAME/tree/REV/PATH" of the address of a page on the Hub's own site; nothing for other text.
std::optional<std::string_view> RestOfPage(std::string_view text) {
  for (const std::string_view site :
       {"https://huggingface.co/", "https://hf.co/", "http://huggingface.co/", "huggingface.co/"}) {
    if (!text.starts_with(site)) continue;
    text.remove_prefix(site.size());
    text = text.substr(0, text.find_first_of("?#"));
    while (text.ends_with('/')) text.remove_suffix(1);
    return text;
  }
  return std::nullopt;
}

bool IsPageOfFiles(std::string_view word) {
  return word == "tree" || word == "blob" || word == "resolve" || word == "raw";
}

// What people copy from the browser, as the name that it is of.
Result<RepoRef> ParsePage(std::string_view text, std::string_view whole) {
  const auto take = [&text] {
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
  };
  RepoRef ref;
  std::string_view first = take();
  if (const auto type = RepoTypeFromPlural(first)) {
    ref.repo.type = *type;
    first = take();
  }
  std::string id(first);
  std::string_view part = take();
  // Old repositories have no owner: huggingface.co/gpt2/tree/main.
  if (!part.empty() && !IsPageOfFiles(part)) {
    id += "/" + std::string(part);
    part = take();
  }
  auto repo = RepoId::Parse(ref.repo.type, id);
  if (!repo) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("'{}' is not the address of a repository", Printable(whole, 120)));
  }
  ref.repo = std::move(*repo);
  if (part.empty()) return ref;
  if (!IsPageOfFiles(part)) {
    return Fail(
        ErrorCode::kMalformed,
        fmt::format(
            "'{}' is no page of a repository's files; write {}{}", Printable(whole, 120),
            ref.repo.type == RepoType::kModel ? "" : std::string(PluralName(ref.repo.type)) + "/",
            ref.repo.id));
  }
  ref.revision = PercentDecoded(take());
  ref.path = PercentDecoded(text);
  TRY(CheckRevision(ref.revision));
  if (!ref.path.empty()) TRY(CheckRepoPath(ref.path));
  return ref;
}

}  // namespace

Result<RepoRef> RepoRef::Parse(std::string_view text) {
  if (const auto page = RestOfPage(text)) return ParsePage(*page, text);
  constexpr std::string_view kScheme = "hf://";
  const std::string_view whole = text;
  const bool has_scheme = text.starts_with(kScheme);
  if (!has_scheme && text.find("://") != text.npos) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("'{}' is an address; write the repository as ORG/NAME, and set "
                            "HF_ENDPOINT for a Hub of your own",
                            Printable(text, 120)));
  }
  if (has_scheme) text.remove_prefix(kScheme.size());

  RepoRef ref;
  if (const auto type = RepoTypeFromPlural(text.substr(0, text.find('/')))) {
    // "datasets/squad" could also be model "squad" of a user "datasets": the tools read it this
    // way.
    ref.repo.type = *type;
    text.remove_prefix(std::min(text.size(), PluralName(*type).size() + 1));
  }
  std::string_view id = text;
  std::string_view path;
  if (const std::size_t at = text.find('@'); at != text.npos) {
    id = text.substr(0, at);
    std::string_view revision = text.substr(at + 1);
    if (has_scheme) std::tie(revision, path) = SplitRevision(revision);
    ref.revision = std::string(revision);
    TRY(CheckRevision(ref.revision));
  } else if (has_scheme) {
    std::tie(id, path) = SplitParts(text, 2);
  }
  if (text.ends_with('/')) {
    return Fail(ErrorCode::kMalformed, fmt::format("'{}' ends with a '/'", Printable(whole, 120)));
  }
  ref.repo = TRY(RepoId::Parse(ref.repo.type, id));
  ref.path = std::string(path);
  if (!path.empty()) TRY(CheckRepoPath(path));
  return ref;
}

bool IsCommit(std::string_view text) { return IsHex(text, 40); }
bool IsSha256(std::string_view text) { return IsHex(text, 64); }

std::optional<std::string> CommitFrom(std::string_view text) {
  std::string lower = AsciiLower(text.substr(0, 41));
  return IsCommit(lower) ? std::optional(std::move(lower)) : std::nullopt;
}
std::optional<std::string> Sha256From(std::string_view text) {
  std::string lower = AsciiLower(text.substr(0, 65));
  return IsSha256(lower) ? std::optional(std::move(lower)) : std::nullopt;
}

Result<void> CheckRevision(std::string_view revision) {
  const auto is_allowed = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F &&
           std::string_view("~^:?*[\\%").find(c) == std::string_view::npos;
  };
  const auto is_part = [](std::string_view part) {
    return !part.empty() && !part.starts_with('.') && !part.ends_with(".lock");
  };
  const bool good = !revision.empty() && revision.size() <= kMaxRevision && revision != "@" &&
                    !revision.starts_with('-') && !revision.ends_with('.') &&
                    revision.find("..") == revision.npos && revision.find("@{") == revision.npos &&
                    std::all_of(revision.begin(), revision.end(), is_allowed) && IsUtf8(revision) &&
                    AllParts(revision, is_part);
  if (good) return {};
  return Fail(ErrorCode::kMalformed,
              fmt::format("'{}' is not the name of a revision", Printable(revision, 120)));
}

bool IsGitPath(std::string_view path) {
  const auto is_part = [](std::string_view part) {
    return !part.empty() && part != "." && part != "..";
  };
  return path.size() <= kMaxPath && path.find('\0') == path.npos && AllParts(path, is_part);
}

Result<void> CheckRepoPath(std::string_view path) {
  if (IsGitPath(path) && path.find('\\') == path.npos) return {};
  return Fail(ErrorCode::kMalformed,
              fmt::format("'{}' is not a path inside a repository", Printable(path, 120)));
}

}  // namespace counterscan

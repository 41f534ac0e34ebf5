// RepoId and RepoRef: a repository of the Hub, and what a user may type to name one.
//
// Names end up in paths and URLs, so they are checked strictly: nothing that could climb a
// directory (".."), end a line, or decode into something else ("%2f") is a name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace counterscan {

enum class RepoType : std::uint8_t { kModel, kDataset, kSpace };

// "model", "dataset", "space".
std::string_view Name(RepoType type);
// "models", "datasets", "spaces": as in URLs of the API and names of cache folders.
std::string_view PluralName(RepoType type);
std::optional<RepoType> RepoTypeFromName(std::string_view name);
std::optional<RepoType> RepoTypeFromPlural(std::string_view name);

struct RepoId {
  RepoType type = RepoType::kModel;
  std::string id;  // "org/name"; old models have no organisation: "gpt2"

  bool operator==(const RepoId&) const = default;

  // Checks `id`: one or two parts of letters, digits, '_', '-' and '.', 96 bytes at most each, each
  // beginning and ending with a letter, digit or '_', without "--" or "..", not ending in ".git"
  // (huggingface_hub, utils/_validators.py).
  static Result<RepoId> Parse(RepoType type, std::string_view id);

  // "models--org--name" back to a RepoId; nothing for any other name.
  static std::optional<RepoId> FromCacheFolder(std::string_view folder);
  std::string CacheFolder() const;
};

// A repository at a revision, perhaps one path in it.
struct RepoRef {
  RepoId repo;
  std::string revision = "main";  // branch, tag or commit
  std::string path;               // "" for the whole repository

  // Reads "ORG/NAME[@REV]", "datasets/ORG/NAME[@REV]", "spaces/ORG/NAME[@REV]" and
  // "hf://[models/|datasets/|spaces/]ORG/NAME[@REV][/PATH]". With hf:// a revision ends at the next
  // '/', but for refs/pr/N and refs/convert/NAME; a path may only follow an ORG/NAME.
  // Also the address of a page: "https://huggingface.co/ORG/NAME[/tree/REV]".
  static Result<RepoRef> Parse(std::string_view text);
};

// 40 lower-case hexadecimal digits: a commit, or the id of a git blob, as it is kept here.
bool IsCommit(std::string_view text);
// 64 lower-case hexadecimal digits.
bool IsSha256(std::string_view text);
// The same from outside, where the digits may be in capitals: as it is kept here, or nothing for
// any other text. Hashes that differ in case alone are one hash.
std::optional<std::string> CommitFrom(std::string_view text);
std::optional<std::string> Sha256From(std::string_view text);

// A name git accepts for a branch or tag (git-check-ref-format), and no '%'.
Result<void> CheckRevision(std::string_view revision);

// A '/'-separated path that stays below where it starts: not empty, no part that is empty, "." or
// "..", no NUL or backslash, 4096 bytes at most (huggingface_hub, _local_folder.py).
Result<void> CheckRepoPath(std::string_view path);

// True for a path that git can hold, and a listing name: as above, and a backslash is a character
// like any other. Nothing may be read or written at it.
bool IsGitPath(std::string_view path);

}  // namespace counterscan

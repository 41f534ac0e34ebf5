// Listings of files: tree and paths-info replies, and the siblings of a repository's information.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hubclient/hub_answers.h"
#include "hubclient/hub_json.h"
#include "scanner/base/limits.h"

namespace counterscan {

// What holds for every entry of one reply.
struct ListingContext {
  bool pinned = false;
  bool status_asked = false;
  std::string asked_at{};
  // Why nothing in the reply may confirm anything; "" when it may.
  std::string distrust{};
  // The reply is a tree or paths-info, where every file has a path, a blob id and a size.
  bool is_file_list = false;
  // The names of the repository, for statuses that say whose they are; none for any.
  std::span<const RepoId> names{};
};

struct Listing {
  std::vector<HubEntry> files;
  // Paths of the directories; "" for one without a path. Git keeps none that is empty, so that a
  // whole list, asked for with what is below them, has a file below each.
  std::vector<std::string> folders;
};

// Reads a list, up to `limits.entries` of each kind. Hashes that are not hexadecimal of the right
// length count as unknown, like the asterisks of gated files. What is called a directory and has a
// status or a flag is a file.
Listing ReadListing(const JsonValue& list, const ListingContext& context, const HubLimits& limits);

// The text of the Git-LFS pointer that stands for content (git-lfs, docs/spec.md).
std::string LfsPointer(std::string_view sha256, std::uint64_t size);

}  // namespace counterscan

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

// Reads the files of a list and leaves directories out. Hashes that are not hexadecimal of the
// right length count as unknown, like the asterisks of gated files.
std::vector<HubEntry> ReadListing(const JsonValue& list, const ListingContext& context,
                                  const HubLimits& limits);

// The text of the Git-LFS pointer that stands for content (git-lfs, docs/spec.md).
std::string LfsPointer(std::string_view sha256, std::uint64_t size);

}  // namespace counterscan

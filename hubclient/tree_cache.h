// trees/<commit>.json: the list of files, with their hashes, that the download tools keep beside a
// snapshot. Expected hashes without a network.
//
//     {"format_version":1,"files":{"config.json":{"size":519,"blob_id":"<git blob id>"},
//      "model.safetensors":{"size":9,"blob_id":"...","lfs_sha256":"<sha256>","lfs_size":9}}}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/base/limits.h"
#include "scanner/base/result.h"

namespace counterscan {

struct ExpectedFile {
  std::string hash;  // SHA-256 for a file in LFS, else git's blob id
  std::optional<std::uint64_t> size;
};

using TreeCache = std::map<std::string, ExpectedFile, std::less<>>;

// Fails with kUnsupported for another format_version. Files without a usable hash (masked,
// malformed, contradictory) are left out: nothing is promised about them.
Result<TreeCache> ParseTreeCache(std::string_view json, const HubLimits& limits);

}  // namespace counterscan

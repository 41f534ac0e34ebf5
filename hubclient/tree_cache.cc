#include "hubclient/tree_cache.h"

#include <fmt/format.h>

#include <utility>

#include "hubclient/hub_json.h"
#include "hubclient/repo_id.h"

namespace counterscan {

Result<TreeCache> ParseTreeCache(std::string_view json, const HubLimits& limits) {
  const JsonDocument document = TRY(ParseHubJson(json, limits.body_bytes, limits));
  if (document.broken) return tl::make_unexpected(*document.broken);
  const JsonValue& root = document.root;
  const auto version = root.Number("format_version");
  if (!version) return Fail(ErrorCode::kMalformed, "has no format_version");
  if (*version != 1) {
    return Fail(ErrorCode::kUnsupported, fmt::format("format_version {} is not known", *version));
  }
  const JsonValue* files = root.Object("files");
  if (files == nullptr) return Fail(ErrorCode::kMalformed, "has no list of files");

  TreeCache tree;
  for (const auto& [path, file] : files->members) {
    if (!CheckRepoPath(path)) continue;
    const JsonValue* lfs = file.Find("lfs_sha256");
    ExpectedFile expected;
    if (lfs != nullptr && !lfs->IsNull()) {
      auto sha256 = Sha256From(lfs->text);
      if (!sha256) continue;  // masked: nothing is promised
      expected = {std::move(*sha256), file.Number("lfs_size")};
      if (!expected.size) expected.size = file.Number("size");
    } else {
      const std::string* blob = file.Text("blob_id");
      auto oid = blob != nullptr ? CommitFrom(*blob) : std::nullopt;
      if (!oid) continue;
      expected = {std::move(*oid), file.Number("size")};
    }
    tree.insert_or_assign(path, std::move(expected));
  }
  return tree;
}

}  // namespace counterscan

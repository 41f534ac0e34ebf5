// trees/<commit>.json and the records of a --local-dir download.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hubclient/local_cache.h"
#include "hubclient/repo_id.h"
#include "hubclient/tree_cache.h"

namespace {

// A disk on which every file has the same content, and every link the same target.
class OneContent final : public counterscan::LocalFiles {
 public:
  explicit OneContent(std::string_view content) : content_(content) {}
  counterscan::Result<std::string> Read(const std::string&, const std::string&,
                                        std::uint64_t max) const override {
    if (content_.size() > max) return counterscan::Fail(counterscan::ErrorCode::kLimit, "long");
    return content_;
  }
  std::optional<std::string> Link(const std::string&) const override { return content_; }
  bool IsDirectory(const std::string&) const override { return true; }
  std::vector<std::string> Names(const std::string&) const override { return {content_}; }
  std::optional<double> ModifiedAt(const std::string&) const override { return 0; }

 private:
  std::string content_;
};

void CheckHash(const std::string& hash) {
  if (!hash.empty() && !counterscan::IsCommit(hash) && !counterscan::IsSha256(hash)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tree = ParseTreeCache(text, HubLimits{})) {
    for (const auto& [path, file] : *tree) {
      CheckHash(file.hash);
      if (!CheckRepoPath(path)) std::abort();
    }
  }
  const OneContent files(text);
  IdentityReader reader(files);
  const std::string commit(40, 'a');
  for (const std::string& path :
       {std::string(text), "/c/" + std::string(text), std::string("/d/model.bin"),
        "/c/models--org--name/snapshots/" + commit + "/model.bin"}) {
    const Identity identity = reader.Identify(path).identity;
    CheckHash(identity.expected);
    if (!identity.commit.empty() && !IsCommit(identity.commit)) std::abort();
  }
  if (const auto found = FindInCache(files, "/c", {{RepoType::kModel, "org/name"}, "main", ""})) {
    if (!IsCommit(found->commit)) std::abort();
  }
  return 0;
}

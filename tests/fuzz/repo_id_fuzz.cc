// Names of repositories, revisions and paths, and URLs: nothing accepted may climb or end a line.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hubclient/hub_url.h"
#include "hubclient/repo_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace counterscan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto ref = RepoRef::Parse(text)) {
    const std::string name = ref->repo.CacheFolder() + "/" + ref->revision;
    const bool climbs = name.find("..") != name.npos || name.find("//") != name.npos;
    const bool has_control = std::any_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) <= 0x20 || c == '%' || c == '\\';
    });
    if (climbs || has_control) std::abort();
    if (RepoId::FromCacheFolder(ref->repo.CacheFolder()) != ref->repo) std::abort();
    if (!ref->path.empty() && !CheckRepoPath(ref->path)) std::abort();
  }
  const std::string url = "https://huggingface.co/api/models/org/name" + std::string(text);
  (void)HubUrl::Parse(url, "https://huggingface.co", {RepoType::kModel, "org/name"});
  if (const auto next = NextPage(text, url)) {
    if (OriginOf(*next) != "https://huggingface.co") std::abort();
  }
  return 0;
}

// Downloads: the Hub itself only points to where a file is.
#include <algorithm>
#include <array>
#include <charconv>

#include "tests/fake_hub/api_parts.h"

namespace counterscan::fake {
namespace {

// What may be read of a gated repository by everybody, in its root only.
bool IsOpenInGatedRepos(std::string_view path) {
  constexpr std::array<std::string_view, 4> kOpen = {"README.md", "LICENSE", "LICENSE.md",
                                                     "LICENSE.txt"};
  return std::find(kOpen.begin(), kOpen.end(), path) != kOpen.end();
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Honours "Range: bytes=FIRST-[LAST]" (RFC 9110, 14.2): how some clients ask for a file's size.
Reply Ranged(Reply reply, const Request& request) {
  constexpr std::string_view kBytes = "bytes=";
  reply.With("Accept-Ranges", "bytes");
  const std::string range = request.Header("Range").value_or("");
  std::uint64_t first = 0;
  std::uint64_t last = reply.body.size() - 1;
  if (!range.starts_with(kBytes)) return reply;
  const char* const end = range.data() + range.size();
  const auto read = std::from_chars(range.data() + kBytes.size(), end, first);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != '-') return reply;
  std::from_chars(read.ptr + 1, end, last);
  const std::string size = std::to_string(reply.body.size());
  if (first >= reply.body.size() || last < first) {
    return TextReply("", 416).With("Content-Range", "bytes */" + size);
  }
  reply.body = reply.body.substr(first, last - first + 1);
  reply.status = 206;
  return reply.With("Content-Range", "bytes " + std::to_string(first) + "-" +
                                         std::to_string(first + reply.body.size() - 1) + "/" +
                                         size);
}

Reply SmallFileReply(const Request& request, const File& file, const Commit& commit) {
  Reply reply = TextReply(file.content);
  reply.With("ETag", Quoted(file.Oid())).With("X-Repo-Commit", commit.name.id);
  return Ranged(std::move(reply), request);
}

}  // namespace

Reply ResolveReply(const RepoRequest& request) {
  const Repo& repo = request.repo;
  const std::string revision = request.rest[1];
  const std::string path = request.PathFrom(2);
  if (!IsOpenInGatedRepos(path)) {
    // Before it is looked whether the file or the revision exists.
    if (auto refusal = GateRefusal(repo, request.caller)) return *refusal;
  }
  const Commit* const commit = repo.At(revision);
  if (commit == nullptr) return RevisionNotFoundReply(revision);
  const File* const file = commit->Find(path);
  if (file == nullptr) {
    Reply reply = TextReply("Entry not found", 404);
    reply.With("X-Repo-Commit", commit->name.id);
    return reply.With("X-Error-Code", "EntryNotFound").With("X-Error-Message", "Entry not found");
  }
  Reply reply;
  if (file->lfs) {
    reply = RedirectReply(request.world.cdn_endpoint + "/xet-bridge-us/" + repo.DatabaseId() + "/" +
                              file->Sha256() + "?Expires=1&Signature=made-up",
                          302);
    reply.With("X-Linked-ETag", Quoted(file->Sha256()));
    reply.With("X-Linked-Size", std::to_string(file->Size()));
    if (!file->xet_hash.empty()) {
      reply.With("X-Xet-Hash", file->xet_hash);
      reply.With("Link", "<" + request.world.endpoint + "/api/" + std::string(Plural(repo.kind)) +
                             "/" + repo.id + "/xet-read-token/" + commit->name.id +
                             ">; rel=\"xet-auth\", <" + request.world.endpoint +
                             "/v1/reconstructions/" + file->xet_hash +
                             ">; rel=\"xet-reconstruction-info\"");
    }
  } else if (!repo.gated.empty()) {
    // Not everybody may have it, so no cache has it either.
    return SmallFileReply(request.http, *file, *commit);
  } else {
    // Relative: a client that follows it stays on this origin.
    reply = RedirectReply("/api/resolve-cache/" + std::string(Plural(repo.kind)) + "/" + repo.id +
                          "/" + commit->name.id + "/" + PercentEncoded(path) + "?" +
                          PercentEncoded(request.http.path) +
                          "=&etag=" + PercentEncoded(Quoted(file->Oid())));
    reply.With("X-Linked-ETag", Quoted(file->Oid()));
  }
  reply.With("X-Repo-Commit", commit->name.id);
  return reply.With("Accept-Ranges", "bytes");
}

Reply ResolveCacheReply(const RepoRequest& request) {
  const Commit* const commit = request.repo.At(request.rest[0]);
  const File* const file = commit == nullptr ? nullptr : commit->Find(request.PathFrom(1));
  if (file == nullptr) return TextReply("Entry not found", 404);
  return SmallFileReply(request.http, *file, *commit);
}

Reply StoredFileReply(const Request& request, const World& world) {
  const std::string name = request.path.substr(request.path.rfind('/') + 1);
  for (const Repo& repo : world.repos) {
    for (const Commit& commit : repo.commits) {
      for (const File& file : commit.files) {
        if (!file.lfs || file.Sha256() != name) continue;
        // The network's own ETag is of the store, and no hash of the content.
        Reply reply{.headers = {{"Content-Type", "application/octet-stream"}},
                    .body = file.content};
        reply.With("ETag", Quoted(file.xet_hash.empty() ? MadeUpCommit(name) : file.xet_hash));
        return Ranged(std::move(reply), request);
      }
    }
  }
  return TextReply("AccessDenied", 403);
}

}  // namespace counterscan::fake

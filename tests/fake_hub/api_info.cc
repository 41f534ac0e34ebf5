// Information about one repository: what it is, its status, its refs and commits.
#include <algorithm>
#include <set>

#include "tests/fake_hub/api_parts.h"

namespace counterscan::fake {
namespace {

// What `expand` may name: the list in the Hub's own error message.
const std::set<std::string, std::less<>>& Expandable() {
  static const std::set<std::string, std::less<>> names = {
      "author", "baseModels", "cardData", "config", "createdAt", "disabled", "downloads",
      "downloadsAllTime", "evalResults", "gated", "inference", "inferenceProviderMapping",
      "lastModified", "library_name", "likes", "mask_token", "model-index", "pipeline_tag",
      "private", "safetensors", "sha", "siblings", "spaces", "tags", "transformersInfo",
      "trendingScore", "widgetData", "gguf", "resourceGroup", "xetEnabled", "childrenModelCount",
      "usedStorage",
      // of datasets and spaces
      "citation", "description", "paperswithcode_id", "datasets", "models", "runtime", "sdk",
      "subdomain"};
  return names;
}

Json Siblings(const Commit& commit, bool blobs, bool masked) {
  Json siblings = Json::array();
  for (const File& file : commit.files) {
    Json sibling{{"rfilename", file.path}};
    if (blobs) {
      sibling["blobId"] = file.Oid();
      sibling["size"] = file.Size();
      if (file.lfs) {
        sibling["lfs"] = {{"sha256", masked ? kMask : file.Sha256()},
                          {"size", file.Size()},
                          {"pointerSize", file.PointerSize()}};
      }
    }
    siblings.push_back(std::move(sibling));
  }
  return siblings;
}

}  // namespace

bool Flag(const Request& request, std::string_view name) {
  const auto value = request.Query(name);
  return value == "true" || value == "True" || value == "1";
}

bool IsMasked(const RepoRequest& request) {
  return GateRefusal(request.repo, request.caller).has_value();
}

Reply RevisionNotFoundReply(std::string_view revision) {
  return ErrorReply(404, "RevisionNotFound", "Invalid rev id: " + std::string(revision));
}

Json InfoJson(const Repo& repo, const Commit& commit, bool blobs, bool masked) {
  std::uint64_t stored = 0;
  for (const File& file : commit.files) stored += file.lfs ? file.Size() : 0;
  Json info{{"_id", repo.DatabaseId()},    {"id", repo.id},
            {"private", repo.is_private},  {"tags", repo.tags},
            {"downloads", repo.downloads}, {"likes", repo.likes}};
  if (repo.kind == RepoKind::kModel) info["modelId"] = repo.id;
  if (!repo.Author().empty()) info["author"] = repo.Author();
  info["sha"] = commit.name.id;
  info["lastModified"] = commit.name.date;
  info["gated"] = repo.gated.empty() ? Json(false) : Json(repo.gated);
  info["disabled"] = repo.disabled;
  if (repo.kind == RepoKind::kModel) {
    info["model-index"] = nullptr;
    info["config"] = Json::object();
  }
  if (repo.kind == RepoKind::kSpace) info["sdk"] = "gradio";
  if (repo.card_data) info["cardData"] = *repo.card_data;
  info["siblings"] = Siblings(commit, blobs, masked);
  if (repo.kind == RepoKind::kModel) info["spaces"] = Json::array();
  info["createdAt"] = repo.created_at;
  info["usedStorage"] = stored;
  return info;
}

Reply InfoReply(const RepoRequest& request, std::string_view revision) {
  const Repo& repo = request.repo;
  const Commit* const commit = repo.At(revision);
  if (commit == nullptr) return RevisionNotFoundReply(revision);
  Json info = InfoJson(repo, *commit, Flag(request.http, "blobs"), IsMasked(request));

  std::set<std::string, std::less<>> wanted = {"_id", "id"};
  for (const auto& [name, value] : request.http.query) {
    if (name != "expand" && name != "expand[]") continue;
    if (!Expandable().contains(value)) {
      return ErrorReply(400, "",
                        "\u2716 Invalid option: expected one of \"author\"|\"baseModels\"|"
                        "\"cardData\"\n  \u2192 at expand");
    }
    wanted.insert(value);
  }
  if (wanted.size() > 2) {
    Json some = Json::object();
    for (const auto& [name, value] : info.items()) {
      if (wanted.contains(name)) some[name] = value;
    }
    return JsonReply(some.dump());
  }
  // Datasets and spaces do not say whether they honour it: asked of them, nothing is added.
  if (Flag(request.http, "securityStatus") && repo.kind == RepoKind::kModel) {
    if (const auto status = StatusMember(repo)) info[status->first] = status->second;
  }
  return JsonReply(info.dump());
}

Reply ScanReply(const RepoRequest& request) {
  const auto status = StatusMember(request.repo);
  // The same object, without the member around it.
  return status ? JsonReply(status->second.dump()) : JsonReply("{}");
}

Reply RefsReply(const RepoRequest& request) {
  const Repo& repo = request.repo;
  Json branches = Json::array();
  Json converts = Json::array();
  Json tags = Json::array();
  Json pull_requests = Json::array();
  branches.push_back({{"name", "main"},
                      {"ref", "refs/heads/main"},
                      {"targetCommit", repo.commits.front().name.id}});
  for (const auto& [name, commit] : repo.refs) {
    const std::string_view text = name;
    if (text.starts_with("refs/convert/")) {
      converts.push_back({{"name", text.substr(13)}, {"ref", name}, {"targetCommit", commit}});
    } else if (text.starts_with("refs/pr/")) {
      pull_requests.push_back({{"name", text.substr(8)}, {"ref", name}, {"targetCommit", commit}});
    } else {
      tags.push_back({{"name", name}, {"ref", "refs/tags/" + name}, {"targetCommit", commit}});
    }
  }
  Json refs{{"branches", branches}, {"converts", converts}, {"tags", tags}};
  if (Flag(request.http, "include_prs")) refs["pullRequests"] = pull_requests;
  return JsonReply(refs.dump());
}

Reply CommitsReply(const RepoRequest& request) {
  const std::string revision = request.PathFrom(1);
  const Commit* const from = request.repo.At(revision);
  if (from == nullptr) return RevisionNotFoundReply(revision);
  std::vector<Json> commits;
  bool reached = false;
  for (const Commit& commit : request.repo.commits) {
    reached = reached || &commit == from;
    if (!reached) continue;
    commits.push_back({{"id", commit.name.id},
                       {"title", commit.name.title},
                       {"message", ""},
                       {"authors", Json::array({{{"user", request.repo.Author()}}})},
                       {"date", commit.name.date}});
  }
  Reply reply = Page(request.http, request.world, commits, 50);
  reply.With("X-Total-Count", std::to_string(commits.size()));
  return reply;
}

Reply AuthCheckReply(const RepoRequest& request) {
  if (auto refusal = GateRefusal(request.repo, request.caller)) return *refusal;
  return TextReply("OK");
}

}  // namespace counterscan::fake

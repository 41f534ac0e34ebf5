#include "hubclient/hub_answers.h"

#include <utility>

namespace counterscan {
namespace {

std::string RepoKey(std::string_view type, std::string_view repo) {
  return std::string(type) + "/" + std::string(repo);
}

const HubAnswers::Hits& Find(const std::unordered_map<std::string, HubAnswers::Hits>& index,
                             std::string_view key) {
  static const HubAnswers::Hits kNone;
  const auto found = index.find(std::string(key));
  return found == index.end() ? kNone : found->second;
}

}  // namespace

HubAnswers HubAnswers::NotAsked() {
  HubAnswers answers;
  answers.asked_ = false;
  answers.info.mode = "off";
  return answers;
}

HubAnswers HubAnswers::Unreachable(std::string reason) {
  HubAnswers answers;
  answers.info.note = reason;
  answers.unreachable_ = std::move(reason);
  return answers;
}

void HubAnswers::Add(RepoAnswer answer) {
  repositories_.push_back(std::move(answer));
  const RepoAnswer& added = repositories_.back();
  by_repo_[RepoKey(Name(added.repo.type), added.repo.id)].push_back(&added);
  PathIndex& paths = by_path_[&added];
  for (std::size_t i = 0; i < added.entries.size(); ++i) {
    const HubEntry& entry = added.entries[i];
    if (!entry.path.empty()) paths.entries[entry.path].push_back(i);
    if (!entry.sha256.empty()) by_sha256_[entry.sha256].push_back({&added, &entry});
    if (!entry.oid.empty()) by_oid_[entry.oid].push_back({&added, &entry});
    has_masked_ |= entry.masked;
  }
  for (std::size_t i = 0; i < added.issues.size(); ++i) {
    paths.issues[added.issues[i].path].push_back(i);
  }
}

const HubAnswers::Hits& HubAnswers::WithSha256(std::string_view sha256) const {
  return Find(by_sha256_, sha256);
}
const HubAnswers::Hits& HubAnswers::WithOid(std::string_view oid) const {
  return Find(by_oid_, oid);
}

std::vector<const RepoAnswer*> HubAnswers::About(std::string_view type,
                                                 std::string_view repo) const {
  const auto found = by_repo_.find(RepoKey(type, repo));
  return found == by_repo_.end() ? std::vector<const RepoAnswer*>() : found->second;
}

HubAnswers::Hits HubAnswers::At(const RepoAnswer& answer, std::string_view path) const {
  Hits hits;
  const auto& paths = by_path_.at(&answer).entries;
  const auto found = paths.find(std::string(path));
  if (found == paths.end()) return hits;
  for (const std::size_t index : found->second) hits.push_back({&answer, &answer.entries[index]});
  return hits;
}

std::vector<const HubIssue*> HubAnswers::IssuesAt(const RepoAnswer& answer,
                                                  std::string_view path) const {
  std::vector<const HubIssue*> issues;
  const auto& paths = by_path_.at(&answer).issues;
  const auto found = paths.find(std::string(path));
  if (found == paths.end()) return issues;
  for (const std::size_t index : found->second) issues.push_back(&answer.issues[index]);
  return issues;
}

}  // namespace counterscan

#include "hubclient/hub_answers.h"

#include <utility>

#include "hubclient/hub_url.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// To the Hub, names that differ in case alone are one repository.
std::string RepoKey(std::string_view type, std::string_view repo) {
  return std::string(type) + "/" + AsciiLower(repo);
}

}  // namespace

std::string LoosePath(std::string_view path) {
  std::string loose = AsciiLower(PercentDecoded(path));
  std::erase_if(loose, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
  return loose;
}

void HubBlobs::Add(HubHit hit) {
  if (!hit.entry->sha256.empty()) AddTo(by_sha256_[hit.entry->sha256], hit);
  if (!hit.entry->oid.empty()) AddTo(by_oid_[hit.entry->oid], hit);
}

void HubBlobs::AddTo(List& list, HubHit hit) {
  const HubEntry& entry = *hit.entry;
  for (Alike& alike : list) {
    const HubEntry& other = *alike.first.entry;
    if (other.state == entry.state && other.status_asked == entry.status_asked &&
        other.in_lfs == entry.in_lfs && other.masked == entry.masked &&
        alike.first.answer->disabled == hit.answer->disabled) {
      ++alike.count;
      return;
    }
  }
  list.push_back({hit, 1});
}

const HubBlobs::List& HubBlobs::Find(const Index& index, std::string_view key) {
  static const List kNone;
  const auto found = index.find(key);
  return found == index.end() ? kNone : found->second;
}
const HubBlobs::List& HubBlobs::WithSha256(std::string_view sha256) const {
  return Find(by_sha256_, sha256);
}
const HubBlobs::List& HubBlobs::WithOid(std::string_view oid) const { return Find(by_oid_, oid); }

HubAnswers HubAnswers::NotAsked() {
  HubAnswers answers;
  answers.asked_ = false;
  answers.info.mode = "off";
  return answers;
}

HubAnswers HubAnswers::Unreachable(std::string reason, NoAnswer cause) {
  HubAnswers answers;
  answers.info.note = reason;
  answers.unreachable_ = std::move(reason);
  answers.unreachable_cause_ = cause;
  return answers;
}

void HubAnswers::Add(RepoAnswer answer) {
  repositories_.push_back(std::move(answer));
  const RepoAnswer& added = repositories_.back();
  flags_lost_ |= added.flags_lost;
  by_repo_[RepoKey(Name(added.repo.type), added.repo.id)].push_back(&added);
  Indices& indices = indices_[&added];
  for (std::size_t i = 0; i < added.entries.size(); ++i) {
    const HubEntry& entry = added.entries[i];
    if (!entry.path.empty()) indices.entries[entry.path].push_back(i);
    blobs_.Add({&added, &entry});
    indices.blobs.Add({&added, &entry});
    has_masked_ |= entry.masked;
  }
  for (std::size_t i = 0; i < added.issues.size(); ++i) {
    // A path that no file can have names none: it may be any of them that is meant.
    const std::string& path = added.issues[i].path;
    indices.issues[CheckRepoPath(path) ? std::string_view(path) : std::string_view()].push_back(i);
    if (!indices.entries.contains(path)) indices.unplaced[LoosePath(path)].push_back(i);
  }
}

std::vector<const RepoAnswer*> HubAnswers::About(std::string_view type,
                                                 std::string_view repo) const {
  const auto found = by_repo_.find(RepoKey(type, repo));
  return found == by_repo_.end() ? std::vector<const RepoAnswer*>() : found->second;
}

std::vector<HubHit> HubAnswers::At(const RepoAnswer& answer, std::string_view path) const {
  std::vector<HubHit> hits;
  const auto& paths = indices_.at(&answer).entries;
  const auto found = paths.find(path);
  if (found == paths.end()) return hits;
  for (const std::size_t index : found->second) hits.push_back({&answer, &answer.entries[index]});
  return hits;
}

std::vector<const HubIssue*> HubAnswers::IssuesAt(const RepoAnswer& answer,
                                                  std::string_view path) const {
  std::vector<const HubIssue*> issues;
  const auto& paths = indices_.at(&answer).issues;
  const auto found = paths.find(path);
  if (found == paths.end()) return issues;
  for (const std::size_t index : found->second) issues.push_back(&answer.issues[index]);
  return issues;
}

std::vector<const HubIssue*> HubAnswers::IssuesLike(const RepoAnswer& answer,
                                                    std::string_view path) const {
  std::vector<const HubIssue*> issues;
  const auto& unplaced = indices_.at(&answer).unplaced;
  if (unplaced.empty()) return issues;
  const auto found = unplaced.find(LoosePath(path));
  if (found == unplaced.end()) return issues;
  for (const std::size_t index : found->second) issues.push_back(&answer.issues[index]);
  return issues;
}

}  // namespace counterscan

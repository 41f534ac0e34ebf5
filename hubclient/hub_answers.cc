#include "hubclient/hub_answers.h"

#include <algorithm>
#include <utility>

#include "hubclient/loose_path.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// To the Hub, names that differ in case alone are one repository.
std::string RepoKey(std::string_view type, std::string_view repo) {
  return std::string(type) + "/" + AsciiLower(repo);
}

}  // namespace

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
  IndexIssues(added, indices);
}

void HubAnswers::IndexIssues(const RepoAnswer& answer, Indices& indices) {
  // One of each state is enough: each file is held against them, and an answer may repeat itself.
  const auto add = [&](std::vector<std::size_t>& known, std::size_t number) {
    const bool is_new = std::none_of(known.begin(), known.end(), [&](std::size_t other) {
      return answer.issues[other].state == answer.issues[number].state;
    });
    if (is_new) known.push_back(number);
    return is_new;
  };
  for (std::size_t i = 0; i < answer.issues.size(); ++i) {
    const std::string& path = answer.issues[i].path;
    if (indices.entries.contains(path)) {
      add(indices.issues[path], i);
      continue;
    }
    // A path that is none names no file: it may be any of them that is meant.
    std::string loose = LoosePath(path);
    add(indices.issues[loose.empty() ? std::string_view() : std::string_view(path)], i);
    if (loose.empty() || !add(indices.unplaced[std::move(loose)], i)) continue;
    if (!FlagLevel(answer.issues[i].state)) continue;
    for (const std::size_t outline : OutlinesMeantBy(path, answer.repo)) {
      indices.astray.try_emplace(outline, i);
    }
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
                                                    const std::string& loose) const {
  std::vector<const HubIssue*> issues;
  const auto& unplaced = indices_.at(&answer).unplaced;
  const auto found = unplaced.find(loose);
  if (found == unplaced.end()) return issues;
  for (const std::size_t index : found->second) issues.push_back(&answer.issues[index]);
  return issues;
}

const HubIssue* HubAnswers::FlagThatMayMean(const RepoAnswer& answer, std::size_t outline) const {
  const auto& astray = indices_.at(&answer).astray;
  const auto found = astray.find(outline);
  return found == astray.end() ? nullptr : &answer.issues[found->second];
}

}  // namespace counterscan

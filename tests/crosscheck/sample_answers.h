// Answers about org/name as tests of whole repositories need them, and the word on them a day
// later.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "hubclient/rfc3339.h"
#include "scanner/crosscheck/repository_word.h"

namespace counterscan {

inline const std::string kCommit(40, 'c');
inline const std::string kAskedAt = "2026-11-21T10:00:00Z";

inline HubEntry Entry(std::string path, HubState state) {
  HubEntry entry;
  entry.path = std::move(path);
  entry.pinned = entry.status_asked = true;
  entry.state = state;
  entry.asked_at = kAskedAt;
  return entry;
}

inline RepoAnswer Answer(std::vector<HubEntry> entries) {
  RepoAnswer answer;
  answer.repo = {RepoType::kModel, "org/name"};
  answer.commit = kCommit;
  answer.entries = std::move(entries);
  answer.listing_complete = true;
  answer.asked_at = kAskedAt;
  return answer;
}

inline RepositoryWord Word(const RepoAnswer& answer, HubScope scope = HubScope::kFiles,
                           std::size_t flags = 1'000) {
  WordOptions options;
  options.now = *ParseRfc3339("2026-11-22T10:00:00Z");
  options.flags = flags;
  return WordOn(answer, {answer.repo, "main", scope}, options);
}

}  // namespace counterscan

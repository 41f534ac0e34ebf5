// From an answer about a repository to one word on all of it.
//
// Strict, by the rule that absence is never safety. "safe" needs the list of files at one commit
// from its first page to its last, and the exact word "safe" on each file of it. The status of the
// repository alone (/scan) only names files with issues: that it names none, even with
// "scansDone": true, is no word on the others, and becomes no_issues. "scansDone": false counts
// only where files have no status of their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "hubclient/hub_answers.h"
#include "hubclient/hub_source.h"
#include "hubclient/no_answer.h"
#include "hubclient/repo_id.h"
#include "scanner/base/limits.h"
#include "scanner/model/repository_word.h"

namespace counterscan {

// What is said where the repository's status alone was asked for and names no file with issues.
inline constexpr std::string_view kNoIssuesReason =
    "the Hub names no file with issues, which is no word on each file";
inline constexpr std::string_view kNoIssuesNext = "ask without --quick, for the word on each file";
// What is said where the list of files is whole and names none.
inline constexpr std::string_view kEmptyReason =
    "the repository is empty: the Hub lists no file in it";
inline constexpr std::string_view kEmptyNext = "make sure that it is the repository that is meant";

// What to do after there was no answer about a repository of this type.
std::string NextStepAfter(NoAnswer cause, RepoType type);

struct WordOptions {
  // How long a "safe" counts; flags never expire.
  std::chrono::seconds max_age = std::chrono::days(30);
  std::chrono::sys_seconds now{};
  // Flags and notes kept for one repository.
  std::size_t flags = 1'000;
  std::size_t notes = 10;
  // Of each flag: what is kept of its path (no file system takes a longer one), how many scanners
  // are named, and what is kept of each name.
  std::size_t path_bytes = 4 * kKiB;
  std::size_t scanners = 64;
  std::size_t name_bytes = 80;
  // Of all of them together; the flags that do not fit are counted.
  std::size_t flag_bytes = 256 * kKiB;
};

RepositoryWord WordOn(const RepoAnswer& answer, const HubQuery& query, const WordOptions& options);

// The word where there is no answer at all.
RepositoryWord NoWordOn(const HubQuery& query, HubState state, std::string reason);

}  // namespace counterscan

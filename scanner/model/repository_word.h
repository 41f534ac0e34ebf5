// RepositoryWord: what the Hub says of a repository as a whole. Plain data, hostile text included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/model/hub_quota.h"
#include "scanner/model/hub_view.h"

namespace counterscan {

struct RepositoryWord {
  std::string repo;                 // "org/name"; as it was written, where that is no name
  std::string repo_type = "model";  // "model", "dataset", "space"
  std::string revision = "main";
  std::string commit{};  // "" when it was not learned

  // kSafe only when the list of files is whole and the Hub says exactly "safe" of each.
  HubState state = HubState::kMissing;
  // The Hub says that its scans are done, and names no file with issues. That is not the word
  // "safe" for any file, so `state` is kMissing.
  bool no_issues = false;
  std::string reason{};  // why it is neither safe nor flagged
  std::string cause{};   // the same as a word for programs: "dns", "gated-pending"
  std::string next{};    // what the reader can do

  // Files by the Hub's word on each.
  struct Counts {
    std::uint64_t files = 0;
    std::uint64_t safe = 0;
    std::uint64_t flagged = 0;
    std::uint64_t pending = 0;
    std::uint64_t failed = 0;  // the Hub's scan of them
    std::uint64_t silent = 0;  // without a status
    std::uint64_t masked = 0;  // whose SHA-256 the Hub does not show to who asks
  };
  std::optional<Counts> counts{};  // nothing where no list of files came

  // Why there is no access to the files, where the Hub masks hashes and was asked.
  struct NoAccess {
    std::string reason;
    std::string cause;  // "gated-pending"
    std::string next;
  };
  std::optional<NoAccess> no_access{};

  struct Flag {
    std::string path;  // "" for a file that the Hub does not name
    HubState state = HubState::kUnsafe;
    std::vector<std::string>
        scanners{};      // that flag it; none where only the repository's list does
    bool listed = true;  // in the list of files too, where that came
  };
  std::vector<Flag> flags{};         // worst first
  std::uint64_t more_flags = 0;      // left out of `flags`
  std::uint64_t unlisted_flags = 0;  // of all: of paths that the list of files does not have
  std::optional<bool> scans_done{};
  std::string asked_at{};  // RFC 3339
  bool kept = false;       // by an earlier run: not asked in this one
  std::vector<std::string> notes{};
};

// "safe", "unsafe", "pending", ...; "no-issues" where that is all there is.
inline constexpr std::string_view kNoIssuesState = "no-issues";
inline std::string_view StateName(const RepositoryWord& word) {
  return word.no_issues ? kNoIssuesState : Name(word.state);
}

// One run of `hub status`.
struct RepositoryReport {
  std::string tool_version;
  std::string created;   // RFC 3339
  std::string endpoint;  // "https://huggingface.co"
  std::string source;    // a file of answers; "" for the live Hub
  bool quick = false;    // only the status of each repository was asked for
  bool complete = true;  // false when it was cut short
  int exit_status = 0;
  std::uint64_t left = 0;           // repositories that nobody was asked about
  std::vector<std::string> errors;  // of the run as a whole
  std::optional<HubQuota> quota{};  // what is left of it, as the live Hub last said
  std::vector<RepositoryWord> words;
};

}  // namespace counterscan

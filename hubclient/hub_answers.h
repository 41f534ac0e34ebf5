// HubAnswers: everything the Hub said, from whatever source, in one model and indexed by bytes.
//
// Dialects end before this point. What was absent, null, unknown or malformed is a state other than
// safe, with a reason; only the Hub's exact word "safe" became HubState::kSafe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hubclient/no_answer.h"
#include "hubclient/repo_id.h"
#include "scanner/model/hub_view.h"
#include "scanner/model/report.h"

namespace counterscan {

// One file as one reply describes it.
struct HubEntry {
  std::string path;    // "" for none, or one that git cannot hold
  std::string oid;     // git blob id, 40 hex digits; of the pointer for a file in LFS; "" unknown
  std::string sha256;  // of the content of a file in LFS; "" when unknown or masked
  std::optional<std::uint64_t> size{};          // of the content
  std::optional<std::uint64_t> pointer_size{};  // of the pointer's text
  bool in_lfs = false;
  // The Hub masks the SHA-256 of gated files with asterisks: unknown, not different.
  bool masked = false;
  // Listed at the commit of its RepoAnswer. Else only its bytes count, not its place.
  bool pinned = false;
  // The path as it is written, where `path` is "".
  std::string written_path{};
  // Why the entry cannot be one of the Hub's: it names no path, no blob or two. "" for a good one.
  // Nothing in it confirms anything, and a flag counts.
  std::string flaw{};
  // Asked for by its path, not found in a listing.
  bool asked_by_path = false;
  // From a page of the listing of the whole repository.
  bool in_tree = false;
  // The request asked for a status. Without, saying nothing is no statement.
  bool status_asked = false;

  HubState state = HubState::kMissing;
  std::string reason;
  std::vector<HubScanner> scanners;
  std::vector<std::string> notes;  // contradictions inside this entry
  std::string asked_at;            // RFC 3339
};

// A file that the status of the repository as a whole complains about.
struct HubIssue {
  std::string path;  // "" when the Hub says that there is one without naming it
  HubState state = HubState::kUnsafe;
  std::string word;  // the Hub's, verbatim
  std::string asked_at;
};

// Everything about one repository at one commit.
struct RepoAnswer {
  RepoId repo;
  std::string commit;  // 40 hex digits, "" when unknown
  std::vector<HubEntry> entries;
  // The listing at `commit` was received from its first page to its last.
  bool listing_complete = false;
  // It was begun and did not come to its end: what it would have said of the same bytes further on
  // is not known.
  bool listing_cut = false;
  // Paths that the Hub was asked for by name at `commit`, and that it does not have.
  std::set<std::string, std::less<>> absent{};
  std::vector<HubIssue> issues;
  bool issues_listed = false;  // a list of files with issues was there, perhaps an empty one
  std::optional<bool> scans_done;
  bool issues_unreadable = false;  // see RepoStatus::unreadable
  // Set when a request failed: why files without an entry have no word.
  HubState failure = HubState::kMissing;
  std::string failure_reason;
  std::optional<NoAnswer> failure_cause{};
  // What must be said of each of its files, however good the word on it: of flags that cannot be
  // tied to bytes, of warnings, and of a reply that did not come. The gravest first, a few.
  std::vector<std::string> caveats;
  // It flags files that are not in `entries` or `issues`: there were too many to keep.
  bool flags_lost = false;
  bool disabled = false;  // the Hub has withdrawn the repository
  // Why there is no access to its files, where that was asked and refused. What the Hub says of
  // them does not need any; the hashes that it masks do.
  std::optional<NoAnswer> access_cause{};
  std::string access_reason;
  std::string asked_at;  // the oldest of its requests
  std::vector<std::string> notes;
};

// An entry and the answer it is of.
struct HubHit {
  const RepoAnswer* answer;
  const HubEntry* entry;
};

// Finds entries by the bytes they describe.
class HubBlobs {
 public:
  // Entries that say the same of the same bytes: the first of them, and how many they are. Holding
  // a file against them must not take longer because an answer repeats itself.
  struct Alike {
    HubHit first;
    std::size_t count;
  };
  using List = std::vector<Alike>;

  void Add(HubHit hit);

  // Entries whose content has this SHA-256.
  const List& WithSha256(std::string_view sha256) const;
  // Entries of this git blob id: of content outside LFS, or of an LFS pointer.
  const List& WithOid(std::string_view oid) const;

 private:
  // The keys are texts of the entries.
  using Index = std::unordered_map<std::string_view, List>;
  static void AddTo(List& list, HubHit hit);
  static const List& Find(const Index& index, std::string_view key);

  Index by_sha256_, by_oid_;
};

class HubAnswers {
 public:
  // Nobody was asked: --hub off.
  static HubAnswers NotAsked();
  // Somebody should have answered and did not: every file gets this state and reason.
  static HubAnswers Unreachable(std::string reason, NoAnswer cause);
  HubAnswers() = default;
  // The indices point into the answers.
  HubAnswers(const HubAnswers&) = delete;
  HubAnswers& operator=(const HubAnswers&) = delete;
  HubAnswers(HubAnswers&&) = default;
  HubAnswers& operator=(HubAnswers&&) = default;

  void Add(RepoAnswer answer);

  bool asked() const { return asked_; }
  const std::string& unreachable() const { return unreachable_; }
  NoAnswer unreachable_cause() const { return unreachable_cause_; }
  const std::deque<RepoAnswer>& repositories() const { return repositories_; }

  // Entries of every answer, and of one.
  const HubBlobs& blobs() const { return blobs_; }
  const HubBlobs& BlobsOf(const RepoAnswer& answer) const { return indices_.at(&answer).blobs; }
  // True when some entry's SHA-256 is masked, so that rebuilding a pointer may find it.
  bool has_masked() const { return has_masked_; }
  // Answers about a repository, all commits.
  std::vector<const RepoAnswer*> About(std::string_view type, std::string_view repo) const;
  // Entries of one answer at a path.
  std::vector<HubHit> At(const RepoAnswer& answer, std::string_view path) const;
  // Issues of one answer that name a path; "" for those that name none.
  std::vector<const HubIssue*> IssuesAt(const RepoAnswer& answer, std::string_view path) const;
  // Those that name a path which the answer has no entry of, and whose LoosePath is this one.
  std::vector<const HubIssue*> IssuesLike(const RepoAnswer& answer, const std::string& loose) const;
  // A flag for a path that the answer has no entry of and that may mean the path of this outline
  // (loose_path.h); nullptr for none.
  const HubIssue* FlagThatMayMean(const RepoAnswer& answer, std::size_t outline) const;

  // True when some answer's flags were too many to keep: any file may be one of those.
  bool flags_lost() const { return flags_lost_; }

  // Where the answers come from, for the report.
  HubInfo info;

 private:
  struct Indices {
    std::unordered_map<std::string_view, std::vector<std::size_t>> entries, issues;  // by path
    std::unordered_map<std::string, std::vector<std::size_t>> unplaced;  // issues, by LoosePath
    // Flags, by the outlines of what they may mean.
    std::unordered_map<std::size_t, std::size_t> astray;
    HubBlobs blobs;
  };
  static void IndexIssues(const RepoAnswer& answer, Indices& indices);

  bool asked_ = true;
  std::string unreachable_;
  NoAnswer unreachable_cause_ = NoAnswer::kNoReply;
  bool has_masked_ = false;
  bool flags_lost_ = false;
  std::deque<RepoAnswer> repositories_;
  HubBlobs blobs_;
  std::map<std::string, std::vector<const RepoAnswer*>> by_repo_;
  std::unordered_map<const RepoAnswer*, Indices> indices_;
};

}  // namespace counterscan

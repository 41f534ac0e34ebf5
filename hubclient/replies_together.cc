#include "hubclient/replies_together.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hubclient/loose_path.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

class Together {
 public:
  explicit Together(RepoAnswer& answer) : answer_(answer) {
    for (HubEntry& entry : answer_.entries) {
      if (!entry.path.empty()) by_path_[entry.path].push_back(&entry);
    }
  }

  void Hold() {
    CompareCopies();
    NoteFlagsWithoutAHash();
    AttachIssues();
    NoteWhatTheRepositoryDenies();
  }

 private:
  // At one commit a path has one content. Where it is given several, nothing tells which is meant:
  // none of them is confirmed, and a flag of one is a flag of all.
  void CompareCopies() {
    for (auto& [path, entries] : by_path_) {
      if (entries.size() < 2 || !HaveSeveralContents(entries)) continue;
      HubState worst = HubState::kMissing;
      for (const HubEntry* entry : entries) {
        if (entry->pinned) worst = Worse(worst, entry->state);
      }
      for (HubEntry* entry : entries) {
        if (!entry->pinned) continue;
        entry->notes.push_back("the Hub lists this path more than once, with different bytes");
        if (Worse(entry->state, worst) == entry->state) continue;
        entry->state = worst;
        entry->reason = entry->notes.back();
      }
    }
  }

  static bool HaveSeveralContents(const std::vector<HubEntry*>& entries) {
    std::string_view oid, sha256;
    std::optional<std::uint64_t> size;
    for (const HubEntry* entry : entries) {
      if (!entry->pinned) continue;
      if (oid.empty()) oid = entry->oid;
      if (sha256.empty()) sha256 = entry->sha256;
      if (!size) size = entry->size;
      if ((!entry->oid.empty() && entry->oid != oid) ||
          (!entry->sha256.empty() && entry->sha256 != sha256) ||
          (entry->size && entry->size != size)) {
        return true;
      }
    }
    return false;
  }

  // Such a flag stays with its path, whatever other path has the same bytes.
  void NoteFlagsWithoutAHash() {
    const HubEntry* first = nullptr;
    std::size_t count = 0;
    for (const HubEntry& entry : answer_.entries) {
      const bool has_hash = !entry.oid.empty() || !entry.sha256.empty();
      if (has_hash || entry.path.empty() || !FlagLevel(entry.state)) continue;
      if (count++ == 0) first = &entry;
    }
    if (first == nullptr) return;
    answer_.caveats.insert(
        answer_.caveats.begin(),
        fmt::format("the Hub says \"{}\" of {} and gives no hash of it, so that the same bytes at "
                    "another path are not known{}",
                    Name(first->state), Printable(first->path, 200),
                    count > 1 ? fmt::format("; so of {} more", count - 1) : ""));
  }

  // The status of the repository names paths, results belong to bytes: a flag goes to the entry at
  // that path, and with it to the same bytes wherever they are.
  // Of all that a list says of the same entries only the worst is taken to them: both may be long,
  // and say the same over and over.
  void AttachIssues() {
    const HubIssue* unplaced = nullptr;
    std::size_t unplaced_count = 0;
    std::unordered_map<const std::vector<HubEntry*>*, std::size_t> places;
    std::vector<std::pair<const HubIssue*, const std::vector<HubEntry*>*>> worst;
    for (const HubIssue& issue : answer_.issues) {
      const std::vector<HubEntry*>* const meant = EntriesMeantBy(issue.path);
      if (meant == nullptr) {
        if (FlagLevel(issue.state) && unplaced_count++ == 0) unplaced = &issue;
        continue;
      }
      const auto [place, is_new] = places.try_emplace(meant, worst.size());
      if (is_new) {
        worst.emplace_back(&issue, meant);
        continue;
      }
      const HubIssue*& before = worst[place->second].first;
      if (Worse(before->state, issue.state) != before->state) before = &issue;
    }
    for (const auto& [issue, entries] : worst) Attach(*issue, *entries);
    if (unplaced != nullptr) NoteUnplaced(*unplaced, unplaced_count);
  }

  // Where there is no such file, perhaps one that is written otherwise: it may be the one that is
  // meant. nullptr for none.
  const std::vector<HubEntry*>* EntriesMeantBy(std::string_view path) {
    const auto found = by_path_.find(path);
    if (found != by_path_.end()) return &found->second;
    const std::vector<HubEntry*>& alike = WrittenLike(path);
    return alike.empty() ? nullptr : &alike;
  }

  static void Attach(const HubIssue& issue, const std::vector<HubEntry*>& entries) {
    for (HubEntry* entry : entries) {
      const HubState before = entry->state;
      entry->state = Worse(before, issue.state);
      if (entry->state == before || !entry->status_asked) continue;
      const std::string as = issue.path == entry->path
                                 ? std::string()
                                 : ", written " + Printable(issue.path, 200) + ",";
      entry->notes.push_back(fmt::format(
          "the Hub lists this file{} as \"{}\" for the repository, but as \"{}\" itself", as,
          issue.word, Name(before)));
      if (!FlagLevel(entry->state)) entry->reason = entry->notes.back();
    }
  }

  const std::vector<HubEntry*>& WrittenLike(std::string_view path) {
    static const std::vector<HubEntry*> kNone;
    if (path.empty()) return kNone;
    if (by_loose_path_.empty()) {
      for (const auto& [listed, entries] : by_path_) {
        std::vector<HubEntry*>& alike = by_loose_path_[LoosePath(listed)];
        alike.insert(alike.end(), entries.begin(), entries.end());
      }
    }
    const auto found = by_loose_path_.find(LoosePath(path));
    return found == by_loose_path_.end() ? kNone : found->second;
  }

  void NoteUnplaced(const HubIssue& issue, std::size_t count) {
    const std::string what =
        issue.path.empty()
            ? std::string("a file that it does not name")
            : fmt::format("{}, which is not in its list of files", Printable(issue.path, 200));
    std::string flags =
        fmt::format("the Hub says \"{}\" of {}, in this repository{}", Printable(issue.word, 40),
                    what, count > 1 ? fmt::format(", and flags {} more", count - 1) : "");
    answer_.caveats.insert(answer_.caveats.begin(), std::move(flags));
  }

  // Files whose own status is worse than what the repository's status leaves room for. Results are
  // often listed under one of several paths of the same bytes, so those count as listed too.
  void NoteWhatTheRepositoryDenies() {
    std::unordered_set<std::string_view> paths, oids;
    for (const HubIssue& issue : answer_.issues) paths.insert(issue.path);
    for (const HubEntry& entry : answer_.entries) {
      if (paths.contains(entry.path) && !entry.oid.empty()) oids.insert(entry.oid);
    }
    for (HubEntry& entry : answer_.entries) {
      if (!entry.status_asked) continue;
      if (answer_.issues_listed && FlagLevel(entry.state) && !paths.contains(entry.path) &&
          !paths.contains("") && !oids.contains(entry.oid)) {
        entry.notes.emplace_back(
            "the Hub's list of files with issues in this repository leaves this file out; the "
            "worse counts");
      }
      if (answer_.scans_done == true && entry.state == HubState::kPending) {
        entry.notes.emplace_back(
            "the Hub says that its scans of this repository are done, but not that of this file");
      }
    }
  }

  RepoAnswer& answer_;
  std::unordered_map<std::string_view, std::vector<HubEntry*>> by_path_;
  std::unordered_map<std::string, std::vector<HubEntry*>> by_loose_path_;  // made when it is needed
};

}  // namespace

void HoldRepliesTogether(RepoAnswer& answer) { Together(answer).Hold(); }

}  // namespace counterscan

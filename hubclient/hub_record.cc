#include "hubclient/hub_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "hubclient/http_outcome.h"
#include "hubclient/hub_json.h"
#include "hubclient/hub_url.h"
#include "hubclient/listing.h"
#include "hubclient/repo_status.h"
#include "hubclient/rfc3339.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

class RecordReader {
 public:
  RecordReader(const HubRecord& record, std::string_view endpoint, const HubLimits& limits)
      : record_(record), endpoint_(endpoint), limits_(limits) {
    answer_.repo = record.repo;
    answer_.commit = record.commit;
  }

  RepoAnswer Read() {
    for (const HubExchange& exchange : record_.exchanges) ReadExchange(exchange);
    answer_.listing_complete = ListingIsComplete();
    AttachIssues();
    NoteWhatTheRepositoryDenies();
    if (record_.exchanges.empty()) answer_.failure_reason = "the Hub was asked nothing about it";
    return std::move(answer_);
  }

 private:
  // A page of the listing at the pinned commit.
  struct Page {
    std::optional<std::string> next;
    bool is_first = false;
    bool cut = false;  // it says that there is a next page, at a place we do not follow
  };

  void ReadExchange(const HubExchange& exchange) {
    const auto url = HubUrl::Parse(exchange.url, endpoint_, record_.repo);
    if (!url) {
      Note(fmt::format("a reply from {} was left out: it is not about this repository",
                       Printable(exchange.url, 200)));
      return;
    }
    KeepOldest(exchange.time);
    if (const auto refusal = RefusalOf(exchange, limits_)) {
      ReadRefusal(*url, *refusal);
      return;
    }
    const auto document = ParseHubJson(exchange.body, limits_.body_bytes, limits_);
    if (!document) {
      ReadRefusal(*url, {HubState::kUnreachable,
                         fmt::format("the Hub's reply is {}", document.error().message)});
      return;
    }
    const std::string distrust = DistrustOf(exchange, *document);
    if (!distrust.empty()) Note(distrust);
    ReadBody(exchange, *url, document->root, distrust);
  }

  std::string DistrustOf(const HubExchange& exchange, const JsonDocument& document) const {
    if (document.broken) {
      return fmt::format("the Hub's reply is damaged: {}", document.broken->message);
    }
    if (CheckEtag(exchange) == EtagCheck::kDiffers) {
      return "the Hub's reply is not the one its ETag was made for";
    }
    return "";
  }

  void ReadBody(const HubExchange& exchange, const HubUrl& url, const JsonValue& root,
                const std::string& distrust) {
    switch (url.kind) {
      case HubUrl::Kind::kInfo:
        ReadInfo(exchange, url, root, distrust);
        return;
      case HubUrl::Kind::kScan:
        TakeStatus(ReadScanReply(root, limits_), exchange.time);
        return;
      case HubUrl::Kind::kTree:
      case HubUrl::Kind::kPathsInfo:
        break;
    }
    if (!root.IsArray()) {
      ReadRefusal(url, {HubState::kUnreachable, "the Hub's reply is not a list of files"});
      return;
    }
    const bool is_tree = url.kind == HubUrl::Kind::kTree;
    const bool pinned = IsCommit(url.revision) && url.revision == answer_.commit;
    // What paths-info was asked for is in the body of the request, which is not kept.
    AddEntries(ReadListing(root,
                           {.pinned = pinned,
                            .status_asked = !is_tree || url.Asks("expand"),
                            .asked_at = exchange.time,
                            .distrust = distrust},
                           limits_));
    if (is_tree && pinned && url.path.empty() && url.Asks("recursive") && distrust.empty()) {
      const auto link = exchange.headers.find("link");
      Page page;
      page.is_first = !url.query.contains("cursor");
      if (link != exchange.headers.end()) {
        page.next = NextPage(link->second, exchange.url);
        page.cut = !page.next && link->second.find("next") != std::string::npos;
      }
      pages_.insert_or_assign(exchange.url, std::move(page));
    }
  }

  void ReadInfo(const HubExchange& exchange, const HubUrl& url, const JsonValue& root,
                const std::string& distrust) {
    if (!root.IsObject()) {
      ReadRefusal(url, {HubState::kUnreachable, "the Hub's reply is not about a repository"});
      return;
    }
    if (root.Bool("disabled").value_or(false)) answer_.disabled = true;
    const std::string* name = root.Text("id");
    if (name != nullptr && *name != answer_.repo.id) {
      Note(fmt::format("the Hub answers under the name {}", name->substr(0, 200)));
    }
    RepoStatus status = ReadRepoInfo(root, limits_);
    if (!status.present && url.Asks("securityStatus")) {
      Note("the Hub's reply has no security status for the repository");
    }
    TakeStatus(std::move(status), exchange.time);
    if (const JsonValue* siblings = root.Array("siblings")) {
      const std::string* sha = root.Text("sha");
      const bool pinned = sha != nullptr && IsCommit(*sha) && *sha == answer_.commit;
      AddEntries(ReadListing(*siblings,
                             {.pinned = pinned,
                              .status_asked = false,
                              .asked_at = exchange.time,
                              .distrust = distrust},
                             limits_));
    }
  }

  void ReadRefusal(const HubUrl& url, const Refusal& refusal) {
    if (refusal.state == HubState::kDisabled) {
      answer_.disabled = true;
      return;
    }
    // A missing folder, or a repository status that is missing beside a good listing, says nothing
    // about files.
    if (url.kind == HubUrl::Kind::kScan || !url.path.empty()) {
      Note(refusal.reason);
      return;
    }
    if (answer_.failure_reason.empty() ||
        Worse(answer_.failure, refusal.state) != answer_.failure) {
      answer_.failure = refusal.state;
      answer_.failure_reason = refusal.reason;
    }
  }

  void TakeStatus(RepoStatus status, const std::string& asked_at) {
    for (HubIssue& issue : status.issues) {
      issue.asked_at = asked_at;
      if (answer_.issues.size() < limits_.entries) answer_.issues.push_back(std::move(issue));
    }
    answer_.issues_listed |= status.listed;
    answer_.issues_unreadable |= status.unreadable;
    if (status.scans_done) {
      answer_.scans_done = *status.scans_done && answer_.scans_done.value_or(true);
    }
    for (std::string& note : status.notes) Note(std::move(note));
  }

  void AddEntries(std::vector<HubEntry> entries) {
    for (HubEntry& entry : entries) {
      if (answer_.entries.size() >= limits_.entries) {
        too_many_entries_ = true;
        return;
      }
      answer_.entries.push_back(std::move(entry));
    }
  }

  // True when the pages form one chain from a first page to one that has no next.
  bool ListingIsComplete() {
    if (too_many_entries_) {
      Note("the Hub lists more files than are read");
      return false;
    }
    for (const auto& [url, page] : pages_) {
      if (!page.is_first) continue;
      std::set<std::string> seen = {url};
      const Page* at = &page;
      while (at->next) {
        const auto next = pages_.find(*at->next);
        if (next == pages_.end() || !seen.insert(next->first).second) break;
        at = &next->second;
      }
      if (!at->next && !at->cut) return true;
    }
    return false;
  }

  // The status of the repository names paths, results belong to bytes: a flag goes to the entry at
  // that path, and with it to the same bytes wherever they are.
  void AttachIssues() {
    std::unordered_map<std::string, std::vector<HubEntry*>> by_path;
    for (HubEntry& entry : answer_.entries) {
      if (!entry.path.empty()) by_path[entry.path].push_back(&entry);
    }
    for (const HubIssue& issue : answer_.issues) {
      const auto found = by_path.find(issue.path);
      if (found == by_path.end()) continue;
      for (HubEntry* entry : found->second) {
        const HubState before = entry->state;
        entry->state = Worse(before, issue.state);
        if (entry->state == before || !entry->status_asked) continue;
        entry->notes.push_back(fmt::format(
            "the Hub lists this file as \"{}\" for the repository, but as \"{}\" itself",
            issue.word, Name(before)));
        if (!FlagLevel(entry->state)) entry->reason = entry->notes.back();
      }
    }
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

  void KeepOldest(const std::string& time) {
    const auto parsed = ParseRfc3339(time);
    if (!parsed) {
      Note("a reply of the Hub does not say when it came");
      return;
    }
    if (!oldest_ || *parsed < *oldest_) {
      oldest_ = parsed;
      answer_.asked_at = time;
    }
  }

  void Note(std::string note) {
    if (answer_.notes.size() < limits_.notes_per_file) answer_.notes.push_back(std::move(note));
  }

  const HubRecord& record_;
  std::string_view endpoint_;
  const HubLimits& limits_;
  RepoAnswer answer_;
  std::unordered_map<std::string, Page> pages_;
  std::optional<std::chrono::sys_seconds> oldest_;
  bool too_many_entries_ = false;
};

}  // namespace

RepoAnswer ReadRecord(const HubRecord& record, std::string_view endpoint, const HubLimits& limits) {
  return RecordReader(record, endpoint, limits).Read();
}

}  // namespace counterscan

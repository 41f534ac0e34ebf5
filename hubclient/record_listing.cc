// The listing of a repository: pages, entries, and whether they come to an end.

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hubclient/answer_budget.h"
#include "hubclient/flag_words.h"
#include "hubclient/hub_request.h"
#include "hubclient/record_reader.h"
#include "hubclient/status_words.h"

namespace counterscan {

// What stands in a list of files and is no file: only a flag in it says anything.
void RecordReader::TakeStrayFlags(const JsonValue& list, const std::string& asked_at) {
  for (const JsonValue& item : list.items) {
    if (item.IsObject()) continue;
    std::string word = FlagWordIn(item);
    if (word.empty() || answer_.issues.size() >= limits_.entries) continue;
    const HubState state = StateOfWord(word);
    answer_.issues.push_back({"", state, std::move(word), asked_at});
  }
}

// paths-info leaves out what is not there.
void RecordReader::NoteAbsent(std::string_view request_body, const std::vector<HubEntry>& entries) {
  for (std::string& path : PathsAskedFor(request_body)) {
    const bool listed = std::any_of(entries.begin(), entries.end(),
                                    [&](const HubEntry& entry) { return entry.path == path; });
    if (!listed) answer_.absent.insert(std::move(path));
  }
}

void RecordReader::AddEntries(std::vector<HubEntry> entries) {
  // ReadListing may have left some out.
  too_many_entries_ |= entries.size() >= limits_.entries;
  for (HubEntry& entry : entries) {
    kept_bytes_ += MemoryOf(entry);
    if (answer_.entries.size() >= limits_.entries || kept_bytes_ > limits_.answer_bytes) {
      too_many_entries_ = true;
      // A flag counts, however much stands before it.
      if (FlagLevel(entry.state) && answer_.issues.size() < limits_.entries) {
        answer_.issues.push_back(
            {entry.path, entry.state, std::string(Name(entry.state)), entry.asked_at});
      }
      continue;
    }
    answer_.entries.push_back(std::move(entry));
  }
}

// The request that begins a listing has no parameter that says where to go on.
bool RecordReader::IsFirstPage(const HubUrl& url) {
  return std::all_of(url.query.begin(), url.query.end(), [](const auto& parameter) {
    return parameter.first == "recursive" || parameter.first == "expand" ||
           parameter.first == "limit";
  });
}

// True when the pages form a chain from each first page to one that has no next.
bool RecordReader::ListingIsComplete() {
  if (tree_broken_) return false;
  if (too_many_entries_) {
    Note("the Hub lists more files than are read");
    return false;
  }
  bool complete = false;
  for (const auto& [url, page] : pages_) {
    if (!page.is_first) continue;
    std::set<std::string> seen = {url};
    const Page* at = &page;
    while (at->next) {
      const auto next = pages_.find(*at->next);
      if (next == pages_.end() || !seen.insert(next->first).second) break;
      // One that goes on without the status of its files does not go on with the same listing.
      if (page.has_status && !next->second.has_status) break;
      at = &next->second;
    }
    if (at->next || at->cut) return false;
    complete = true;
  }
  return complete;
}

// A file without a path may be any.
void RecordReader::CheckPaths(const std::vector<HubEntry>& entries) {
  const bool whole = std::all_of(entries.begin(), entries.end(),
                                 [](const HubEntry& entry) { return !entry.path.empty(); });
  if (!whole) BreakTree("the Hub's list of files holds one without a path that a file can have");
}

void RecordReader::BreakTree(const std::string& why) {
  tree_broken_ = true;
  TakeFailure(Damaged(why));
}

}  // namespace counterscan

// The listing of a repository: pages, entries, and whether they come to an end.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hubclient/answer_budget.h"
#include "hubclient/flag_words.h"
#include "hubclient/hub_request.h"
#include "hubclient/loose_path.h"
#include "hubclient/record_reader.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

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
  std::unordered_set<std::string_view> listed;
  for (const HubEntry& entry : entries) listed.insert(entry.path);
  for (std::string& path : PathsAskedFor(request_body)) {
    if (!listed.contains(path)) answer_.absent.insert(std::move(path));
  }
}

void RecordReader::AddEntries(std::vector<HubEntry> entries) {
  // ReadListing may have left some out.
  too_many_entries_ |= entries.size() >= limits_.entries;
  for (HubEntry& entry : entries) {
    // A flag at an odd path may mean a path that is written otherwise.
    if (entry.path.empty() && FlagLevel(entry.state) && answer_.issues.size() < limits_.entries) {
      answer_.issues.push_back(
          {entry.written_path, entry.state, std::string(Name(entry.state)), entry.asked_at});
    }
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

void RecordReader::AddPage(const HubExchange& exchange, const HubUrl& url,
                           std::vector<std::string> folders) {
  ListingPage page;
  page.is_first = IsFirstPage(url);
  page.has_status = url.Asks("expand");
  if (const auto link = exchange.headers.find("link"); link != exchange.headers.end()) {
    page.next = NextPage(link->second, exchange.url);
    page.cut = !page.next && MentionsNextPage(link->second);
  }
  pages_.Add(exchange.url, page);

  too_many_entries_ |= folders.size() >= limits_.entries;
  for (std::string& folder : folders) {
    kept_bytes_ += sizeof(std::string) + folder.size();
    if (folders_.size() >= limits_.entries || kept_bytes_ > limits_.answer_bytes) {
      too_many_entries_ = true;
      return;
    }
    folders_.push_back(std::move(folder));
  }
}

bool RecordReader::ListingIsComplete() {
  if (tree_broken_) return false;
  if (too_many_entries_) {
    Note("the Hub lists more files than are read");
    return false;
  }
  return pages_.IsWhole() && FoldersAreListed();
}

// Git keeps no empty folder. A list that names one and nothing in it leaves out what is in it: a
// proxy or a mirror may not know that a listing can be asked for with what is below.
bool RecordReader::FoldersAreListed() {
  if (folders_.empty()) return true;
  std::vector<std::string_view> files;
  for (const HubEntry& entry : answer_.entries) {
    if (entry.in_tree) files.push_back(entry.path);
  }
  std::sort(files.begin(), files.end());
  for (const std::string& folder : folders_) {
    const std::string start = folder + "/";
    const auto first = std::lower_bound(files.begin(), files.end(), std::string_view(start));
    if (!folder.empty() && first != files.end() && first->starts_with(start)) continue;
    Note(folder.empty() ? "the Hub lists a folder without a path that a folder can have"
                        : fmt::format("the Hub lists the folder {} and no file in it: its list of "
                                      "files is not whole",
                                      Printable(folder, 200)));
    return false;
  }
  return true;
}

// A file without a path may be any. One at an odd path is that one, and says nothing of others.
void RecordReader::CheckPaths(const std::vector<HubEntry>& entries) {
  const bool whole = std::all_of(entries.begin(), entries.end(), [](const HubEntry& entry) {
    return !entry.path.empty() || !LoosePath(entry.written_path).empty();
  });
  if (!whole) BreakTree("the Hub's list of files holds one without a path that a file can have");
}

void RecordReader::BreakTree(const std::string& why) {
  tree_broken_ = true;
  TakeFailure(Damaged(why));
}

}  // namespace counterscan

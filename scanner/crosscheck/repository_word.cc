#include "scanner/crosscheck/repository_word.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hubclient/no_answer.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"
#include "scanner/crosscheck/answer_age.h"

namespace counterscan {
namespace {

// What the entries of one path add up to.
struct FileWord {
  std::optional<HubState> state;  // nothing where no reply was asked for it
  const HubEntry* worst = nullptr;
  bool masked = false;

  // What is no word at all is a missing one.
  HubState Counted() const {
    return state && *state != HubState::kNotAsked ? *state : HubState::kMissing;
  }
};

bool IsWorse(HubState state, HubState other) {
  return state != other && Worse(other, state) == state;
}

RepositoryWord Begin(const HubQuery& query) {
  RepositoryWord word;
  word.repo = query.repo.id;
  word.repo_type = Name(query.repo.type);
  if (!query.revision.empty()) word.revision = query.revision;
  return word;
}

class Fold {
 public:
  Fold(const RepoAnswer& answer, const HubQuery& query, const WordOptions& options)
      : answer_(answer), query_(query), options_(options), word_(Begin(query)) {}

  RepositoryWord Take() {
    word_.commit = answer_.commit;
    word_.asked_at = answer_.asked_at;
    word_.scans_done = answer_.scans_done;
    if (const auto cause = answer_.access_cause) {
      word_.no_access = RepositoryWord::NoAccess{answer_.access_reason, std::string(Name(*cause)),
                                                 std::string(RowOf(*cause).next_step)};
    }
    ReadFiles();
    CollectFlags();
    Decide();
    if (word_.next.empty()) word_.next = NextStepFor(word_.state);
    CollectNotes();
    return std::move(word_);
  }

 private:
  void ReadFiles() {
    for (const HubEntry& entry : answer_.entries) {
      if (!entry.pinned && answer_.listing_complete) continue;
      FileWord& file = files_[PathOf(entry)];
      file.masked |= entry.masked;
      if (!entry.status_asked && !FlagLevel(entry.state)) continue;
      if (!file.state || IsWorse(entry.state, *file.state)) {
        file.state = entry.state;
        file.worst = &entry;
      }
    }
    if (files_.empty()) return;
    word_.counts = RepositoryWord::Counts{};
    RepositoryWord::Counts& counts = *word_.counts;
    for (const auto& [path, file] : files_) {
      ++counts.files;
      if (file.masked) ++counts.masked;
      const HubState state = file.Counted();
      if (FlagLevel(state)) {
        ++counts.flagged;
      } else if (state == HubState::kSafe) {
        ++counts.safe;
      } else if (state == HubState::kPending) {
        ++counts.pending;
      } else if (state == HubState::kError) {
        ++counts.failed;
      } else {
        ++counts.silent;
      }
    }
  }

  // Of every entry, pinned or not, and of the repository's own list.
  void CollectFlags() {
    struct Flag {
      HubState state = HubState::kCaution;
      std::set<std::string_view> scanners{};
    };
    std::map<std::string_view, Flag> by_path;
    const auto add = [&](std::string_view path, HubState state) -> Flag* {
      if (!FlagLevel(state)) return nullptr;
      Flag& flag = by_path[Start(path, options_.path_bytes)];
      flag.state = Worse(flag.state, state);
      return &flag;
    };
    for (const HubEntry& entry : answer_.entries) {
      Flag* const flag = add(PathOf(entry), entry.state);
      if (flag == nullptr) continue;
      for (const HubScanner& scanner : entry.scanners) {
        if (flag->scanners.size() >= options_.scanners) break;
        if (!FlagLevel(StateOfWord(scanner.status))) continue;
        flag->scanners.insert(Start(scanner.name, options_.name_bytes));
      }
    }
    for (const HubIssue& issue : answer_.issues) add(issue.path, issue.state);
    std::vector<std::pair<std::string_view, const Flag*>> flags;
    for (const auto& [path, flag] : by_path) {
      if (!IsListed(path)) ++word_.unlisted_flags;
      flags.emplace_back(path, &flag);
    }
    std::stable_sort(flags.begin(), flags.end(), [](const auto& a, const auto& b) {
      return IsWorse(a.second->state, b.second->state);
    });
    std::size_t bytes = 0;
    for (const auto& [path, flag] : flags) {
      bytes += path.size();
      for (const std::string_view name : flag->scanners) bytes += name.size();
      const bool fits = word_.flags.empty() || bytes <= options_.flag_bytes;
      if (!fits || word_.flags.size() >= options_.flags) break;
      word_.flags.push_back({std::string(path),
                             flag->state,
                             {flag->scanners.begin(), flag->scanners.end()},
                             IsListed(path)});
    }
    word_.more_flags = flags.size() - word_.flags.size();
  }

  // However odd: it is the Hub's name for the file.
  static std::string_view PathOf(const HubEntry& entry) {
    return entry.path.empty() ? entry.written_path : entry.path;
  }

  bool IsListed(std::string_view path) const { return !word_.counts || files_.contains(path); }

  // At most `bytes` of it, whole characters of UTF-8.
  static std::string_view Start(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
    return text.substr(0, bytes);
  }

  void Decide() {
    if (answer_.disabled) return Set(HubState::kDisabled, "");
    if (!word_.flags.empty()) return Set(word_.flags.front().state, "");
    const bool has_list = answer_.listing_complete;
    if (!has_list && !answer_.failure_reason.empty()) return Fail();
    if (answer_.issues_unreadable) {
      return Set(HubState::kMissing,
                 "the Hub's list of files with issues has a form that is not "
                 "known");
    }
    // A file may be listed as "queued" or "error" too.
    for (const HubIssue& issue : answer_.issues) {
      if (issue.state != HubState::kSafe) {
        return Set(issue.state, fmt::format("the Hub lists {} as \"{}\"",
                                            Printable(issue.path, 200), Printable(issue.word, 40)));
      }
    }
    if (has_list) return DecideByFiles();
    if (query_.scope == HubScope::kRepository) return DecideByRepository();
    if (answer_.scans_done == false) return SetNotFinished();
    if (answer_.commit.empty()) {
      Set(HubState::kMissing,
          "the Hub does not say which commit the repository is at, so its files were not asked "
          "for");
      word_.next = "make sure that HF_ENDPOINT is a Hub, or name the commit: ORG/NAME@COMMIT";
      return;
    }
    Set(HubState::kMissing, "the Hub's list of files did not come to its end");
  }

  void SetNotFinished() {
    Set(HubState::kPending,
        "the Hub has not finished its scans of the repository (scansDone: false)");
  }

  void Fail() {
    Set(answer_.failure, answer_.failure_reason);
    if (!answer_.failure_cause) return;
    word_.cause = Name(*answer_.failure_cause);
    word_.next = NextStepAfter(*answer_.failure_cause, query_.repo.type);
  }

  void DecideByFiles() {
    if (files_.empty()) {
      Set(HubState::kMissing, std::string(kEmptyReason));
      word_.next = kEmptyNext;
      return;
    }
    HubState worst = HubState::kSafe;
    std::string reason;
    for (const auto& [path, file] : files_) {
      const HubState state = file.Counted();
      if (!IsWorse(state, worst)) continue;
      worst = state;
      reason = fmt::format("{}: {}", Printable(path, 200),
                           file.worst != nullptr && !file.worst->reason.empty()
                               ? Printable(file.worst->reason, 200)
                               : "no status");
    }
    if (worst == HubState::kMissing && answer_.scans_done == false) return SetNotFinished();
    Set(worst, std::move(reason));
    if (worst == HubState::kSafe) CheckAge();
  }

  void DecideByRepository() {
    if (answer_.scans_done == false) return SetNotFinished();
    if (answer_.scans_done != true || !answer_.issues_listed) {
      return Set(HubState::kMissing, "the Hub answered without a status of the repository");
    }
    word_.no_issues = true;
    Set(HubState::kMissing, std::string(kNoIssuesReason));
    word_.next = kNoIssuesNext;
    CheckAge();
  }

  void CheckAge() {
    std::string why = WhyTooOld(word_.asked_at, options_.now, options_.max_age);
    if (why.empty()) return;
    word_.no_issues = false;
    word_.next.clear();
    Set(HubState::kStale, std::move(why));
  }

  void CollectNotes() {
    const auto note = [&](std::string text) {
      const auto& notes = word_.notes;
      if (text == word_.reason || std::find(notes.begin(), notes.end(), text) != notes.end())
        return;
      if (word_.notes.size() < options_.notes) word_.notes.push_back(std::move(text));
    };
    if (word_.state == HubState::kSafe && answer_.scans_done == false) {
      note(
          "the Hub's scans of the repository are not done (scansDone: false), but each file has "
          "its "
          "word, which counts");
    }
    for (const std::string& text : answer_.notes) note(text);
    for (const HubEntry& entry : answer_.entries) {
      for (const std::string& text : entry.notes) {
        note(fmt::format("{}: {}", Printable(PathOf(entry), 200), text));
      }
    }
  }

  void Set(HubState state, std::string reason) {
    word_.state = state;
    word_.reason = std::move(reason);
  }

  const RepoAnswer& answer_;
  const HubQuery& query_;
  const WordOptions& options_;
  RepositoryWord word_;
  std::map<std::string_view, FileWord> files_;
};

}  // namespace

std::string NextStepAfter(NoAnswer cause, RepoType type) {
  std::string next(RowOf(cause).next_step);
  const bool may_be_another_type =
      cause == NoAnswer::kLoginNeeded || cause == NoAnswer::kRepositoryNotFound;
  if (may_be_another_type && type == RepoType::kModel) {
    next += " (a dataset is datasets/ORG/NAME, a space spaces/ORG/NAME)";
  }
  return next;
}

RepositoryWord WordOn(const RepoAnswer& answer, const HubQuery& query, const WordOptions& options) {
  return Fold(answer, query, options).Take();
}

RepositoryWord NoWordOn(const HubQuery& query, HubState state, std::string reason) {
  RepositoryWord word = Begin(query);
  word.state = state;
  word.reason = std::move(reason);
  word.next = NextStepFor(state);
  return word;
}

}  // namespace counterscan

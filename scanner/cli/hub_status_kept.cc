// Answers that earlier runs of hub status kept, and keeping those of this one.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "hubclient/rfc3339.h"
#include "scanner/base/text.h"
#include "scanner/cli/hub_status_run.h"
#include "scanner/report/phrases.h"
#include "scanner/report/repository_json.h"

namespace counterscan {
namespace {

// An answer of the Hub, whatever it is. That nobody answered is asked again by the next run.
bool IsAnswer(const RepositoryWord& word) {
  return word.state != HubState::kUnreachable && word.state != HubState::kNotAsked;
}

}  // namespace

// Answers that an earlier run has kept, while they are young enough: a branch moves, and what the
// Hub says of the same files changes. A flag that is older stands until the Hub says otherwise.
void HubStatusRun::TakeKnown() {
  known_.resize(wanted_.size(), false);
  std::unordered_map<std::string, RepositoryWord> kept;
  std::size_t left_out = 0;
  if (journal_) {
    JournalWords journal = journal_->TakeWords();
    left_out = journal.left_out;
    for (RepositoryWord& word : journal.words) {
      std::string key = KeyOf(word.repo_type, word.repo, word.revision);
      word.kept = true;
      kept.insert_or_assign(std::move(key), std::move(word));
    }
  }
  KeptAnswers taken;
  const WordOptions rules = WordRules();
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const HubQuery& query = wanted_[i].query;
    if (!wanted_[i].problem.empty()) {
      RepositoryWord word = NoWordOn(query, HubState::kNotAsked, wanted_[i].problem);
      word.next = "correct the line";
      Keep(i, std::move(word), false);
      continue;
    }
    const auto found = kept.find(KeyOf(Name(query.repo.type), query.repo.id, query.revision));
    if (found == kept.end() || !IsAnswer(found->second)) continue;
    const auto asked_at = ParseRfc3339(found->second.asked_at);
    // One from the future proves nothing about today.
    if (asked_at && *asked_at <= rules.now && rules.now - *asked_at <= options_.max_kept_age) {
      taken.Take(rules.now - *asked_at);
      Keep(i, std::move(found->second), false);
      continue;
    }
    ++taken.too_old;
    const HubState state = found->second.state;
    if (FlagLevel(state) || state == HubState::kDisabled) {
      old_flags_.emplace(i, std::move(found->second));
    }
  }
  SayWhatWasKept(taken, left_out);
}

void HubStatusRun::SayWhatWasKept(const KeptAnswers& taken, std::size_t left_out) {
  if (options_.quiet) return;
  const std::string from = "--resume " + Printable(options_.resume) + ": ";
  if (taken.count > 0) {
    const auto minutes = std::chrono::floor<std::chrono::minutes>(taken.oldest);
    progress_.Say(fmt::format("{}{} kept, the oldest from {} min ago", from,
                              Count(taken.count, "answer"), minutes.count()));
  }
  if (taken.too_old > 0) {
    progress_.Say(fmt::format("{}{} too old and asked for again (--max-hub-age)", from,
                              Count(taken.too_old, "answer")));
  }
  if (left_out > 0) {
    progress_.Say(fmt::format("{}{} not written by this program as they are, and left out", from,
                              Count(left_out, "line")));
  }
}

// What the Hub says now; but a flag that was kept is not cleared by its silence.
RepositoryWord HubStatusRun::BesideOldFlag(std::size_t place, RepositoryWord word, bool& append) {
  const auto old = old_flags_.find(place);
  const bool speaks = word.state == HubState::kSafe || word.state == HubState::kDisabled ||
                      FlagLevel(word.state).has_value();
  if (old == old_flags_.end() || speaks) return word;
  append = false;
  RepositoryWord flagged = std::move(old->second);
  const std::string now =
      fmt::format("asked again, the Hub says \"{}\", which does not clear the {}{}",
                  StateName(word), flagged.state == HubState::kDisabled ? "withdrawal" : "flag",
                  word.reason.empty() ? "" : ": " + word.reason);
  flagged.notes.insert(flagged.notes.begin(), now);
  return flagged;
}

void HubStatusRun::Keep(std::size_t place, RepositoryWord word, bool append) {
  known_[place] = true;
  word = BesideOldFlag(place, std::move(word), append);
  if (append && journal_ && IsAnswer(word)) {
    if (const auto written = journal_->Append(word); !written) {
      LoseJournal(written.error().message);
    }
  }
  for (const RepositoryWord::Flag& flag : word.flags) {
    flag_bytes_ += sizeof(flag) + flag.path.size();
  }
  Stream(RepositoryJsonlWord(word));
  words_.emplace_back(place, std::move(word));
  progress_.Count(words_.size(), Total(), source_->quota());
}

void HubStatusRun::LoseJournal(const std::string& why) {
  report_.errors.push_back("--resume " + Printable(options_.resume) + ": " + why);
  journal_.reset();
}

}  // namespace counterscan

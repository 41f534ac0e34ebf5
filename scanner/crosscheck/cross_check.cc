#include "scanner/crosscheck/cross_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hubclient/no_answer.h"
#include "hubclient/status_words.h"
#include "scanner/crosscheck/agreement.h"
#include "scanner/crosscheck/answer_age.h"
#include "scanner/crosscheck/disagreements.h"
#include "scanner/crosscheck/file_check.h"
#include "scanner/crosscheck/same_bytes.h"

namespace counterscan {
namespace {

// True when the place of the file promises a hash, and the file has another. A pointer that stands
// in for the content is a gap, not other content.
bool BreaksPromise(const FileReport& file) {
  const std::string& expected = file.identity.expected;
  if (expected.empty() || IsPointer(file)) return false;
  if (expected.size() == 64) return !file.sha256.empty() && file.sha256 != expected;
  return file.git_sha1 && *file.git_sha1 != expected;
}

}  // namespace

HubView FileCheck::View() {
  if (!answers_.asked()) {
    NotAsked();
    return Finished();
  }
  own_ = OwnAnswers();
  place_ = AtOwnPath();
  const SameBytesFinder finder(file_, answers_);
  same_ = finder.In(answers_.blobs());
  Decide();
  NoteOtherWords();
  NoteCaveats();
  AddNotes();
  return Finished();
}

HubView FileCheck::Finished() {
  if (view_.next_step.empty()) view_.next_step = NextStepFor(view_.state);
  return std::move(view_);
}

void FileCheck::Decide() {
  if (TakeWithdrawal() || TakeFlag() || TakeFlagOfPlace()) return;
  if (!file_.identity.comparable) {
    Set(HubState::kNotAsked, "put there by a tool, not part of the repository");
    return;
  }
  if (TakeMismatch() || TakeWord()) return;
  ExplainSilence();
}

void FileCheck::NotAsked() {
  if (file_.identity.comparable && BreaksPromise(file_)) {
    Set(HubState::kMismatch, PromiseReason());
  }
}

// Answers about the file's own repository. Without a commit on either side, every one of them.
std::vector<const RepoAnswer*> FileCheck::OwnAnswers() const {
  if (file_.identity.repo.empty()) return {};
  return answers_.About(file_.identity.repo_type, file_.identity.repo);
}

bool FileCheck::IsPinned(const RepoAnswer& answer) const {
  return file_.identity.commit.empty() || answer.commit == file_.identity.commit;
}

bool FileCheck::TakeWithdrawal() {
  for (const RepoAnswer* answer : own_) {
    if (!answer->disabled) continue;
    Set(HubState::kDisabled, "");
    view_.asked_at = answer->asked_at;
    return true;
  }
  return false;
}

// A flag for these bytes counts wherever the Hub has it.
bool FileCheck::TakeFlag() {
  const SameBytes* worst = nullptr;
  for (const SameBytes& same : same_) {
    if (!FlagLevel(same.hit.entry->state)) continue;
    if (worst == nullptr || IsWorse(same.hit.entry->state, worst->hit.entry->state)) {
      worst = &same;
    }
  }
  if (worst == nullptr) return false;
  for (const HubHit& hit : place_) {
    if (hit.entry->state == worst->hit.entry->state && IsSame(hit)) {
      Take(hit);
      return true;
    }
  }
  Take(worst->hit);
  view_.reason = fmt::format("the Hub flags the same bytes as {}", Spell(worst->hit));
  return true;
}

bool FileCheck::IsWorse(HubState state, HubState other) {
  return state != other && Worse(other, state) == state;
}

bool FileCheck::IsSame(const HubHit& hit) const {
  const Sameness sameness = Compare(file_, *hit.entry);
  return sameness == Sameness::kSame || sameness == Sameness::kPointer;
}

std::string FileCheck::Spell(const HubHit& hit) {
  return fmt::format("{} in {}", hit.entry->path, hit.answer->repo.id);
}

// Entries at the file's own path in its repository, at any commit.
std::vector<HubHit> FileCheck::AtOwnPath() const {
  std::vector<HubHit> hits;
  if (file_.identity.path.empty()) return hits;
  for (const RepoAnswer* answer : own_) {
    for (const HubHit& hit : answers_.At(*answer, file_.identity.path)) hits.push_back(hit);
  }
  return hits;
}

bool FileCheck::IsAtOwnPlace(const HubHit& hit) const {
  return hit.entry->pinned && IsPinned(*hit.answer);
}

FileCheck::Place FileCheck::OwnPlace() const {
  Place place;
  for (const HubHit& hit : place_) {
    if (!IsAtOwnPlace(hit)) continue;
    if (IsSame(hit)) place.same = &hit;
    if (Compare(file_, *hit.entry) != Sameness::kDifferent) continue;
    if (place.other == nullptr || IsWorse(hit.entry->state, place.other->entry->state)) {
      place.other = &hit;
    }
  }
  return place;
}

bool FileCheck::TakeMismatch() {
  const Place place = OwnPlace();
  // Without a commit of the file, other bytes may be those of another commit.
  const bool listed_twice = place.same != nullptr && place.other != nullptr &&
                            place.same->answer->commit == place.other->answer->commit;
  if (place.other != nullptr && (place.same == nullptr || listed_twice)) {
    const HubEntry& other = *place.other->entry;
    const std::string what = listed_twice
                                 ? "the Hub lists this path more than once, with different bytes"
                                 : fmt::format("at this path it has {}", SizeWords(other));
    Set(listed_twice && FlagLevel(other.state) ? other.state : HubState::kMismatch, what);
    view_.asked_at = other.asked_at;
    if (FlagLevel(other.state)) {
      view_.notes.push_back(
          fmt::format("the Hub calls its own bytes at this path \"{}\"", Name(other.state)));
    }
    return true;
  }
  if (!BreaksPromise(file_)) return false;
  // It may be the one: a promise that somebody broke must not excuse a file from a flag.
  if (TakeUnnamedIssue()) return true;
  Set(HubState::kMismatch, PromiseReason());
  return true;
}

std::string FileCheck::PromiseReason() const {
  return fmt::format("its place promises the hash {}, the file has another",
                     file_.identity.expected);
}

std::string FileCheck::SizeWords(const HubEntry& entry) const {
  if (!entry.size || *entry.size == file_.size) return "another hash";
  return fmt::format("{} bytes, here are {}", *entry.size, file_.size);
}

// What the Hub says of these bytes: at the file's own place, else in its repository, else
// anywhere. Of several words in the nearest of these the worst counts.
std::optional<SameBytes> FileCheck::NearestWord() const {
  std::optional<SameBytes> best;
  const auto take = [&](const SameBytes& same) {
    if (!same.hit.entry->status_asked) return;
    if (!best || IsWorse(same.hit.entry->state, best->hit.entry->state)) best = same;
  };
  for (const HubHit& hit : place_) {
    if (IsSame(hit)) take({hit, 1, Compare(file_, *hit.entry)});
  }
  if (best) return best;
  const SameBytesFinder finder(file_, answers_);
  for (const RepoAnswer* answer : own_) {
    for (const SameBytes& same : finder.In(answers_.BlobsOf(*answer))) take(same);
  }
  if (best) return best;
  // A repository that the Hub has withdrawn confirms nothing elsewhere.
  for (const SameBytes& same : same_) {
    if (same.hit.entry->state != HubState::kSafe || !same.hit.answer->disabled) take(same);
  }
  return best;
}

bool FileCheck::TakeWord() {
  const std::optional<SameBytes> best = NearestWord();
  if (!best) return false;
  Take(best->hit);
  TakeCauseOf(*best->hit.answer);
  if (view_.state == HubState::kMissing && view_.cause.empty()) ExplainMissing(*best->hit.answer);
  if (view_.state != HubState::kSafe && TakeUnnamedIssue()) return true;
  const std::optional<std::uint64_t>& size = best->hit.entry->size;
  if (view_.state == HubState::kSafe && best->sameness == Sameness::kSame && size &&
      *size != file_.size) {
    Set(HubState::kMissing,
        "the Hub gives these bytes another size, so it is not clear what its "
        "word is about");
  }
  if (view_.state == HubState::kSafe && KnowsUnnamedIssue()) {
    Set(HubState::kMissing,
        "the Hub knows a file with issues in this repository and does not name it, so it may be "
        "this one");
  }
  if (view_.state == HubState::kSafe) CheckFlagsAstray();
  if (view_.state == HubState::kSafe && HasUnreadableIssues()) {
    Set(HubState::kMissing, "the Hub lists files with issues in a form that is not known");
  }
  if (view_.state == HubState::kSafe) CheckListing(*best->hit.answer);
  if (best->sameness == Sameness::kPointer) {
    view_.notes.push_back(
        "only the Git-LFS pointer is here: the Hub's word is for the content it stands for");
    // The analysers did not see a pointer, so nothing says that the content was not read.
    if (view_.state == HubState::kSafe && !IsPointer(file_)) {
      Set(HubState::kMissing, "the Hub's word is for the content, here is only a pointer to it");
    }
  }
  if (view_.state == HubState::kSafe) CheckAge(*best->hit.answer);
  return true;
}

// Where a listing broke off, a flag for the same bytes may have been behind its end. A listing
// that we left to ask for the paths alone was too long to be read, and says this much less.
void FileCheck::CheckListing(const RepoAnswer& word_of) {
  if (answers_.flags_lost()) {
    Set(HubState::kMissing,
        "the Hub flags more files than are kept, and one of them may have the same bytes");
    SetCause(NoAnswer::kListTooLarge);
    return;
  }
  const auto is_cut = [&](const RepoAnswer* answer) {
    return answer->listing_cut && (answer == &word_of || IsPinned(*answer));
  };
  const auto cut = std::find_if(own_.begin(), own_.end(), is_cut);
  const RepoAnswer* answer = cut != own_.end() ? *cut : is_cut(&word_of) ? &word_of : nullptr;
  if (answer == nullptr) return;
  const bool asked_by_path = std::any_of(place_.begin(), place_.end(), [&](const HubHit& hit) {
    return hit.answer == answer && hit.entry->asked_by_path && IsSame(hit);
  });
  if (asked_by_path) {
    Note(
        fmt::format("the list of files of {} was not read to its end: a flag for the same bytes "
                    "at another path would not have been seen",
                    answer->repo.id));
    return;
  }
  std::string why =
      "the Hub's list of files broke off, so a flag for the same bytes may be missing";
  if (!answer->failure_reason.empty()) why += ": " + answer->failure_reason;
  Set(HubState::kMissing, std::move(why));
  SetCause(answer->failure_cause.value_or(NoAnswer::kListCut));
}

// The word on a file is no younger than what tells whether the repository is withdrawn, and which
// of its files are flagged.
void FileCheck::CheckAge(const RepoAnswer& word_of) {
  std::string why = WhyTooOld(view_.asked_at, options_.now, options_.max_age);
  if (why.empty()) why = WhyTooOld(word_of.asked_at, options_.now, options_.max_age);
  if (why.empty()) return;
  if (WorstLevel(file_) >= options_.fail_on) {
    view_.notes.push_back(std::move(why));
  } else {
    Set(HubState::kStale, std::move(why));
  }
}

void FileCheck::Take(const HubHit& hit) {
  view_.state = hit.entry->state;
  view_.reason = hit.entry->reason;
  view_.scanners = hit.entry->scanners;
  view_.asked_at = hit.entry->asked_at;
  view_.notes = hit.entry->notes;
}

void FileCheck::Set(HubState state, std::string reason) {
  view_.state = state;
  view_.reason = std::move(reason);
  view_.cause.clear();
  view_.next_step.clear();
}

// What is wrong with the whole answer may be why an entry of it has no word.
void FileCheck::TakeCauseOf(const RepoAnswer& answer) {
  if (!view_.reason.empty() && view_.reason == answer.failure_reason && answer.failure_cause) {
    SetCause(*answer.failure_cause);
  }
}

void FileCheck::SetFailure(const RepoAnswer& answer) {
  Set(answer.failure, answer.failure_reason);
  if (answer.failure_cause) SetCause(*answer.failure_cause);
}

void FileCheck::SetCause(NoAnswer cause) {
  view_.cause = Name(cause);
  view_.next_step = RowOf(cause).next_step;
}

void CrossCheckFile(FileReport& file, const HubAnswers& answers, const CrossCheckOptions& options) {
  file.hub = FileCheck(file, answers, options).View();
  file.hub.disagreements = DisagreementsOf(file, options.limits);
  file.agreement = AgreementOf(VerdictOf(file), file.hub.state);
}

}  // namespace counterscan

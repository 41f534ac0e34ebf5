// What the Hub says besides of a file: of its bytes in other places, and about itself.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/crosscheck/file_check.h"

namespace counterscan {

// What the Hub says of the same bytes in other places, where that is not what counts here. A
// place without a word is no contradiction: results are often shown at one place only.
void FileCheck::NoteOtherWords() {
  constexpr auto kWords =
      std::to_array<HubState>({HubState::kSafe, HubState::kCaution, HubState::kSuspicious,
                               HubState::kUnsafe, HubState::kError});
  for (const HubState word : kWords) {
    if (word == view_.state) continue;
    const SameBytes* first = nullptr;
    std::size_t count = 0;
    for (const SameBytes& same : same_) {
      if (!same.hit.entry->status_asked || same.hit.entry->state != word) continue;
      // Why that word does not count is said already.
      if (word == HubState::kSafe && !FlagLevel(view_.state) && IsInPlace(same.hit)) continue;
      if (first == nullptr) first = &same;
      count += same.count;
    }
    if (first == nullptr) continue;
    const std::string others = count > 1 ? fmt::format(" and {} more", count - 1) : "";
    Note(fmt::format("the Hub says \"{}\" of the same bytes as {}{}{}", Name(word),
                     Spell(first->hit), others, WhichCounts(word)));
  }
}

bool FileCheck::IsInPlace(const HubHit& hit) const {
  return std::any_of(place_.begin(), place_.end(),
                     [&](const HubHit& own) { return own.entry == hit.entry; });
}

std::string_view FileCheck::WhichCounts(HubState word) const {
  if (view_.state == HubState::kDisabled) return "";
  if (FlagLevel(view_.state)) return "; the worse counts";
  return word == HubState::kSafe ? ", but not in its own place" : "";
}

// Flags may mean this file: nothing tells, but it must not go unsaid.
void FileCheck::NoteCaveats() {
  std::vector<std::string> caveats;
  for (const RepoAnswer* answer : own_) {
    for (const std::string& caveat : answer->caveats) {
      if (caveats.size() < options_.limits.notes_per_file) caveats.push_back(caveat);
    }
  }
  // First of all: nothing that the Hub says besides may push them off a screen.
  view_.notes.insert(view_.notes.begin(), caveats.begin(), caveats.end());
  view_.notes.resize(std::min(view_.notes.size(), options_.limits.notes_per_file));
}

void FileCheck::Note(std::string note) {
  const bool is_new = note != view_.reason &&
                      std::find(view_.notes.begin(), view_.notes.end(), note) == view_.notes.end();
  if (is_new && view_.notes.size() < options_.limits.notes_per_file) {
    view_.notes.push_back(std::move(note));
  }
}

// The dialect's drift explains a missing status; it would be noise beside a good one.
void FileCheck::AddNotes() {
  if (view_.state != HubState::kMissing && view_.state != HubState::kUnreachable) return;
  for (const RepoAnswer* answer : own_) {
    for (const std::string& note : answer->notes) Note(note);
  }
}

}  // namespace counterscan

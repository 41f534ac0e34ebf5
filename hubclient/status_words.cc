#include "hubclient/status_words.h"

#include <array>
#include <cstddef>
#include <utility>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr auto kWords = std::to_array<std::pair<std::string_view, HubState>>({
    {"safe", HubState::kSafe},
    {"queued", HubState::kPending},
    {"unscanned", HubState::kPending},
    {"error", HubState::kError},
    {"caution", HubState::kCaution},
    {"suspicious", HubState::kSuspicious},
    {"unsafe", HubState::kUnsafe},
});

// From best to worst.
constexpr auto kOrder = std::to_array<HubState>({
    HubState::kNotAsked,
    HubState::kSafe,
    HubState::kStale,
    HubState::kPending,
    HubState::kError,
    HubState::kMissing,
    HubState::kNotFound,
    HubState::kDenied,
    HubState::kUnreachable,
    HubState::kMismatch,
    HubState::kCaution,
    HubState::kSuspicious,
    HubState::kUnsafe,
    HubState::kDisabled,
});
static_assert(kOrder.size() == kHubStateCount);

std::size_t Rank(HubState state) {
  std::size_t rank = 0;
  while (kOrder[rank] != state) ++rank;
  return rank;
}

}  // namespace

HubState StateOfWord(std::string_view word) {
  for (const auto& [known, state] : kWords) {
    if (known == word) return state;
  }
  // As it should not be written: good enough for a flag, and for nothing else.
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = word.find_first_not_of(kBlank);
  if (first == word.npos) return HubState::kMissing;
  const std::string plain =
      AsciiLower(word.substr(first, word.find_last_not_of(kBlank) - first + 1));
  for (const auto& [known, state] : kWords) {
    if (known == plain && FlagLevel(state)) return state;
  }
  return HubState::kMissing;
}

HubState Worse(HubState a, HubState b) { return Rank(a) < Rank(b) ? b : a; }

std::string StatusOfSafety(std::string_view safety) {
  if (safety == "innocuous") return "safe";
  const std::string plain = AsciiLower(safety);
  if (plain == "suspicious") return plain;
  if (plain == "dangerous") return "unsafe";
  return std::string(safety);
}

}  // namespace counterscan

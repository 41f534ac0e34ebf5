#include "hubclient/status_words.h"

#include <array>
#include <cstddef>
#include <utility>

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
  return HubState::kMissing;
}

HubState Worse(HubState a, HubState b) { return Rank(a) < Rank(b) ? b : a; }

std::string_view StatusOfSafety(std::string_view safety) {
  if (safety == "innocuous") return "safe";
  if (safety == "suspicious") return "suspicious";
  if (safety == "dangerous") return "unsafe";
  return safety;
}

}  // namespace counterscan

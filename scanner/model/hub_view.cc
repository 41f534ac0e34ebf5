#include "scanner/model/hub_view.h"

#include <array>
#include <utility>

namespace counterscan {
namespace {

constexpr auto kStateNames = std::to_array<std::string_view>(
    {"not-asked", "safe", "caution", "suspicious", "unsafe", "pending", "error", "missing",
     "unreachable", "denied", "not-found", "stale", "disabled", "mismatch"});
static_assert(kStateNames.size() == kHubStateCount);

struct AgreementRow {
  std::string_view name;
  std::string_view sentence;
};
constexpr auto kAgreements = std::to_array<AgreementRow>({
    {"agree-clear", "Nothing found here; the Hub says \"safe\" for the same bytes."},
    {"local-only", "Found here; the Hub calls it \"safe\". Treat as unsafe until explained."},
    {"local-gap", "Not all of it could be checked here; the Hub's \"safe\" does not fill the gap."},
    {"hub-only", "Nothing found here; the Hub flags it. Treat as unsafe."},
    {"agree-flagged", "Found here, and the Hub flags it too. Treat as unsafe."},
    {"hub-only-gap", "The Hub flags it; not all of it could be checked here. Treat as unsafe."},
    {"unconfirmed",
     "Nothing found here; the Hub could not confirm. Not a confirmation: ask again."},
    {"local-unconfirmed", "Found here; the Hub has no word on it. Judge by what was found."},
    {"unknown-both", "Neither we nor the Hub can speak for this file. Treat as unsafe."},
    {"withdrawn", "The Hub has disabled this repository; it does not say why. Do not load it."},
    {"withdrawn-flagged", "Found here, and the Hub has disabled this repository. Do not load it."},
    {"mismatch", "Not the bytes the Hub describes. Download them again."},
    {"mismatch-flagged",
     "Found here, in bytes that are not those the Hub describes. Do not load them."},
    {"mismatch-gap",
     "Not the bytes the Hub describes, and not all of them could be checked. Download them again."},
    {"not-compared", "Nothing found here. The Hub was not asked."},
    {"not-compared-flagged", "Found here. The Hub was not asked. Judge by what was found."},
    {"not-compared-gap", "Not all of it could be checked here. The Hub was not asked."},
});
static_assert(kAgreements.size() == kAgreementCount);

}  // namespace

std::string_view Name(HubState state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::optional<HubState> HubStateFromName(std::string_view name) {
  for (std::size_t i = 0; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == name) return static_cast<HubState>(i);
  }
  return std::nullopt;
}

std::optional<Level> FlagLevel(HubState state) {
  switch (state) {
    case HubState::kCaution:
      return Level::kCaution;
    case HubState::kSuspicious:
      return Level::kSuspicious;
    case HubState::kUnsafe:
      return Level::kUnsafe;
    default:
      return std::nullopt;
  }
}

std::string_view Name(Agreement agreement) {
  return kAgreements[static_cast<std::size_t>(agreement)].name;
}
std::string_view Sentence(Agreement agreement) {
  return kAgreements[static_cast<std::size_t>(agreement)].sentence;
}

}  // namespace counterscan

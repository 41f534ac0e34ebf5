// The verdict matrix: what it means to hold a local verdict against the Hub's word.
//
// One row for each state of the Hub, as data. The class says what happened; `knowledge` says what
// the state is worth for the exit status.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "scanner/model/hub_view.h"
#include "scanner/model/report.h"

namespace counterscan {

// What a state of the Hub adds to our knowledge of a file.
enum class Knowledge : std::uint8_t {
  kConfirmed,    // the Hub said "safe" of these bytes
  kNotWanted,    // nobody was asked
  kUnconfirmed,  // the Hub could not confirm
  kDiffers,      // these are not the bytes the Hub describes
  kWithdrawn,    // the repository is disabled: a threat whatever the files say
};

struct MatrixRow {
  HubState state;
  Agreement clean, flagged, incomplete;
  Knowledge knowledge;
};

// In the order of HubState.
inline constexpr std::array<MatrixRow, kHubStateCount> kMatrix = [] {
  using enum HubState;
  using A = Agreement;
  using K = Knowledge;
  return std::array<MatrixRow, kHubStateCount>{{
      // clang-format off
      {kNotAsked,    A::kNotCompared, A::kNotComparedFlagged, A::kNotComparedGap, K::kNotWanted},
      {kSafe,        A::kAgreeClear,  A::kLocalOnly,          A::kLocalGap,       K::kConfirmed},
      {kCaution,     A::kHubOnly,     A::kAgreeFlagged,       A::kHubOnlyGap,     K::kUnconfirmed},
      {kSuspicious,  A::kHubOnly,     A::kAgreeFlagged,       A::kHubOnlyGap,     K::kUnconfirmed},
      {kUnsafe,      A::kHubOnly,     A::kAgreeFlagged,       A::kHubOnlyGap,     K::kUnconfirmed},
      {kPending,     A::kUnconfirmed, A::kLocalUnconfirmed,   A::kUnknownBoth,    K::kUnconfirmed},
      {kError,       A::kUnconfirmed, A::kLocalUnconfirmed,   A::kUnknownBoth,    K::kUnconfirmed},
      {kMissing,     A::kUnconfirmed, A::kLocalUnconfirmed,   A::kUnknownBoth,    K::kUnconfirmed},
      {kUnreachable, A::kUnconfirmed, A::kLocalUnconfirmed,   A::kUnknownBoth,    K::kUnconfirmed},
      {kDenied,      A::kUnconfirmed, A::kLocalUnconfirmed,   A::kUnknownBoth,    K::kUnconfirmed},
      {kNotFound,    A::kUnconfirmed, A::kLocalUnconfirmed,   A::kUnknownBoth,    K::kUnconfirmed},
      {kStale,       A::kUnconfirmed, A::kLocalUnconfirmed,   A::kUnknownBoth,    K::kUnconfirmed},
      {kDisabled,    A::kWithdrawn,   A::kWithdrawnFlagged,   A::kWithdrawn,      K::kWithdrawn},
      {kMismatch,    A::kMismatch,    A::kMismatchFlagged,    A::kMismatchGap,    K::kDiffers},
      // clang-format on
  }};
}();

constexpr const MatrixRow& RowOf(HubState state) {
  return kMatrix[static_cast<std::size_t>(state)];
}

constexpr Agreement AgreementOf(Verdict local, HubState state) {
  const MatrixRow& row = RowOf(state);
  switch (local) {
    case Verdict::kClean:
      return row.clean;
    case Verdict::kIncomplete:
      return row.incomplete;
    case Verdict::kCaution:
    case Verdict::kSuspicious:
    case Verdict::kUnsafe:
      return row.flagged;
  }
  return row.flagged;
}

}  // namespace counterscan

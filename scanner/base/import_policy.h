// ImportRow: one row of what a user adds to the built-in policy of imports. Plain data.
//
// Rows only ever add: one that allows a name speaks for names on no list, and never for one that is
// unsafe by the built-in tables; one that denies makes a name worse, never better.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "scanner/base/level.h"

namespace counterscan {

struct ImportRow {
  enum class Verb : std::uint8_t { kAllow, kDeny };
  // What an allowed name may be used for. To call is the larger: whoever calls a class creates an
  // object of it too.
  enum class Use : std::uint8_t { kInstantiate, kCall };

  Verb verb = Verb::kAllow;
  std::string module;
  std::string name;  // may be dotted; "*" for every name of the module and below, to deny only
  Use use = Use::kCall;
  Level level = Level::kUnsafe;  // of a denied name
  std::string reason;
  std::string origin;  // "policy team.policy:3"

  bool operator==(const ImportRow&) const = default;
};

// All rows of a run together.
inline constexpr std::size_t kMaxImportRows = 20'000;

}  // namespace counterscan

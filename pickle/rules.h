// The pickle analyser's rules. An id never changes meaning.
#pragma once

#include <span>
#include <string_view>

#include "scanner/base/rule.h"

namespace counterscan::pickle {

std::span<const Rule> Rules();

// What the user's own policy denies: its findings have the level that the policy gives.
inline constexpr std::string_view kDeniedByUser = "PKL-305";

// The row with this id, or nullptr.
const Rule* FindRule(std::string_view id);

}  // namespace counterscan::pickle

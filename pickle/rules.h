// The pickle analyser's rules. An id never changes meaning.
#pragma once

#include <span>
#include <string_view>

#include "scanner/base/rule.h"

namespace counterscan::pickle {

std::span<const Rule> Rules();

// The row with this id, or nullptr.
const Rule* FindRule(std::string_view id);

}  // namespace counterscan::pickle

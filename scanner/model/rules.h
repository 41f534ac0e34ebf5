// The rules of every engine but the pickle analyser, whose rows are in pickle/rules.h.
#pragma once

#include <span>
#include <string_view>

#include "scanner/base/rule.h"

namespace counterscan {

std::span<const Rule> FileRules();

// The row with this id, or nullptr.
const Rule* FindFileRule(std::string_view id);

}  // namespace counterscan

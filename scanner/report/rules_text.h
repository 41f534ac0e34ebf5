// The rules as text: a list, and one of them in full.
#pragma once

#include <span>
#include <string>

#include "scanner/base/rule.h"
#include "scanner/report/text_options.h"

namespace counterscan {

// One line a rule, sorted by id.
std::string RulesText(std::span<const Rule> rules, const TextOptions& options = {});
// Id, level, title, why it matters; an example and what to do, where the rule has them.
std::string RuleText(const Rule& rule, const TextOptions& options = {});

}  // namespace counterscan

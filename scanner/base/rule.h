// Rule: one row of a rule table. An id never changes meaning; a retired id is never used again.
#pragma once

#include <string_view>

#include "scanner/base/level.h"

namespace counterscan {

struct Rule {
  std::string_view id;         // "PKL-101"
  Level level;                 // level of a finding of this rule, unless the finding says otherwise
  std::string_view title;      // "runs programs or changes files"
  std::string_view why;        // one or two sentences: why this matters, what to do
  std::string_view example{};  // how it looks, where the rule has a full text
  std::string_view advice{};   // what to do
};

}  // namespace counterscan

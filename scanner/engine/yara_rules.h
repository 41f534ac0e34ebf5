// The rules of a YARA file, one by one, and the anchors of each.
//
// As with other signatures (see clamav_anchor.h), only what a promise rests on is read: where rules
// begin and end, what their strings hold, and how "and", "or" and "of" join these in a condition.
// Loops, counts, comparisons and regular expressions promise nothing, so that a rule which only
// they decide has no anchor. A file is not taken apart when a rule in it may need another (global
// rules, names of rules in conditions), brings in something else (import, include), or is not
// understood.
//
// Format: YARA documentation, "Writing YARA rules" of version 3, of which libclamav reads a part.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "scanner/engine/clamav_anchor.h"

namespace counterscan {

struct YaraRule {
  std::string_view text;  // part of the file
  std::size_t line = 0;   // the first is 0
  Anchors anchors;
};

// Nothing when the file has to stay as it is. The file must outlive the rules.
std::optional<std::vector<YaraRule>> ParseYaraRules(std::string_view file);

}  // namespace counterscan

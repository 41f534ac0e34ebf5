// The expression of a logical signature: which of its subsignatures must match, and how often.
//
// libclamav reads "a|b&c" differently inside and outside parentheses, and takes parentheses around
// a single number in ways of its own (cli_ac_chklsig). Only what has one meaning is understood
// here.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace counterscan {

struct LogicalExpression {
  enum class Kind { kSubsignature, kAll, kAny };
  Kind kind = Kind::kSubsignature;
  std::size_t subsignature = 0;          // of kSubsignature
  std::vector<LogicalExpression> parts;  // of the others, two or more

  // False when it also holds where nothing matches: "=0", "<2".
  bool needs_match = true;
};

// "0&(1|2)>1,2&3=0". Nothing when it is not understood.
std::optional<LogicalExpression> ParseLogicalExpression(std::string_view text);

}  // namespace counterscan

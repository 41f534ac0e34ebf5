// Flags where nobody expects them: a status as a bare word, a list of files that became an object.
//
// The Hub has changed its shapes before. A shape we do not know never confirms anything, but a flag
// inside it is still a flag.
#pragma once

#include <string>
#include <string_view>

#include "hubclient/hub_json.h"

namespace counterscan {

// The worst of the words that flag ("caution", "suspicious", "unsafe"; "malicious" and the like are
// "unsafe") among the strings of `value` and of whatever it holds, and of FlagOfMember of its
// members; "" when there is none.
std::string FlagWordIn(const JsonValue& value);

// The flag that a member of an object makes whose name is none of the Hub's: a word in it, or
// "unsafe" for what says so by its name ("infected": true, "threats": ["x"], "isSafe": false).
std::string FlagOfMember(std::string_view name, const JsonValue& value);

// True for the name of something that is bad when it is there: "infectedFiles", "virus_found".
bool NamesAThreat(std::string_view name);

// What no language takes for true: null, 0, "", "false", [], {}.
bool HoldsNothing(const JsonValue& value);

}  // namespace counterscan

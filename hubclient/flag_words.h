// Flags where nobody expects them: a status as a bare word, a list of files that became an object.
//
// The Hub has changed its shapes before. A shape we do not know never confirms anything, but a flag
// inside it is still a flag.
#pragma once

#include <string>

#include "hubclient/hub_json.h"

namespace counterscan {

// The worst of the words that flag ("caution", "suspicious", "unsafe") among the strings of `value`
// and of whatever it holds; "" when there is none. Names of members do not count.
std::string FlagWordIn(const JsonValue& value);

}  // namespace counterscan

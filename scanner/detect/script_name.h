// NamesScript: is this the name of a program in text?
//
// Content cannot tell: every text is a program to someone. Interpreters and importers go by the
// name, so a text of such a name is a script ("modeling_x.py" is what trust_remote_code runs).
#pragma once

#include <string_view>

namespace counterscan::detect {

// `name` is the last part of a path.
bool NamesScript(std::string_view name);

}  // namespace counterscan::detect

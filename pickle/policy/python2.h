// What Python 3 makes of a name that Python 2 wrote.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace counterscan::pickle {

struct QualifiedName {
  std::string module;
  std::string name;
};

// CPython's find_class with fix_imports: under protocol < 3, (module, name) is looked up, else the
// module alone. nullopt when neither is in the tables.
std::optional<QualifiedName> Python3Name(std::string_view module, std::string_view name);

}  // namespace counterscan::pickle

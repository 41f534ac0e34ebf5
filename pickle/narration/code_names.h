// How names look in pseudo-code: those of the file, and those of the variables it is told with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace counterscan::pickle {

// True for what can stand in Python source as "package.module" or "Class.method": ASCII only, so
// that letters that merely look like others are seen to be others.
bool IsDottedName(std::string_view name);

// The name itself where it can stand in Python source, else as a string; "?" when it is not known.
std::string QuotedName(const std::optional<std::string>& name);

// What an object of this class, or the result of this function, would be called: "ordered_dict" for
// "OrderedDict", "svc" for "SVC", "tensor" for "_rebuild_tensor_v2".
std::string VariableFor(std::string_view name);

}  // namespace counterscan::pickle

// BrokenPromise: whether a file's name promises a format that its content does not have.
#pragma once

#include <string>
#include <string_view>

#include "scanner/detect/file_type.h"

namespace counterscan::detect {

// The extension (".safetensors") by which `name` promises a format that carries no code, when the
// content is of a type that runs when it is loaded; "" otherwise. Loaders that go by content do not
// keep promises. The same content may have several names: each is asked about by itself.
std::string_view BrokenPromise(std::string_view name, FileType type);

// Why something of this name holds more than what its type was judged for, or "". Who loads it goes
// by its name: what is called "x.py" is a program whatever else its bytes are, and "x.pb" a graph
// though it begins like a picture or is a whole pickle. A picture whose name does not call it one
// is not taken for one. `name` is the last part of a path.
std::string UnjudgedByName(std::string_view name, FileType type);

}  // namespace counterscan::detect

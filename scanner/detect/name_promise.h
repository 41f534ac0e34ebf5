// BrokenPromise: whether a file's name promises a format that its content does not have.
#pragma once

#include <string_view>

#include "scanner/detect/file_type.h"

namespace counterscan::detect {

// The extension (".safetensors") by which `name` promises a format that carries no code, when the
// content is of a type that runs when it is loaded; "" otherwise. Loaders that go by content do not
// keep promises. The same content may have several names: each is asked about by itself.
std::string_view BrokenPromise(std::string_view name, FileType type);

}  // namespace counterscan::detect

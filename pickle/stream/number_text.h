// Numbers written as text, as the text opcodes have them.
#pragma once

#include <cstdint>
#include <string_view>

#include "pickle/stream/instruction_reader.h"

namespace counterscan::pickle {

struct ParsedNumber {
  std::int64_t value = 0;
  NumberForm form = NumberForm::kInvalid;
};

// INT and LONG: base 0 as PyLong_FromString reads it, or base 10 as pickle.py does; NUL ends it in
// C. Blanks around, a sign, '_' between digits and a trailing 'L' are accepted.
ParsedNumber ParseInteger(std::string_view line);

// GET and PUT: the same in base 10, so "010" is ten.
ParsedNumber ParseMemoIndex(std::string_view line);

// The form repr() writes: "1.5", "-3e-07". Every reader takes it.
bool IsPlainFloat(std::string_view line);

// True when some reader would accept the line as a float.
bool IsFloatText(std::string_view line);

}  // namespace counterscan::pickle

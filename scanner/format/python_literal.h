// A Python literal: the strings, numbers, truth values, tuples, lists and dictionaries that numpy
// writes into its headers. Parsed by grammar; nothing is ever evaluated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"

namespace counterscan::format {

struct PythonLiteral {
  enum class Kind : std::uint8_t { kString, kNumber, kBool, kSequence, kDict };
  Kind kind = Kind::kNumber;
  std::string text;                  // kString
  std::uint64_t number = 0;          // kNumber; kBool as 0 or 1
  std::vector<PythonLiteral> items;  // kSequence; kDict as key, value, key, value, ...

  bool IsString() const { return kind == Kind::kString; }
  bool IsNumber() const { return kind == Kind::kNumber; }
  bool IsSequence() const { return kind == Kind::kSequence; }
};

// The one literal that `text` holds, with blanks around it. kMalformed for anything else: names,
// calls, operators, other escapes, negative numbers; kLimit when nested more than 32 deep.
Result<PythonLiteral> ParsePythonLiteral(std::string_view text);

}  // namespace counterscan::format

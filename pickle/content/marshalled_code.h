// Compiled Python code, as the marshal module writes it: which names it uses.
//
// The format differs between versions of Python (Python/marshal.c); all from 2.7 to 3.13 are tried.
// Nothing is executed, disassembled or kept but names. Bounded in depth, objects and names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan::pickle {

struct CodeNames {
  std::string name;                // of the outermost code object: "<module>", or a function
  std::vector<std::string> names;  // globals and attributes that it and the code in it use
  bool whole = true;               // false: there are more names than are kept
};

// nullopt when `bytes` do not begin with a marshalled code object.
std::optional<CodeNames> ReadMarshalledCode(std::string_view bytes);

// "carries code of 'f', which uses os, system", escaped.
std::string Described(const CodeNames& code);

}  // namespace counterscan::pickle

// Values as short Python-like text, escaped for printing.
#pragma once

#include <string>

#include "pickle/instruction_reader.h"
#include "pickle/names.h"
#include "pickle/objects.h"
#include "pickle/value.h"

namespace counterscan::pickle {

class Renderer {
 public:
  // All must outlive the renderer.
  Renderer(const InstructionReader& reader, const Objects& objects, const GlobalTable& names)
      : reader_(reader), objects_(objects), names_(names) {}

  // `number_results`: results of calls are "r3" (as listings name them), else "pkg.f(...)".
  std::string Show(Value value, bool number_results) const;
  // The arguments of a call, without parentheses: "'true', 1".
  std::string Arguments(Value arguments, Value keywords, bool number_results) const;

 private:
  void Append(std::string& out, Value value, bool number_results, int depth) const;
  void AppendItems(std::string& out, Value container, bool number_results, int depth) const;
  void AppendText(std::string& out, Value value) const;

  const InstructionReader& reader_;
  const Objects& objects_;
  const GlobalTable& names_;
};

}  // namespace counterscan::pickle

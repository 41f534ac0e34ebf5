// Values as short Python-like text, escaped for printing.
//
// Bounded in depth, items and bytes whatever the file holds; what is left out is counted:
// "[1, 2, ... 1,234 more]", "'aaaa'...<12,345 bytes>".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pickle/machine/objects.h"
#include "pickle/machine/value.h"
#include "pickle/policy/names.h"
#include "pickle/stream/instruction_reader.h"

namespace counterscan::pickle {

// Text between quotation marks that it cannot close, escaped.
std::string Quoted(std::string_view text);
// "1,234,567"
std::string Grouped(std::uint64_t number);

class Renderer {
 public:
  // All must outlive the renderer.
  Renderer(const InstructionReader& reader, const Objects& objects, const GlobalTable& names)
      : reader_(reader), objects_(objects), names_(names) {}
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;
  virtual ~Renderer() = default;

  std::string Show(Value value) const;
  // The arguments of a call, without parentheses: "'true', 1".
  std::string Arguments(Value arguments, Value keywords) const;

 protected:
  // A name: "posix.system".
  virtual void AppendName(std::string& out, GlobalId id) const;
  // What a call, an instantiation or the loader made: "posix.system(...)".
  virtual void AppendResult(std::string& out, Value made) const;
  // A list, dict or set, whose items are `depth` deep in the value shown.
  virtual void AppendContainer(std::string& out, Value container, int depth) const;

  static constexpr int kShownDepth = 4;
  const Objects& objects() const { return objects_; }
  const GlobalTable& names() const { return names_; }
  // A container with its brackets and items.
  void AppendLiteral(std::string& out, Value container, int depth) const;

 private:
  void Append(std::string& out, Value value, int depth) const;
  void AppendItems(std::string& out, Value container, int depth) const;
  void AppendText(std::string& out, Value value) const;
  void AppendNumber(std::string& out, Value value) const;

  const InstructionReader& reader_;
  const Objects& objects_;
  const GlobalTable& names_;
};

}  // namespace counterscan::pickle

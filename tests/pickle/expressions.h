// Pickles written as expressions: Call(Global("os", "system"), {Text("true")}).
//
// Each function returns the instructions that leave one value on the stack.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tests/support/pickle_builder.h"

namespace counterscan::pickle {

inline std::string Global(std::string_view module, std::string_view name) {
  return PickleBuilder().Global(module, name).bytes();
}
inline std::string Text(std::string_view text) { return PickleBuilder().Unicode(text).bytes(); }
inline std::string Number(std::int32_t number) { return PickleBuilder().Int(number).bytes(); }

inline std::string FourBytes(std::size_t size) {
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>(size >> shift & 0xff);
  }
  return bytes;
}
inline std::string Bytes(std::string_view bytes) {
  return "B" + FourBytes(bytes.size()) + std::string(bytes);
}

inline std::string Joined(std::initializer_list<std::string> parts) {
  std::string joined;
  for (const std::string& part : parts) joined += part;
  return joined;
}
inline std::string List(std::initializer_list<std::string> items) {
  return "(" + Joined(items) + "l";
}
inline std::string Tuple(std::initializer_list<std::string> items) {
  return "(" + Joined(items) + "t";
}
inline std::string Call(const std::string& callable, std::initializer_list<std::string> arguments) {
  return callable + Tuple(arguments) + "R";
}
// getattr(object, "name")
inline std::string Attribute(const std::string& object, std::string_view name) {
  return Call(Global("builtins", "getattr"), {object, Text(name)});
}
// STACK_GLOBAL of two values.
inline std::string Named(const std::string& module, const std::string& name) {
  return module + name + "\x93";
}
inline std::string Pickled(const std::string& expression, char protocol = 4) {
  return std::string("\x80") + protocol + expression + ".";
}

}  // namespace counterscan::pickle

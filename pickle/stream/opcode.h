// The pickle opcodes: one row each, in opcodes.def.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace counterscan::pickle {

enum class Op : std::uint8_t {
#define OPCODE(enumerator, name, byte, protocol, argument, before, after) enumerator = byte,
#include "pickle/stream/opcodes.def"
#undef OPCODE
};

// What follows the opcode byte. Integers are little-endian; a line ends at '\n' and nothing else.
enum class Argument : std::uint8_t {
  kInvalid,      // this byte is no opcode
  kNone,         //
  kUint1,        // one byte
  kUint2,        //
  kInt4,         // signed
  kUint4,        //
  kUint8,        //
  kFloat8,       // big-endian double
  kLong1,        // length in one byte, then a two's complement integer
  kLong4,        // length in four bytes, signed
  kText1,        // length in one byte, then that many bytes
  kText4,        // length in four bytes, unsigned
  kText8,        // length in eight bytes, unsigned
  kDecimalLine,  // an integer as text
  kFloatLine,    // a float as text
  kQuotedLine,   // a string in matching quotes, with escapes
  kUnicodeLine,  // text in raw-unicode-escape
  kLine,         // the line as it is
  kTwoLines,     // module, then name
};

struct OpcodeInfo {
  Op op;
  std::string_view name;  // CPython's: "SHORT_BINUNICODE"
  int protocol;           // the first that has it
  Argument argument;
  std::string_view before;  // stack effect as documentation: "dict mark stackslice"
  std::string_view after;
};

// All 68, in the order of the table.
std::span<const OpcodeInfo> Opcodes();

// The row of this byte, or nullptr when it is no opcode.
const OpcodeInfo* FindOpcode(std::uint8_t byte);

}  // namespace counterscan::pickle

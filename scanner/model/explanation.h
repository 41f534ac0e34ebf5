// Explanation: what the pickles of a file would do, as readable lines. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanner/base/level.h"
#include "scanner/base/line_kind.h"

namespace counterscan {

// One line of pseudo-code: "system_1 = system('true')".
struct ExplainedLine {
  std::uint64_t offset = 0;  // of the opcode that does it
  Level level = Level::kClean;
  std::string rule{};  // "" when harmless
  std::string text{};  // escaped for printing
  LineKind kind = LineKind::kNote;
  std::string subject{};  // what is imported, called, created or changed: "posix.system"; escaped
};

// One opcode: "REDUCE", or "SHORT_BINUNICODE 'system'".
struct ExplainedOpcode {
  std::uint64_t offset = 0;
  std::string name;         // CPython's name
  std::string argument;     // escaped for printing, "" when the opcode takes none
  std::uint64_t stack = 0;  // items on the stack before it
};

struct ExplainedPickle {
  std::string where;         // member, "" for the file itself
  std::uint64_t offset = 0;  // first byte in that member
  std::uint64_t size = 0;    // bytes up to and including STOP, or to where it broke off
  int protocol = 0;          // of the last PROTO seen
  std::uint64_t opcode_count = 0;
  std::vector<ExplainedLine> lines;
  std::vector<ExplainedOpcode> opcodes;  // only when asked for
  std::vector<std::string> summary;      // "148 tensors of torch.FloatStorage, ..."; escaped
  std::string within;                    // how it lies in another pickle, "" for one by itself
  std::string reading;                   // who reads the bytes in this way, "" for the usual one
  std::uint64_t lines_left_out = 0;      // for which the list had no room
  bool cut = false;                      // there was more than the lists hold
  std::string error;                     // why it broke off, "" when it reached STOP
};

}  // namespace counterscan

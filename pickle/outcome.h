// What an analysis takes and what it gives: plain data.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pickle/content/decompressor.h"
#include "scanner/base/level.h"
#include "scanner/base/limits.h"
#include "scanner/base/line_kind.h"

namespace counterscan::pickle {

class UserPolicy;

struct Options {
  Limits limits;
  const UserPolicy* policy = nullptr;  // what the user adds; must outlive the analysis
  bool explain = false;                // fill Pickle::lines
  bool explain_opcodes = false;        // fill Pickle::opcodes
  // Unpacks compressed constants that the pickle hands to a decompressor; without it they leave a
  // gap. Must outlive the analysis.
  const Decompressor* decompressor = nullptr;
};

struct Finding {
  std::string rule;  // id of a row of pickle/rules.h
  Level level = Level::kSuspicious;
  std::uint64_t offset = 0;
  std::string message;  // text from the file in it is already escaped
  // The user's row that allows it, "policy FILE:LINE"; "" for a finding that counts.
  std::string suppressed{};
};

// One (module, name) that would be resolved. A part that cannot be known statically is absent.
// Under protocol < 3 both the name as written and the one Python 3 maps it to are listed.
struct Import {
  std::optional<std::string> module{};  // as in the file, not escaped
  std::optional<std::string> name{};
  Level level = Level::kClean;
  std::uint64_t offset = 0;
};

enum class GapKind : std::uint8_t {
  kBroken,    // breaks off, or breaks the format
  kLimit,     // one of Limits was reached
  kUnparsed,  // bytes after the last pickle that are not a pickle
  kRead,      // the source failed
};

struct Gap {
  GapKind kind = GapKind::kBroken;
  std::uint64_t first = 0;  // [first, last) was not followed
  std::uint64_t last = 0;
  std::string detail;
};

// One line of pseudo-code; one opcode. Text is escaped for printing.
struct Line {
  std::uint64_t offset = 0;
  Level level = Level::kClean;
  std::string rule;
  std::string text;
  LineKind kind = LineKind::kNote;
  std::string subject;  // what is imported, called, created or changed: "torch.FloatStorage"
};
struct Opcode {
  std::uint64_t offset = 0;
  std::string name;
  std::string argument;
  std::uint64_t stack = 0;  // items on the stack before it
};

struct Pickle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // up to and including STOP, or to where it broke off
  int protocol = 0;        // of the last PROTO seen
  std::uint64_t opcode_count = 0;
  std::vector<Line> lines;
  std::vector<Opcode> opcodes;
  std::vector<std::string> summary;  // "148 tensors of torch.FloatStorage, 124,439,808 elements"
  std::string within;                // how it lies in another pickle, "" for one of the stream
  std::string reading;               // who reads the bytes in this way, "" for the usual one
  std::uint64_t lines_left_out = 0;
  bool cut = false;   // lines or opcodes were left out
  std::string error;  // why it broke off, "" when it reached STOP
};

// Bytes outside the pickle that one of its tensors takes: persistent_load(('storage', class, key,
// device, elements)).
struct StorageClaim {
  std::string key;
  std::uint64_t elements = 0;
  std::uint32_t element_bytes = 0;  // 0 when the class does not tell
};

struct Analysis {
  std::vector<Finding> findings;
  std::vector<Import> imports;
  std::vector<Gap> gaps;
  std::vector<Pickle> pickles;
  std::vector<StorageClaim> storages;
  bool storages_known = true;  // false when the pickle claims more than `storages` holds
  // With Options::explain: some of those that mean something else to other readers.
  std::vector<Pickle> other_readings;
  // First byte that belongs to no pickle; equals the source's size when all of it was walked, or
  // when a gap speaks for the rest.
  // Bytes from here to the end are *not* a gap yet: the caller knows whether its format puts
  // something there (storages of a legacy torch file) or not.
  std::uint64_t end = 0;

  // A limit of ours or a source that failed was in the way: what is not said here need not be so.
  bool cut_short() const {
    return std::any_of(gaps.begin(), gaps.end(), [](const Gap& gap) {
      return gap.kind == GapKind::kLimit || gap.kind == GapKind::kRead;
    });
  }
};

}  // namespace counterscan::pickle

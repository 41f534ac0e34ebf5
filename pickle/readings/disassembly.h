// Disassembly: the names that a reader sees which carries nothing out.
//
// Most scanners, the Hub's among them (picklescan), go through the instructions of all pickles one
// after another, remember which text was put into which memo slot, and take the last two texts
// before STACK_GLOBAL for its name. They see names behind a point where every unpickler fails, and
// where a memo is not what they think it is. No unpickler imports these; but nothing that another
// scanner names may be missing from what we say of a file that is broken or not what it seems.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"

namespace counterscan::pickle {

// A part that is no text before the instruction is absent.
struct SeenName {
  std::optional<std::string> module{};
  std::optional<std::string> name{};
  std::uint64_t offset = 0;
};

// What a disassembler names in bytes that do not look like a pickle.
enum class SeenNames : std::uint8_t {
  kNone,        // nothing that some program may have
  kSome,        // such a name
  kCannotTell,  // instructions go on where looking ended
  kUnsafe,      // one that is unsafe to name
};
SeenNames WorstSeenName(const ByteSource& source, const Limits& limits);

// Each distinct name once, up to the first byte that is no instruction.
std::vector<SeenName> Disassemble(const ByteSource& source, const Limits& limits);

}  // namespace counterscan::pickle

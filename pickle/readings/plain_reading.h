// What a reader that takes any bytes for a pickle would import: a plain unpickler that meets the
// bytes of a joblib array, a program that calls pickle.load once more.
#pragma once

#include <cstdint>
#include <string>

#include "pickle/machine/machine.h"
#include "scanner/base/byte_source.h"
#include "scanner/base/limits.h"

namespace counterscan::pickle {

struct NameReadPlainly {
  std::string name;                // the first that would be imported, escaped; "" for none
  std::uint64_t named_at = 0;      // the instruction that names it
  std::uint64_t instructions = 0;  // carried out
  bool cut_short = false;          // ended at a limit, or where reading failed, without a name
  bool to_the_end = false;         // pickle after pickle, without a name, up to the last byte
  bool crosses_frame = false;      // what a stream makes of the frame's end may name something else
};

// Carries out the bytes at `offset` as instructions, at most so many, up to the first that imports
// something that could be a name. Array bytes break off before they do.
// kProbe: the bytes stand in the middle of a pickle, whose stack and memo are not known.
NameReadPlainly ReadPlainly(const ByteSource& source, std::uint64_t offset, const Limits& limits,
                            Machine::Mode mode, std::uint64_t most_instructions);

}  // namespace counterscan::pickle

// The arguments of opcodes as text, for the listing of a pickle's opcodes.
#pragma once

#include <string>

#include "pickle/narration/render.h"
#include "pickle/stream/instruction_reader.h"

namespace counterscan::pickle {

// Escaped for printing, and bounded; "" for an opcode without an argument. The reader must be the
// one that `at` came from.
std::string OpcodeArgument(const Instruction& at, const InstructionReader& reader,
                           const Renderer& renderer);

}  // namespace counterscan::pickle

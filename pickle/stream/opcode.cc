#include "pickle/stream/opcode.h"

#include <array>

namespace counterscan::pickle {
namespace {

constexpr auto kOpcodes = std::to_array<OpcodeInfo>({
#define OPCODE(enumerator, name, byte, protocol, argument, before, after) \
  {Op::enumerator, name, protocol, Argument::argument, before, after},
#include "pickle/stream/opcodes.def"
#undef OPCODE
});

constexpr std::array<std::uint8_t, 256> RowOfByte() {
  std::array<std::uint8_t, 256> rows{};
  for (std::size_t i = 0; i < kOpcodes.size(); ++i) {
    rows[static_cast<std::uint8_t>(kOpcodes[i].op)] = static_cast<std::uint8_t>(i + 1);
  }
  return rows;
}
constexpr auto kRowOfByte = RowOfByte();  // 0: no opcode

}  // namespace

std::span<const OpcodeInfo> Opcodes() { return kOpcodes; }

const OpcodeInfo* FindOpcode(std::uint8_t byte) {
  const std::uint8_t row = kRowOfByte[byte];
  return row == 0 ? nullptr : &kOpcodes[row - 1u];
}

}  // namespace counterscan::pickle

#include "pickle/stream/opcode.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace counterscan::pickle {
namespace {

TEST(Opcodes, AreTheSixtyEightOfProtocolFive) { EXPECT_EQ(Opcodes().size(), 68u); }

TEST(Opcodes, HaveUniqueBytesAndNames) {
  std::set<std::uint8_t> bytes;
  std::set<std::string_view> names;
  for (const OpcodeInfo& opcode : Opcodes()) {
    EXPECT_TRUE(bytes.insert(static_cast<std::uint8_t>(opcode.op)).second) << opcode.name;
    EXPECT_TRUE(names.insert(opcode.name).second) << opcode.name;
    EXPECT_NE(opcode.argument, Argument::kInvalid) << opcode.name;
    EXPECT_GE(opcode.protocol, 0);
    EXPECT_LE(opcode.protocol, 5);
  }
}

TEST(Opcodes, AreFoundByTheirByte) {
  for (const OpcodeInfo& opcode : Opcodes()) {
    EXPECT_EQ(FindOpcode(static_cast<std::uint8_t>(opcode.op)), &opcode);
  }
}

TEST(Opcodes, OtherBytesAreNone) {
  int count = 0;
  for (int byte = 0; byte < 256; ++byte) {
    count += FindOpcode(static_cast<std::uint8_t>(byte)) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(count, 68);
  EXPECT_EQ(FindOpcode(0), nullptr);
  EXPECT_EQ(FindOpcode(0xff), nullptr);
}

// Protocols 0 and 1 are ASCII letters and signs, later ones start at 0x80, but for two of
// protocol 3.
TEST(Opcodes, HaveBytesOfTheirProtocol) {
  for (const OpcodeInfo& opcode : Opcodes()) {
    const bool high = static_cast<std::uint8_t>(opcode.op) >= 0x80;
    EXPECT_EQ(high, opcode.protocol >= 2 && opcode.protocol != 3) << opcode.name;
  }
}

}  // namespace
}  // namespace counterscan::pickle

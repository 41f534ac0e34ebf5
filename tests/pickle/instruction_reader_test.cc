#include "pickle/stream/instruction_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "pickle/stream/number_text.h"
#include "pickle/stream/string_text.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::pickle {
namespace {

using Status = InstructionReader::Status;
using namespace std::string_literals;

// The first instruction of the bytes, read with the smallest window.
std::pair<Status, Instruction> First(std::string_view bytes) {
  const MemorySource source(AsBytes(bytes));
  InstructionReader reader(source, 0, InstructionReader::kSmallestWindow);
  Instruction instruction;
  const Status status = reader.Next(instruction);
  return {status, instruction};
}

std::string StringOf(std::string_view bytes) {
  const MemorySource source(AsBytes(bytes));
  InstructionReader reader(source);
  return reader.StringAt(0, 1000).text;
}

TEST(InstructionReader, ReadsFixedIntegersLittleEndian) {
  EXPECT_EQ(First("K\xff").second.number, 255);
  EXPECT_EQ(First("M\x01\x02").second.number, 0x0201);
  EXPECT_EQ(First("J\xff\xff\xff\xff").second.number, -1);
  EXPECT_EQ(First("j\xff\xff\xff\xff").second.number, 0xffffffff);
  EXPECT_EQ(First("\x84\xff\xff\xff\xff").second.number, -1);
}

TEST(InstructionReader, ReadsLongsOfAnyLength) {
  EXPECT_EQ(First("\x8a\x00."s).second.number, 0);
  EXPECT_EQ(First("\x8a\x01\xff").second.number, -1);
  EXPECT_EQ(First("\x8a\x02\x00\x80"s).second.number, -32768);
  EXPECT_EQ(First("\x8a\x09"
                  "123456789")
                .second.form,
            NumberForm::kTooBig);
  EXPECT_EQ(First("\x8b\x01\x00\x00\x00\x07"s).second.number, 7);
  EXPECT_EQ(First("\x8b\xff\xff\xff\xff").first, Status::kMalformed);
}

// CPython: strtol in base 0, NUL ends the number. pickletools refuses all of these.
TEST(InstructionReader, ReadsNumbersAsTheCUnpicklerDoes) {
  EXPECT_EQ(First("I0x10\n").second.number, 16);
  EXPECT_EQ(First("I0o17\n").second.number, 15);
  EXPECT_EQ(First("I010\n").second.number, 8);
  EXPECT_EQ(First("I 7\r\n").second.number, 7);
  EXPECT_EQ(First("I1_000\n").second.number, 1000);
  EXPECT_EQ(First("I1\0junk\n"s).second.number, 1);
  EXPECT_EQ(First("I\0junk\n"s).second.form, NumberForm::kOdd);
  EXPECT_EQ(First("L0x10L\n").second.number, 16);
  EXPECT_EQ(First("L-5L\n").second.number, -5);
  EXPECT_EQ(First("I01\n").second.form, NumberForm::kBool);
  EXPECT_EQ(First("Ifoo\n").second.form, NumberForm::kInvalid);
  EXPECT_EQ(First("I\n").second.form, NumberForm::kInvalid);
}

TEST(InstructionReader, ReadsMemoIndicesInBaseTen) {
  EXPECT_EQ(First("g010\n").second.number, 10);
  EXPECT_EQ(First("g1\0zz\n"s).second.number, 1);
  EXPECT_EQ(First("g1\0zz\n"s).second.form, NumberForm::kOdd);
  EXPECT_EQ(First("g+1\n").second.form, NumberForm::kOdd);
  EXPECT_EQ(First("g12\n").second.form, NumberForm::kPlain);
  EXPECT_EQ(First("p-1\n").first, Status::kOk);  // the machine's to refuse
  EXPECT_EQ(First("px\n").first, Status::kMalformed);
}

TEST(InstructionReader, TakesAHundredThousandDigitsWithoutParsingThem) {
  const std::string line = "L" + std::string(100'000, '9') + "L\n";
  const auto [status, instruction] = First(line);
  EXPECT_EQ(status, Status::kOk);
  EXPECT_EQ(instruction.form, NumberForm::kTooBig);
  EXPECT_EQ(instruction.end, line.size());
}

TEST(InstructionReader, ReadsBinstringLengthsUnsigned) {
  const std::string declared_4gib_less_one =
      "T\xff\xff\xff\xff"
      "abc";
  EXPECT_EQ(First(declared_4gib_less_one).first, Status::kTruncated);
  EXPECT_EQ(First("T\x03\x00\x00\x00"
                  "abc"s)
                .second.text.size,
            3u);
}

TEST(InstructionReader, RefusesLengthsPastTheEndWithoutOverflow) {
  for (const std::string& length :
       {"\xff\xff\xff\xff\xff\xff\xff\xff"s, "\xff\xff\xff\xff\xff\xff\xff\x7f"s,
        "\x00\x00\x00\x00\x00\x00\x00\x80"s, "\x04\x00\x00\x00\x00\x00\x00\x00"s}) {
    EXPECT_EQ(First("\x8d" + length + "abc").first, Status::kTruncated);
    EXPECT_EQ(First("\x8e" + length + "abc").first, Status::kTruncated);
    EXPECT_EQ(First("\x96" + length + "abc").first, Status::kTruncated);
  }
  EXPECT_EQ(First("\x8d\x03\x00\x00\x00\x00\x00\x00\x00"
                  "abc"s)
                .first,
            Status::kOk);
}

TEST(InstructionReader, EndsLinesAtNewlineOnly) {
  const std::string bytes = "cos\r\nsystem\n";
  const auto [status, instruction] = First(bytes);
  EXPECT_EQ(status, Status::kOk);
  EXPECT_EQ(bytes.substr(instruction.text.offset, instruction.text.size), "os\r");
  EXPECT_EQ(bytes.substr(instruction.second.offset, instruction.second.size), "system");
  EXPECT_EQ(First("cos\nsystem").first, Status::kTruncated);
  EXPECT_EQ(First("cos").first, Status::kTruncated);
}

TEST(InstructionReader, TakesALineLongerThanAnyWindow) {
  const std::string bytes = "V" + std::string(300'000, 'x') + "\n.";
  const MemorySource source(AsBytes(bytes));
  InstructionReader reader(source);
  Instruction instruction;
  ASSERT_EQ(reader.Next(instruction), Status::kOk);
  EXPECT_EQ(instruction.text.size, 300'000u);
  EXPECT_FALSE(reader.StringAt(0, 100).whole);
  ASSERT_EQ(reader.Next(instruction), Status::kOk);
  EXPECT_EQ(instruction.op, Op::kStop);
}

TEST(InstructionReader, StaysPutOnFailure) {
  const std::string bytes = "N\xff";
  const MemorySource source(AsBytes(bytes));
  InstructionReader reader(source);
  Instruction instruction;
  ASSERT_EQ(reader.Next(instruction), Status::kOk);
  EXPECT_EQ(reader.Next(instruction), Status::kBadOpcode);
  EXPECT_EQ(reader.offset(), 1u);
  EXPECT_EQ(reader.Next(instruction), Status::kBadOpcode);
}

TEST(InstructionReader, AnswersEndAtTheEnd) { EXPECT_EQ(First("").first, Status::kEnd); }

TEST(InstructionReader, EveryOpcodeCutShortIsTruncated) {
  // The shortest whole form of each argument.
  const auto argument = [](Argument kind) -> std::string {
    switch (kind) {
      case Argument::kUint1:
        return "\x01";
      case Argument::kUint2:
        return "\x01\x02";
      case Argument::kInt4:
      case Argument::kUint4:
        return "\x01\x02\x03\x04";
      case Argument::kUint8:
      case Argument::kFloat8:
        return "12345678";
      case Argument::kLong1:
      case Argument::kText1:
        return "\x02"
               "ab";
      case Argument::kLong4:
      case Argument::kText4:
        return "\x02\x00\x00\x00"
               "ab"s;
      case Argument::kText8:
        return "\x02\x00\x00\x00\x00\x00\x00\x00"
               "ab"s;
      case Argument::kDecimalLine:
        return "12\n";
      case Argument::kFloatLine:
        return "1.5\n";
      case Argument::kQuotedLine:
        return "'a'\n";
      case Argument::kUnicodeLine:
      case Argument::kLine:
        return "ab\n";
      case Argument::kTwoLines:
        return "ab\ncd\n";
      default:
        return "";
    }
  };
  for (const OpcodeInfo& opcode : Opcodes()) {
    const std::string whole = static_cast<char>(opcode.op) + argument(opcode.argument);
    EXPECT_EQ(First(whole).first, Status::kOk) << opcode.name;
    EXPECT_EQ(First(whole).second.end, whole.size()) << opcode.name;
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      EXPECT_EQ(First(whole.substr(0, cut)).first, Status::kTruncated) << opcode.name << cut;
    }
  }
}

TEST(InstructionReader, ResolvesEscapesOfStrings) {
  EXPECT_EQ(StringOf("S'\\x6f\\163'\n"), "os");
  EXPECT_EQ(StringOf("S\"a\\nb\\\\c\\q\"\n"), "a\nb\\c\\q");
  EXPECT_EQ(StringOf("S'caf\xc3\xa9'\n"), "caf\xc3\xa9");
  EXPECT_EQ(StringOf("V\\u006fs\n"), "os");
  EXPECT_EQ(StringOf("V\\\\u006fs\n"), "\\\\u006fs");
  EXPECT_EQ(StringOf("V\\U0001f600\n"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(StringOf("V\xe9\n"), "\xc3\xa9");
  EXPECT_EQ(StringOf("\x8c\x02os"), "os");
}

TEST(InstructionReader, EscapesAtTheEndOfALineStayInside) {
  EXPECT_EQ(UnescapeQuoted("'\\"), "'\\");
  EXPECT_EQ(UnescapeQuoted("'\\x4'"), "\\x4");
  EXPECT_EQ(UnescapeQuoted("'\\777'"), "\xff");
  EXPECT_EQ(UnescapeRawUnicode("\\u00"), "\\u00");
  EXPECT_EQ(UnescapeRawUnicode("\\"), "\\");
  EXPECT_EQ(UnescapeRawUnicode("\\U00110000"), "\\U00110000");
}

TEST(NumberText, KnowsFloats) {
  for (const char* good : {"1.5", "-1e10", "nan", "-inf", "1_0.5", " 2 ", "infinity"}) {
    EXPECT_TRUE(IsFloatText(good)) << good;
  }
  for (const char* bad : {"", "x", "1.5x", "0x1p3", "1..2"}) EXPECT_FALSE(IsFloatText(bad)) << bad;
  for (const char* plain : {"0.0", "1.5", "-3e-07", "1e+300", "12"}) {
    EXPECT_TRUE(IsPlainFloat(plain)) << plain;
    EXPECT_TRUE(IsFloatText(plain)) << plain;
  }
  for (const char* other : {"", "-", ".5", "5.", "1e", "1e+", "+1.0", "nan", "1.5 ", "1_0.0"}) {
    EXPECT_FALSE(IsPlainFloat(other)) << other;
  }
}

TEST(NumberText, MarksNumbersThatDoNotFit) {
  EXPECT_EQ(ParseInteger("4611686018427387903").form, NumberForm::kPlain);
  EXPECT_EQ(ParseInteger("99999999999999999999").form, NumberForm::kTooBig);
  EXPECT_EQ(ParseMemoIndex("18446744073709551616").form, NumberForm::kTooBig);
  EXPECT_EQ(ParseInteger("-0").value, 0);
  EXPECT_EQ(ParseInteger("_1").form, NumberForm::kInvalid);
  EXPECT_EQ(ParseInteger("1_").form, NumberForm::kInvalid);
}

}  // namespace
}  // namespace counterscan::pickle

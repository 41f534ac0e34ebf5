#include "pickle/narration/opcode_argument.h"

#include <fmt/format.h>

#include <cstddef>

#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kShownArgumentBytes = 120;

}  // namespace

std::string OpcodeArgument(const Instruction& at, const InstructionReader& reader,
                           const Renderer& renderer) {
  const OpcodeInfo& info = *FindOpcode(static_cast<std::uint8_t>(at.op));
  const auto line = [&](TextRange range) {
    const ArgumentText text = reader.Raw(range, kShownArgumentBytes);
    return Printable(text.text) + (text.whole ? "" : "...");
  };
  switch (info.argument) {
    case Argument::kInvalid:
    case Argument::kNone:
      return {};
    case Argument::kUint1:
    case Argument::kUint2:
    case Argument::kInt4:
    case Argument::kUint4:
    case Argument::kUint8:
      return std::to_string(at.number);
    case Argument::kFloat8:
      return renderer.Show({Kind::kNumber, at.offset});
    case Argument::kLong1:
    case Argument::kLong4:
      return at.form == NumberForm::kTooBig ? fmt::format("<{} bytes>", at.text.size)
                                            : std::to_string(at.number);
    case Argument::kText1:
    case Argument::kText4:
    case Argument::kText8:
    case Argument::kQuotedLine:
    case Argument::kUnicodeLine: {
      const bool bytes = info.after == "bytes" || info.after == "bytearray";
      return renderer.Show({bytes ? Kind::kBytes : Kind::kString, at.offset});
    }
    case Argument::kDecimalLine:
    case Argument::kFloatLine:
    case Argument::kLine:
      return line(at.text);
    case Argument::kTwoLines:
      return line(at.text) + " " + line(at.second);
  }
  return {};
}

}  // namespace counterscan::pickle

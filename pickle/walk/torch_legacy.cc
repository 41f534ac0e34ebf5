#include "pickle/walk/torch_legacy.h"

#include <utility>

namespace counterscan::pickle {

std::optional<std::vector<std::string>> ReadListOfTexts(const ByteSource& source,
                                                        std::uint64_t offset) {
  constexpr std::size_t kLongestText = 256;
  constexpr std::size_t kMostTexts = 500'000;
  std::vector<std::string> texts;
  InstructionReader reader(source, offset, InstructionReader::kSmallestWindow);
  Instruction at;
  bool list = false;        // it has been made
  bool mark = false;        // below what comes next
  std::size_t pending = 0;  // texts that are not in it yet
  while (reader.Next(at) == InstructionReader::Status::kOk) {
    switch (at.op) {
      case Op::kProto:
      case Op::kFrame:
      // Slots that nothing recalls.
      case Op::kPut:
      case Op::kBinPut:
      case Op::kLongBinPut:
      case Op::kMemoize:
        break;
      case Op::kMark:
        if (mark || pending > 0) return std::nullopt;
        mark = true;
        break;
      case Op::kEmptyList:
      case Op::kList:
        if (list || mark != (at.op == Op::kList)) return std::nullopt;
        list = true;
        mark = false;
        break;
      case Op::kUnicode:
      case Op::kShortBinUnicode:
      case Op::kBinUnicode:
      case Op::kString:
      case Op::kShortBinString:
      case Op::kBinString: {
        ArgumentText text = reader.StringAt(at.offset, kLongestText);
        if (!list || !text.whole || texts.size() >= kMostTexts) return std::nullopt;
        texts.push_back(std::move(text.text));
        ++pending;
        break;
      }
      case Op::kAppend:
        if (mark || pending != 1) return std::nullopt;
        pending = 0;
        break;
      case Op::kAppends:
        if (!mark) return std::nullopt;
        mark = false;
        pending = 0;
        break;
      case Op::kStop:
        if (!list || mark || pending > 0) return std::nullopt;
        return texts;
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace counterscan::pickle

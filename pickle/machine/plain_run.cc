// The machine's inner loop over plain data: ten million instructions a file, nearly all of them
// constants, memo slots, marks and literal containers.
//
// Does for these exactly what Machine::Execute does, without making an Instruction of them, and
// leaves alone whatever is not entirely ordinary: an instruction that reaches past the window or
// the frame, an empty stack, a slot never written, a container that is none, a number written in
// any but the usual way. It then stops in front of that instruction, and Execute meets it as if
// this loop did not exist. So every error, and every question to the observer, has one place only.
#include <cstring>

#include "pickle/content/constant_content.h"
#include "pickle/machine/machine.h"
#include "pickle/stream/number_text.h"

namespace counterscan::pickle {
namespace {

// Instructions of one run: so many pushes the stack has room for when it starts.
constexpr std::size_t kRunInstructions = 256;
// Longest number as text that is read here: 16 digits fit a Value.
constexpr int kPlainDigits = 16;
// Bytes that are there whatever stands first: an opcode and nine bytes of a fixed argument, or a
// sign, digits, 'L' and a newline.
constexpr std::size_t kLongestFixed = 1 + 1 + kPlainDigits + 1 + 1;
// A shorter window is not worth a run. A reader with the smallest window never has so much, which
// is how tests hold the two ways against each other.
constexpr std::size_t kWorthARun = InstructionReader::kSmallestWindow + 1;

using Bytes = const unsigned char*;

template <class T>
T Load(Bytes from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

// A number as picklers write it: "7\n", "-12\n", and for LONG "7L\n". Returns what stands behind
// it, or nullptr for any other text. Reads at most kLongestFixed - 1 bytes.
inline Bytes ReadDecimal(Bytes from, bool is_long, std::int64_t& number) {
  const bool negative = *from == '-';
  if (negative) ++from;
  const Bytes first = from;
  std::int64_t value = 0;
  for (; *from >= '0' && *from <= '9'; ++from) {
    if (from - first == kPlainDigits) return nullptr;
    value = value * 10 + (*from - '0');
  }
  // A leading zero may mean a truth value or another base.
  if (from == first || (*first == '0' && from - first > 1)) return nullptr;
  if (is_long && *from++ != 'L') return nullptr;
  if (*from != '\n') return nullptr;
  number = negative ? -value : value;
  return from + 1;
}

}  // namespace

void Machine::RunPlain() {
  if (trace_) return;
  const std::span<const unsigned char> window = reader_.Buffered();
  const std::uint64_t begin_offset = reader_.offset();
  std::size_t room = window.size();
  if (frame_end_ != kNoFrame) {
    if (begin_offset >= frame_end_) return;
    room = static_cast<std::size_t>(std::min<std::uint64_t>(room, frame_end_ - begin_offset));
  }
  if (room < kWorthARun) return;
  if (stack_.size() + kRunInstructions > limits_.pickle_stack_items) return;
  if (marks_.size() + kRunInstructions > limits_.pickle_stack_items) return;
  if (total_ + kRunInstructions > limits_.pickle_opcodes) return;
  stack_.Reserve(kRunInstructions);

  const Bytes begin = window.data();
  const Bytes end = begin + room;          // no instruction may reach past it
  const Bytes last = end - kLongestFixed;  // nor start past it
  Value* const bottom = stack_.bottom();
  Value* top = stack_.top();
  Value* fence = bottom + fence_;
  const auto recall = [&](std::uint64_t index) {
    const Value value = memo_.Get(index);
    if (value.is(Kind::kNothing)) return false;
    *top++ = value;
    return true;
  };
  Bytes at = begin;
  std::size_t left = kRunInstructions;

  for (; at < last && left > 0; --left) {
    const auto op = static_cast<Op>(*at);
    const auto offset = [&] { return begin_offset + static_cast<std::uint64_t>(at - begin); };
    // Of the instruction after this one; nullptr: this is none for us.
    Bytes next = nullptr;

    switch (op) {
      case Op::kNone:
        *top++ = {Kind::kNone};
        next = at + 1;
        break;
      case Op::kNewTrue:
      case Op::kNewFalse:
        *top++ = {Kind::kBool, op == Op::kNewTrue};
        next = at + 1;
        break;
      case Op::kBinInt1:
        *top++ = Value::Int(at[1]);
        next = at + 2;
        break;
      case Op::kBinInt2:
        *top++ = Value::Int(Load<std::uint16_t>(at + 1));
        next = at + 3;
        break;
      case Op::kBinInt:
        *top++ = Value::Int(Load<std::int32_t>(at + 1));
        next = at + 5;
        break;
      case Op::kBinFloat:
        *top++ = {Kind::kNumber, offset()};
        next = at + 9;
        break;
      case Op::kInt:
      case Op::kLong: {
        std::int64_t number = 0;
        next = ReadDecimal(at + 1, op == Op::kLong, number);
        if (next != nullptr) *top++ = Value::Int(number);
        break;
      }

      case Op::kShortBinUnicode:
      case Op::kShortBinString: {
        const std::size_t length = at[1];
        const Bytes text = at + 2;
        if (length > static_cast<std::size_t>(end - text)) break;
        if (length >= kTellingBytes && MayHide(*text)) break;
        *top++ = Value::String(offset(), length > 0 && (*text == '_' || *text == '\\'));
        next = text + length;
        break;
      }
      case Op::kBinUnicode:
      case Op::kBinString: {
        const std::size_t length = Load<std::uint32_t>(at + 1);
        const Bytes text = at + 5;
        if (length > static_cast<std::size_t>(end - text)) break;
        if (length >= kTellingBytes && MayHide(*text)) break;
        *top++ = Value::String(offset(), length > 0 && (*text == '_' || *text == '\\'));
        next = text + length;
        break;
      }
      case Op::kUnicode:
      case Op::kString:
      case Op::kFloat: {
        const Bytes text = at + 1;
        const void* newline = std::memchr(text, '\n', static_cast<std::size_t>(end - text));
        if (newline == nullptr) break;
        const Bytes line_end = static_cast<Bytes>(newline);
        const auto size = static_cast<std::size_t>(line_end - text);
        if (op == Op::kFloat) {
          if (!IsPlainFloat({reinterpret_cast<const char*>(text), size})) break;
          *top++ = {Kind::kNumber, offset()};
        } else if (op == Op::kUnicode) {
          if (size >= kTellingBytes && MayHide(*text)) break;
          *top++ = Value::String(offset(), *text == '_' || *text == '\\');
        } else {
          // In matching quotes, and not empty.
          if (size < 3 || (*text != '\'' && *text != '"') || line_end[-1] != *text) break;
          if (size >= kTellingBytes && MayHide(text[1])) break;
          *top++ = Value::String(offset(), text[1] == '_' || text[1] == '\\');
        }
        next = line_end + 1;
        break;
      }

      case Op::kMemoize:
        if (top != fence && memo_.Memoize(top[-1])) next = at + 1;
        break;
      case Op::kBinPut:
        if (top != fence && memo_.Set(at[1], top[-1])) next = at + 2;
        break;
      case Op::kLongBinPut:
        if (top == fence || Load<std::uint32_t>(at + 1) >= kFarSlot) break;
        if (memo_.Set(Load<std::uint32_t>(at + 1), top[-1])) next = at + 5;
        break;
      case Op::kPut: {
        std::int64_t index = 0;
        const Bytes behind = ReadDecimal(at + 1, false, index);
        if (behind == nullptr || index < 0 || top == fence) break;
        if (static_cast<std::uint64_t>(index) >= kFarSlot) break;
        if (memo_.Set(static_cast<std::uint64_t>(index), top[-1])) next = behind;
        break;
      }
      case Op::kBinGet:
        if (recall(at[1])) next = at + 2;
        break;
      case Op::kLongBinGet:
        if (recall(Load<std::uint32_t>(at + 1))) next = at + 5;
        break;
      case Op::kGet: {
        std::int64_t index = 0;
        const Bytes behind = ReadDecimal(at + 1, false, index);
        if (behind == nullptr || index < 0) break;
        if (recall(static_cast<std::uint64_t>(index))) next = behind;
        break;
      }

      case Op::kEmptyDict:
      case Op::kEmptyList:
        *top = {op == Op::kEmptyDict ? Kind::kDict : Kind::kList, offset()};
        objects_.Create(*top++);
        next = at + 1;
        break;
      case Op::kMark:
        fence = top;
        marks_.push_back(static_cast<std::uint32_t>(top - bottom));
        next = at + 1;
        break;
      case Op::kSetItems:
      case Op::kAppends:
      case Op::kDict:
      case Op::kList:
      case Op::kTuple: {
        if (marks_.empty()) break;
        Value* const first = bottom + marks_.back();
        Value* const fence_below = bottom + (marks_.size() > 1 ? marks_[marks_.size() - 2] : 0);
        const std::span<const Value> items(first, top);
        if (op == Op::kSetItems || op == Op::kDict) {
          if (items.size() % 2 != 0 || HasTellingItem(items)) break;
        }
        if (op == Op::kSetItems || op == Op::kAppends) {
          const Kind wanted = op == Op::kSetItems ? Kind::kDict : Kind::kList;
          if (first == fence_below || !first[-1].is(wanted)) break;
          objects_.Extend(first[-1], items);
          top = first;
        } else if (op == Op::kTuple) {
          *first = objects_.MakeTuple(items);
          top = first + 1;
        } else {
          const Value made(op == Op::kDict ? Kind::kDict : Kind::kList, offset());
          objects_.Create(made);
          objects_.Extend(made, items);
          *first = made;
          top = first + 1;
        }
        marks_.pop_back();
        fence = fence_below;
        next = at + 1;
        break;
      }
      case Op::kSetItem:
        if (top - fence < 3 || !top[-3].is(Kind::kDict) || top[-2].IsSpecialKey()) break;
        objects_.Extend(top[-3], std::span<const Value>(top - 2, 2));
        top -= 2;
        next = at + 1;
        break;
      case Op::kAppend:
        if (top - fence < 2 || !top[-2].is(Kind::kList)) break;
        objects_.Extend(top[-2], std::span<const Value>(top - 1, 1));
        top -= 1;
        next = at + 1;
        break;
      case Op::kPop:
        // On top of a mark the fence stands at the top too.
        if (top == fence) break;
        --top;
        next = at + 1;
        break;
      case Op::kTuple1:
      case Op::kTuple2:
      case Op::kTuple3: {
        const auto size =
            static_cast<std::ptrdiff_t>(op) - static_cast<std::ptrdiff_t>(Op::kTuple1) + 1;
        if (top - fence < size) break;
        top -= size;
        *top = objects_.MakeTuple(std::span<const Value>(top, static_cast<std::size_t>(size)));
        ++top;
        next = at + 1;
        break;
      }

      default:
        break;
    }
    if (next == nullptr) break;
    used_[static_cast<std::uint8_t>(op)] = true;
    at = next;
  }

  reader_.Take(static_cast<std::size_t>(at - begin));
  stack_.SetTop(top);
  fence_ = static_cast<std::size_t>(fence - bottom);
  total_ += kRunInstructions - left;
  in_run_ += kRunInstructions - left;
}

}  // namespace counterscan::pickle

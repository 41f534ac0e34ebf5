#include "scanner/container/torch_tar.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "pickle/stream/instruction_reader.h"
#include "scanner/base/byte_reader.h"

namespace counterscan::container {
namespace {

using pickle::Instruction;
using pickle::InstructionReader;
using pickle::NumberForm;
using pickle::Op;

// Records of one member. Old torch had models of thousands of tensors.
constexpr std::uint64_t kMaxRecords = 100'000;
// A pickle of a key, a location and a class is far shorter.
constexpr std::uint64_t kMaxPickleBytes = 4096;
constexpr std::size_t kMaxClassName = 64;
constexpr std::uint64_t kMaxDimensions = 64;

struct ElementSize {
  std::string_view storage;
  std::uint64_t bytes;
};
constexpr auto kElements = std::to_array<ElementSize>({
    {"DoubleStorage", 8},
    {"FloatStorage", 4},
    {"HalfStorage", 2},
    {"LongStorage", 8},
    {"IntStorage", 4},
    {"ShortStorage", 2},
    {"CharStorage", 1},
    {"ByteStorage", 1},
});

struct Value {
  enum class Kind : std::uint8_t { kMark, kNumber, kText, kTorchClass, kTuple };
  Kind kind = Kind::kMark;
  std::int64_t number = 0;
  std::string name{};         // of a class of torch
  std::vector<Kind> items{};  // of a tuple, whose last one has `name`
};

struct PlainPickle {
  Value value;
  std::uint64_t end = 0;
};

// The class that GLOBAL names, when it is one of torch or torch.cuda.
std::optional<Value> TorchClass(const InstructionReader& reader, const Instruction& instruction) {
  const auto module = reader.Raw(instruction.text, kMaxClassName);
  const auto name = reader.Raw(instruction.second, kMaxClassName);
  const bool torch = module.text == "torch" || module.text == "torch.cuda";
  if (!torch || !module.whole || !name.whole) return std::nullopt;
  return Value{.kind = Value::Kind::kTorchClass, .name = name.text};
}

// The last three values as a tuple; false when there are no three.
bool MakeTuple(std::vector<Value>& stack) {
  if (stack.size() < 3) return false;
  Value tuple{.kind = Value::Kind::kTuple};
  for (auto item = stack.end() - 3; item != stack.end(); ++item) {
    if (item->kind == Value::Kind::kMark || item->kind == Value::Kind::kTuple) return false;
    tuple.items.push_back(item->kind);
  }
  tuple.name = stack.back().name;
  stack.resize(stack.size() - 3);
  stack.push_back(std::move(tuple));
  return true;
}

// Nothing is imported but a class of torch, nothing is dropped, called or taken from the memo: what
// such a pickle returns is what it says.
std::optional<PlainPickle> ReadPlainPickle(const ByteSource& source, std::uint64_t begin) {
  const SliceSource bytes(source, begin, std::min(kMaxPickleBytes, source.size() - begin));
  InstructionReader reader(bytes, 0, InstructionReader::kSmallestWindow);
  std::vector<Value> stack;
  Instruction instruction;
  while (reader.Next(instruction) == InstructionReader::Status::kOk) {
    switch (instruction.op) {
      case Op::kProto:
        if (instruction.offset != 0 || instruction.number > 3) return std::nullopt;
        break;
      case Op::kMark:
        stack.push_back({.kind = Value::Kind::kMark});
        break;
      case Op::kInt:
      case Op::kLong:
      case Op::kLong1:
        if (instruction.form != NumberForm::kPlain) return std::nullopt;
        [[fallthrough]];
      case Op::kBinInt:
      case Op::kBinInt1:
      case Op::kBinInt2:
        stack.push_back({.kind = Value::Kind::kNumber, .number = instruction.number});
        break;
      case Op::kString:
      case Op::kBinString:
      case Op::kShortBinString:
      case Op::kUnicode:
      case Op::kBinUnicode:
        stack.push_back({.kind = Value::Kind::kText});
        break;
      case Op::kPut:
      case Op::kBinPut:
      case Op::kLongBinPut:
        if (stack.empty()) return std::nullopt;
        break;
      case Op::kGlobal:
        if (auto found = TorchClass(reader, instruction)) {
          stack.push_back(*std::move(found));
          break;
        }
        return std::nullopt;
      case Op::kTuple3:
        if (!MakeTuple(stack)) return std::nullopt;
        break;
      case Op::kTuple: {
        const bool of_three = stack.size() > 3 && (stack.end() - 4)->kind == Value::Kind::kMark;
        if (!of_three || !MakeTuple(stack)) return std::nullopt;
        stack.erase(stack.end() - 2);
        break;
      }
      case Op::kStop:
        if (stack.size() != 1) return std::nullopt;
        return PlainPickle{std::move(stack.front()), begin + instruction.end};
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

template <class T>
std::optional<T> NumberAt(const ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, sizeof(T)> bytes{};
  if (!ReadExactly(source, offset, bytes)) return std::nullopt;
  return *ByteReader(bytes).LittleEndian<T>();
}

// Bytes of numbers behind a record; nullopt when they do not fit, or it is no record of its kind.
std::optional<std::uint64_t> NumberBytes(const ByteSource& source, const PlainPickle& record,
                                         TorchTarMember member) {
  using Kind = Value::Kind;
  const Value& value = record.value;
  if (value.kind != Kind::kTuple || value.items.back() != Kind::kTorchClass ||
      value.items[0] == Kind::kTorchClass || value.items[1] == Kind::kTorchClass) {
    return std::nullopt;
  }
  const std::uint64_t left = source.size() - record.end;
  if (member == TorchTarMember::kTensors) {
    if (!value.name.ends_with("Tensor")) return std::nullopt;
    const auto dimensions = NumberAt<std::uint32_t>(source, record.end);
    if (!dimensions || *dimensions > kMaxDimensions) return std::nullopt;
    const std::uint64_t bytes = 8 + std::uint64_t{16} * *dimensions + 8;
    return bytes <= left ? std::optional(bytes) : std::nullopt;
  }
  const auto element = std::ranges::find(kElements, value.name, &ElementSize::storage);
  if (element == kElements.end()) return std::nullopt;
  const auto count = NumberAt<std::uint64_t>(source, record.end);
  if (!count || *count > (left - 8) / element->bytes) return std::nullopt;
  return 8 + *count * element->bytes;
}

}  // namespace

TorchTarLayout ReadTorchTarMember(const ByteSource& source, TorchTarMember member) {
  TorchTarLayout layout;
  const auto count = ReadPlainPickle(source, 0);
  if (!count || count->value.kind != Value::Kind::kNumber || count->value.number < 0) return layout;
  layout.pickles.push_back({0, count->end});
  layout.end = count->end;
  const auto declared_records = static_cast<std::uint64_t>(count->value.number);
  if (declared_records > kMaxRecords) return layout;
  for (std::uint64_t i = 0; i < declared_records; ++i) {
    const auto record = ReadPlainPickle(source, layout.end);
    const auto bytes = record ? NumberBytes(source, *record, member) : std::nullopt;
    if (!bytes) return layout;
    layout.pickles.push_back({layout.end, record->end});
    layout.numbers.push_back({record->end, record->end + *bytes});
    layout.end = record->end + *bytes;
  }
  layout.complete = true;
  return layout;
}

}  // namespace counterscan::container

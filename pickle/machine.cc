#include "pickle/machine.h"

#include <algorithm>
#include <iterator>

#include "pickle/constant_content.h"

namespace counterscan::pickle {

namespace {

// Values that a probe may pop: no reader needs more to get at a name.
constexpr std::size_t kProbeStack = 64;

}  // namespace

Machine::Step Machine::Fail(std::string_view reason) {
  failure_ = reason;
  return Step::kBroken;
}

Machine::Result Machine::Run() {
  stack_.Cut(0);
  marks_.clear();
  fence_ = 0;
  frame_end_ = kNoFrame;
  in_run_ = 0;
  std::fill(std::begin(used_), std::end(used_), false);
  if (memo_.count() > 0) {
    std::swap(memo_, previous_memo_);
    memo_.Clear();
  }
  if (mode_ == Mode::kProbe) {
    for (std::size_t i = 0; i < kProbeStack; ++i) Push({Kind::kUnknown});
    forgot_ = true;
  }

  Instruction at;
  for (;;) {
    RunPlain();
    const InstructionReader::Status status = reader_.Next(at);
    if (status != InstructionReader::Status::kOk) [[unlikely]] {
      switch (status) {
        case InstructionReader::Status::kEnd:
          return {Outcome::kTruncated, reader_.offset(), "ends before STOP"};
        case InstructionReader::Status::kTruncated:
          if (at.op == Op::kGlobal || at.op == Op::kInst) observer_.Named(at);
          return {Outcome::kTruncated, reader_.offset(), "ends inside an instruction"};
        case InstructionReader::Status::kBadOpcode:
          return {Outcome::kBroken, reader_.offset(), "invalid opcode"};
        case InstructionReader::Status::kMalformed:
          return {Outcome::kBroken, reader_.offset(), "malformed argument"};
        default:
          return {Outcome::kReadError, reader_.offset(), "read error"};
      }
    }
    if (total_ >= limits_.pickle_opcodes) [[unlikely]] {
      return {Outcome::kLimit, at.offset, "too many opcodes"};
    }
    ++total_;
    ++in_run_;
    used_[static_cast<std::uint8_t>(at.op)] = true;
    if (trace_) [[unlikely]]
      observer_.Traced(at);
    if (at.end > frame_end_) [[unlikely]]
      LeaveFrame(at);
    const Step step = Execute(at);
    if (step == Step::kGoOn) [[likely]]
      continue;
    switch (step) {
      case Step::kStop:
        return {Outcome::kStopped, at.end, {}};
      case Step::kUnderflow:
        return {Outcome::kBroken, at.offset, "stack underflow"};
      case Step::kMark:
        return {Outcome::kBroken, at.offset, "no mark on the stack"};
      case Step::kLimit:
        return {Outcome::kLimit, at.offset, "too many items on the stack"};
      default:
        return {Outcome::kBroken, at.offset, failure_};
    }
  }
}

void Machine::LeaveFrame(const Instruction& at) {
  // No pickler writes an instruction across the end of its frame. Readers part ways there: one
  // that reads from memory goes on, one that reads from a stream forgets the rest of the frame.
  if (at.offset < frame_end_) observer_.CrossedFrame(at);
  frame_end_ = kNoFrame;
}

void Machine::EnterFrame(const Instruction& at) {
  if (frame_end_ != kNoFrame) observer_.NestedFrame(at);
  const auto length = static_cast<std::uint64_t>(at.number);
  frame_end_ = length >= kNoFrame - at.end ? kNoFrame - 1 : at.end + length;
}

std::size_t Machine::PopMark() {
  if (marks_.empty()) return kNoMark;
  const std::size_t first = marks_.back();
  marks_.pop_back();
  fence_ = marks_.empty() ? 0 : marks_.back();
  return first;
}

Machine::Step Machine::Recall(std::uint64_t index) {
  Value value = memo_.Get(index);
  if (value.is(Kind::kNothing)) [[unlikely]] {
    value = previous_memo_.Get(index);
    if (value.is(Kind::kNothing)) {
      if (!forgot_) return Fail("memo slot was never written");
      value = {Kind::kForgotten};
    }
  }
  Push(value);
  return Step::kGoOn;
}

Machine::Step Machine::Put(const Instruction& at, std::uint64_t index) {
  if (poppable() == 0) return Step::kUnderflow;
  if (!memo_.Set(index, stack_.back())) [[unlikely]] {
    if (!forgot_) {
      forgot_ = true;
      observer_.Forgot(at);
    }
  }
  return Step::kGoOn;
}

// Puts the values from `first` on into the container below them.
Machine::Step Machine::Store(const Instruction& at, StoreKind kind, std::size_t first) {
  if (first <= fence_) return Step::kUnderflow;
  const Value target = stack_[first - 1];
  const std::span<const Value> items = From(first);
  const bool pairs = kind == StoreKind::kSetItem || kind == StoreKind::kSetItems;
  if (pairs && items.size() % 2 != 0) return Fail("odd number of items for a dict");
  if (pairs && target.is(Kind::kDict)) [[likely]] {
    objects_.Extend(target, items);
    if (HasSpecialKey(items)) [[unlikely]]
      observer_.Filled(at, target, items);
  } else if (!pairs && (target.is(Kind::kList) || target.is(Kind::kSet))) [[likely]] {
    objects_.Extend(target, items);
  } else if (!items.empty()) {
    observer_.Stored(at, kind, target, items);
  }
  stack_.Cut(first);
  return Step::kGoOn;
}

// callable arguments -> result
Machine::Step Machine::Reduce(const Instruction& at, CallKind kind) {
  const std::size_t operands = kind == CallKind::kNewObjEx ? 3 : 2;
  if (poppable() < operands) return Step::kUnderflow;
  Value keywords;
  if (kind == CallKind::kNewObjEx) {
    keywords = stack_.back();
    stack_.Pop();
  }
  const Value arguments = stack_.back();
  stack_.Pop();
  stack_.back() = observer_.Called(at, kind, stack_.back(), arguments, keywords);
  return Step::kGoOn;
}

inline Machine::Step Machine::Execute(const Instruction& at) {
  std::size_t first = 0;
  switch (at.op) {
    case Op::kMark:
      if (marks_.size() >= limits_.pickle_stack_items) return Step::kLimit;
      fence_ = stack_.size();
      marks_.push_back(static_cast<std::uint32_t>(fence_));
      return Step::kGoOn;

    case Op::kBinInt:
    case Op::kBinInt1:
    case Op::kBinInt2:
      Push(Value::Int(at.number));
      break;
    case Op::kShortBinUnicode:
    case Op::kBinUnicode:
    case Op::kBinUnicode8:
    case Op::kUnicode:
    case Op::kString:
    case Op::kBinString:
    case Op::kShortBinString:
      if (at.text.size >= kTellingBytes && MayHide(static_cast<unsigned char>(at.lead))) {
        observer_.LongConstant(at);
      }
      Push(Value::String(at.offset, at.lead == '_' || at.lead == '\\'));
      break;
    case Op::kNone:
      Push({Kind::kNone});
      break;

    case Op::kMemoize:
      return Put(at, memo_.count());
    case Op::kBinPut:
    case Op::kLongBinPut:
      return Put(at, static_cast<std::uint64_t>(at.number));
    case Op::kBinGet:
    case Op::kLongBinGet:
      if (const Step step = Recall(static_cast<std::uint64_t>(at.number)); step != Step::kGoOn) {
        return step;
      }
      break;

    case Op::kPut:
      if (at.form == NumberForm::kOdd) observer_.OddIndex(at);
      return Put(at, static_cast<std::uint64_t>(at.number));
    case Op::kGet:
      if (at.form == NumberForm::kOdd) observer_.OddIndex(at);
      if (const Step step = Recall(static_cast<std::uint64_t>(at.number)); step != Step::kGoOn) {
        return step;
      }
      break;

    case Op::kEmptyDict:
      Push({Kind::kDict, at.offset});
      objects_.Create(stack_.back());
      break;
    case Op::kEmptyList:
      Push({Kind::kList, at.offset});
      objects_.Create(stack_.back());
      break;
    case Op::kSetItems:
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      return Store(at, StoreKind::kSetItems, first);
    case Op::kSetItem:
      if (poppable() < 3) return Step::kUnderflow;
      return Store(at, StoreKind::kSetItem, stack_.size() - 2);
    case Op::kAppends:
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      return Store(at, StoreKind::kAppends, first);
    case Op::kAppend:
      if (poppable() < 2) return Step::kUnderflow;
      return Store(at, StoreKind::kAppend, stack_.size() - 1);

    case Op::kPop:
      // The mark itself goes when it is on top.
      if (!marks_.empty() && marks_.back() == stack_.size()) {
        PopMark();
        return Step::kGoOn;
      }
      if (poppable() == 0) return Step::kUnderflow;
      stack_.Pop();
      return Step::kGoOn;

    default:
      if (const Step step = ExecuteRare(at); step != Step::kGoOn) return step;
      break;
  }
  return stack_.size() <= limits_.pickle_stack_items ? Step::kGoOn : Step::kLimit;
}

Machine::Step Machine::ExecuteRare(const Instruction& at) {
  std::size_t first = 0;
  switch (at.op) {
    case Op::kInt:
    case Op::kLong:
    case Op::kLong1:
    case Op::kLong4:
      if (at.form == NumberForm::kInvalid) return Fail("not a number");
      if (at.form == NumberForm::kBool) {
        Push({Kind::kBool, static_cast<std::uint64_t>(at.number)});
      } else if (at.form == NumberForm::kTooBig || !Value::FitsInt(at.number)) {
        Push({Kind::kNumber, at.offset});
      } else {
        Push(Value::Int(at.number));
      }
      return Step::kGoOn;
    case Op::kFloat:
      if (at.form == NumberForm::kInvalid) return Fail("not a number");
      Push({Kind::kNumber, at.offset});
      return Step::kGoOn;
    case Op::kBinFloat:
      Push({Kind::kNumber, at.offset});
      return Step::kGoOn;
    case Op::kNewTrue:
    case Op::kNewFalse:
      Push({Kind::kBool, at.op == Op::kNewTrue});
      return Step::kGoOn;
    case Op::kBinBytes:
    case Op::kShortBinBytes:
    case Op::kBinBytes8:
    case Op::kByteArray8:
      if (at.text.size >= kTellingBytes && MayHide(static_cast<unsigned char>(at.lead))) {
        observer_.LongConstant(at);
      }
      [[fallthrough]];
    case Op::kNextBuffer:
      Push({Kind::kBytes, at.offset});
      return Step::kGoOn;
    case Op::kReadonlyBuffer:
      return poppable() == 0 ? Step::kUnderflow : Step::kGoOn;

    case Op::kEmptyTuple:
      Push(objects_.MakeTuple({}));
      return Step::kGoOn;
    case Op::kTuple1:
    case Op::kTuple2:
    case Op::kTuple3: {
      const std::size_t size =
          static_cast<std::size_t>(at.op) - static_cast<std::size_t>(Op::kTuple1) + 1;
      if (poppable() < size) return Step::kUnderflow;
      const Value tuple = objects_.MakeTuple(From(stack_.size() - size));
      stack_.Cut(stack_.size() - size);
      Push(tuple);
      return Step::kGoOn;
    }
    case Op::kTuple: {
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      const Value tuple = objects_.MakeTuple(From(first));
      stack_.Cut(first);
      Push(tuple);
      return Step::kGoOn;
    }
    case Op::kEmptySet:
      Push({Kind::kSet, at.offset});
      objects_.Create(stack_.back());
      return Step::kGoOn;
    case Op::kList:
    case Op::kDict:
    case Op::kFrozenSet: {
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      const Kind kind = at.op == Op::kList   ? Kind::kList
                        : at.op == Op::kDict ? Kind::kDict
                                             : Kind::kSet;
      const Value made(kind, at.offset);
      const std::span<const Value> items = From(first);
      if (kind == Kind::kDict && items.size() % 2 != 0)
        return Fail("odd number of items for a dict");
      objects_.Create(made);
      objects_.Extend(made, items);
      if (kind == Kind::kDict && HasSpecialKey(items)) observer_.Filled(at, made, items);
      stack_.Cut(first);
      Push(made);
      return Step::kGoOn;
    }
    case Op::kAddItems:
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      return Store(at, StoreKind::kAddItems, first);
    case Op::kDup:
      if (poppable() == 0) return Step::kUnderflow;
      Push(stack_.back());
      return Step::kGoOn;
    case Op::kPopMark:
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      stack_.Cut(first);
      return Step::kGoOn;

    case Op::kExt1:
    case Op::kExt2:
    case Op::kExt4:
      Push(observer_.NamedByCode(at));
      return Step::kGoOn;
    case Op::kGlobal:
      Push(observer_.Named(at));
      return Step::kGoOn;
    case Op::kStackGlobal: {
      if (poppable() < 2) return Step::kUnderflow;
      const Value name = stack_.back();
      stack_.Pop();
      stack_.back() = observer_.NamedFromStack(at, stack_.back(), name);
      return Step::kGoOn;
    }
    case Op::kReduce:
      return Reduce(at, CallKind::kReduce);
    case Op::kNewObj:
      return Reduce(at, CallKind::kNewObj);
    case Op::kNewObjEx:
      return Reduce(at, CallKind::kNewObjEx);
    case Op::kInst: {
      // C takes the arguments before it resolves the name, pickle.py after: name it either way.
      const Value callable = observer_.Named(at);
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      const Value arguments = objects_.MakeTuple(From(first));
      stack_.Cut(first);
      Push(observer_.Called(at, CallKind::kInst, callable, arguments, {}));
      return Step::kGoOn;
    }
    case Op::kObj: {
      if ((first = PopMark()) == kNoMark) return Step::kMark;
      if (first == stack_.size()) return Step::kUnderflow;
      const Value callable = stack_[first];
      const Value arguments = objects_.MakeTuple(From(first + 1));
      stack_.Cut(first);
      Push(observer_.Called(at, CallKind::kObj, callable, arguments, {}));
      return Step::kGoOn;
    }
    case Op::kBuild: {
      if (poppable() < 2) return Step::kUnderflow;
      const Value state = stack_.back();
      stack_.Pop();
      stack_.back() = observer_.Built(at, stack_.back(), state);
      return Step::kGoOn;
    }

    case Op::kProto:
      if (at.number > 5) return Fail("unsupported pickle protocol");
      observer_.Declared(at);
      return Step::kGoOn;
    case Op::kFrame:
      EnterFrame(at);
      return Step::kGoOn;
    case Op::kPersId:
      Push(observer_.Persistent(at, {}));
      return Step::kGoOn;
    case Op::kBinPersId:
      if (poppable() == 0) return Step::kUnderflow;
      stack_.back() = observer_.Persistent(at, stack_.back());
      return Step::kGoOn;
    case Op::kStop:
      if (poppable() == 0) return Step::kUnderflow;
      // A reader that took in the whole frame drops the rest of it, another keeps it.
      if (InsideFrame(at)) observer_.CrossedFrame(at);
      observer_.Returned(at, stack_.back());
      return Step::kStop;
    default:
      return Fail("invalid opcode");
  }
}

}  // namespace counterscan::pickle

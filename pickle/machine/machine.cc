#include "pickle/machine/machine.h"

#include <algorithm>
#include <iterator>

#include "pickle/content/constant_content.h"

namespace counterscan::pickle {

namespace {

// Values that a probe may pop: no reader needs more to get at a name.
constexpr std::size_t kProbeStack = 64;

// Python refuses numbers of more digits, and nobody needs so many of them.
constexpr std::size_t kHugeIndexBytes = 8192;
constexpr std::size_t kHugeIndices = 1000;
constexpr std::uint64_t kFirstHugeSlot = std::uint64_t{1} << 63;
constexpr std::size_t kDigitsOfAnyNumber = 18;

// The digits of a number's text, without zeros in front.
std::string Digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9' && !(c == '0' && digits.empty())) digits += c;
  }
  return digits;
}

bool IsNegative(const Instruction& memo) {
  return memo.number < 0 && memo.form != NumberForm::kTooBig;
}

// A value that no reader takes for a string, nor for a function or class. With one memo for
// pickles that were written with one each, most of what is recalled is such a value: to go on there
// would only list names that nobody resolves.
bool IsNeverText(Value value) {
  switch (value.kind()) {
    case Kind::kNone:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kNumber:
    case Kind::kBytes:
    case Kind::kLatin1:
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet:
      return true;
    default:
      return false;
  }
}

}  // namespace

Machine::Step Machine::Fail(std::string_view reason) {
  failure_ = reason;
  return Step::kBroken;
}

Machine::Result Machine::Run() {
  stack_.Cut(0);
  marks_.clear();
  fence_ = 0;
  if (!frame_goes_on_) frame_end_ = kNoFrame;
  frame_goes_on_ = false;
  memos_differ_ = memos_differ();
  in_run_ = 0;
  std::fill(std::begin(used_), std::end(used_), false);
  if (memo_.count() > 0 && !one_memo_) {
    std::swap(memo_, previous_memo_);
    memo_.Clear();
    memo_before_ = true;
  }
  if (mode_ == Mode::kProbe) {
    for (std::size_t i = 0; i < kProbeStack; ++i) Push({Kind::kUnknown});
    forgot_ = true;
  }
  if (mode_ == Mode::kBehind) forgot_ = true;

  Instruction at;
  for (;;) {
    RunPlain();
    const InstructionReader::Status status = reader_.Next(at);
    if (status != InstructionReader::Status::kOk) [[unlikely]] {
      if (frame_end_ != kNoFrame && frame_end_ <= reader_.source().size()) {
        at.offset = reader_.offset();
        if (LeaveFrame(at)) continue;
      }
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
    if (at.end > frame_end_) [[unlikely]] {
      if (LeaveFrame(at)) continue;
    }
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
        return {Outcome::kLimit, at.offset, "more on the stack or in the memo than is kept"};
      default:
        return {Outcome::kBroken, at.offset, failure_};
    }
  }
}

bool Machine::LeaveFrame(const Instruction& at) {
  const std::uint64_t end = frame_end_;
  frame_end_ = kNoFrame;
  // No pickler writes an instruction across the end of its frame. Readers part ways there: one
  // that reads from memory goes on, one that reads from a stream forgets the rest of the frame.
  if (at.offset >= end) return false;
  const auto overrun = FindOverrun(reader_, at.offset, end);
  if (forks_ == nullptr) {
    if (overrun || at.end > end) {
      frames_forked_ = frames_forked_ || overrun;
      observer_.CrossedFrame(at);
    }
    return false;
  }
  if (!overrun || !forks_->Forgets(overrun->first, end, !overrun->kept_by_newer)) return false;
  reader_.Reload(at.offset);
  return true;
}

void Machine::EnterFrame(const Instruction& at) {
  const auto length = static_cast<std::uint64_t>(at.number);
  const std::uint64_t new_end = length >= kNoFrame - at.end ? kNoFrame - 1 : at.end + length;
  if (forks_ == nullptr) {
    if (frame_end_ != kNoFrame) {
      frames_forked_ = true;
      observer_.NestedFrame(at);
    }
    frame_end_ = new_end;
    return;
  }
  // A frame inside what was taken in already changes nothing; another one takes its place.
  if (length == 0 || (frame_end_ != kNoFrame && new_end <= frame_end_)) return;
  if (frame_end_ != kNoFrame && at.end < frame_end_ && forks_->Forgets(at.end, frame_end_, true)) {
    reader_.Reload(at.end);
  }
  frame_end_ = new_end;
}

void Machine::StopInFrame(const Instruction& at) {
  // A reader that took in the whole frame drops the rest of it, another keeps it.
  if (forks_ == nullptr) {
    frames_forked_ = true;
    observer_.CrossedFrame(at);
  } else if (forks_->Forgets(at.end, frame_end_, true)) {
    reader_.Reload(at.end);
  } else {
    frame_goes_on_ = true;
  }
}

std::size_t Machine::PopMark() {
  if (marks_.empty()) return kNoMark;
  const std::size_t first = marks_.back();
  marks_.pop_back();
  fence_ = marks_.empty() ? 0 : marks_.back();
  return first;
}

std::uint64_t Machine::SlotOf(const Instruction& at) {
  if (at.form == NumberForm::kPlain) [[likely]]
    return static_cast<std::uint64_t>(at.number);
  observer_.OddIndex(at);
  if (at.form != NumberForm::kTooBig) return static_cast<std::uint64_t>(at.number);
  const ArgumentText line = reader_.Raw(at.text, kHugeIndexBytes);
  std::string digits = Digits(line.text);
  if (!line.whole) return kNoSlot;
  // Zeros in front may have been all that made it long.
  if (digits.size() < kDigitsOfAnyNumber) return digits.empty() ? 0 : std::stoull(digits);
  const auto known = huge_slots_.find(digits);
  if (known != huge_slots_.end()) return known->second;
  if (huge_slots_.size() >= kHugeIndices) return kNoSlot;
  const std::uint64_t slot = kFirstHugeSlot + huge_slots_.size();
  huge_slots_.emplace(std::move(digits), slot);
  return slot;
}

Machine::Step Machine::Recall(std::uint64_t index) {
  if (index == kNoSlot) [[unlikely]]
    return Step::kLimit;
  Value value = memo_.Get(index);
  if (value.is(Kind::kNothing)) [[unlikely]] {
    memos_differ_ = memos_differ_ || memo_before_;
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
  if (index == kNoSlot) [[unlikely]]
    return Step::kLimit;
  if (poppable() == 0) return Step::kUnderflow;
  if (index >= kFarSlot) [[unlikely]]
    observer_.Disputed(at, "a memo slot that takes gigabytes");
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
  // C asks nothing of an object that gets nothing, pickle.py asks for its method.
  if (items.empty() && !pairs &&
      !target.is(kind == StoreKind::kAddItems ? Kind::kSet : Kind::kList)) {
    observer_.Disputed(at, "nothing is put into what may take nothing");
  }
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
  if (one_memo_ && (IsNeverText(stack_.back()) || stack_.back().is(Kind::kString)))
    return Fail("what is called is not callable");
  if (arguments.is(Kind::kString) || arguments.is(Kind::kInstance) ||
      (IsNeverText(arguments) && !arguments.is(Kind::kTuple)))
    observer_.Disputed(at, "arguments that are no tuple");
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
      if (IsNegative(at)) return Fail("negative memo index");
      return Put(at, SlotOf(at));
    case Op::kGet:
      if (IsNegative(at)) return Fail("negative memo index");
      if (const Step step = Recall(SlotOf(at)); step != Step::kGoOn) return step;
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
      // What a number in an unusual form is depends on the reader.
      if (at.form == NumberForm::kOdd) {
        observer_.Disputed(at, "a number in an unusual form");
        Push({Kind::kNumber, at.offset});
        return Step::kGoOn;
      }
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
      if (at.form == NumberForm::kOdd) observer_.Disputed(at, "a number in an unusual form");
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
      if (one_memo_ && (IsNeverText(name) || IsNeverText(stack_.back())))
        return Fail("a name is no string");
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
      if (IsNeverText(stack_.back()) || stack_.back().is(Kind::kString))
        observer_.Disputed(at, "a state for what has none");
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
      if (InsideFrame(at)) StopInFrame(at);
      observer_.Returned(at, stack_.back());
      return Step::kStop;
    default:
      return Fail("invalid opcode");
  }
}

}  // namespace counterscan::pickle

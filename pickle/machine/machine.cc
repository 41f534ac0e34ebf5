#include "pickle/machine/machine.h"

#include <algorithm>
#include <iterator>

#include "pickle/content/constant_content.h"

namespace counterscan::pickle {

namespace {

// Values that a probe may pop: no reader needs more to get at a name.
constexpr std::size_t kProbeStack = 64;

// Python refuses numbers of more digits, and nobody needs so many of them.
constexpr std::size_t kLongestIndexBytes = 8192;
constexpr std::size_t kNamedSlots = 1000;
constexpr std::uint64_t kFirstNamedSlot = std::uint64_t{1} << 63;
constexpr std::size_t kDigitsOfAnyNumber = 18;

// The digits of a number's text, without zeros in front.
std::string Digits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9' && !(c == '0' && digits.empty())) digits += c;
  }
  return digits;
}

// Memo instructions whose slot is written as a line.
bool IsByLine(const Instruction& at) { return at.op == Op::kGet || at.op == Op::kPut; }

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
  memo_lines_differ_ = memo_lines_differ();
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
    if (memo_lines_ == MemoLines::kNumbers) [[likely]]
      RunPlain();
    InstructionReader::Status status = reader_.Next(at);
    if (status == InstructionReader::Status::kMalformed && IsByLine(at)) [[unlikely]] {
      memo_lines_differ_ = true;
      if (memo_lines_ != MemoLines::kNumbers) {
        at.end = at.text.offset + at.text.size + 1;
        reader_.Seek(at.end);
        status = InstructionReader::Status::kOk;
      }
    }
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

bool Machine::IsRefused(const Instruction& at) {
  if (memo_lines_ != MemoLines::kNumbers || at.number >= 0 || at.form == NumberForm::kTooBig) {
    return false;
  }
  memo_lines_differ_ = true;
  return true;
}

std::uint64_t Machine::SlotOf(const Instruction& at) {
  if (memo_lines_ != MemoLines::kNumbers) [[unlikely]]
    return SlotOfText(at);
  if (at.form == NumberForm::kPlain) [[likely]]
    return static_cast<std::uint64_t>(at.number);
  memo_lines_differ_ = true;
  observer_.OddIndex(at);
  if (at.form != NumberForm::kTooBig) return static_cast<std::uint64_t>(at.number);
  const ArgumentText line = reader_.Raw(at.text, kLongestIndexBytes);
  std::string digits = Digits(line.text);
  if (!line.whole) return kNoSlot;
  // Zeros in front may have been all that made it long.
  if (digits.size() < kDigitsOfAnyNumber) return digits.empty() ? 0 : std::stoull(digits);
  return SlotNamed(std::move(digits));
}

std::uint64_t Machine::SlotOfText(const Instruction& at) {
  ArgumentText line = reader_.Raw(at.text, kLongestIndexBytes);
  if (!line.whole) return kNoSlot;
  const bool as_repr_writes_it =
      at.form == NumberForm::kPlain && at.number >= 0 && line.text == std::to_string(at.number);
  if (as_repr_writes_it && memo_lines_ == MemoLines::kTexts) {
    return static_cast<std::uint64_t>(at.number);
  }
  return SlotNamed(std::move(line.text));
}

std::uint64_t Machine::SlotNamed(std::string name) {
  const auto known = named_slots_.find(name);
  if (known != named_slots_.end()) return known->second;
  if (named_slots_.size() >= kNamedSlots) return kNoSlot;
  const std::uint64_t slot = kFirstNamedSlot + named_slots_.size();
  named_slots_.emplace(std::move(name), slot);
  return slot;
}

Machine::Step Machine::Recall(std::uint64_t index) {
  if (index == kNoSlot) [[unlikely]]
    return Step::kLimit;
  Value value = memo_.Get(index);
  if (value.is(Kind::kNothing)) [[unlikely]] {
    memos_differ_ = memos_differ_ || memo_before_;
    if (alone_) return Fail("memo slot was never written");
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
  if (index >= kFarSlot && memo_lines_ == MemoLines::kNumbers) [[unlikely]]
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
    if (HasTellingItem(items)) [[unlikely]]
      observer_.Filled(at, target, items);
  } else if (!pairs && (target.is(Kind::kList) || target.is(Kind::kSet))) [[likely]] {
    objects_.Extend(target, items);
  } else if (!items.empty()) {
    observer_.Stored(at, kind, target, items);
  }
  stack_.Cut(first);
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
      if (IsRefused(at)) return Fail("negative memo index");
      return Put(at, SlotOf(at));
    case Op::kGet:
      if (IsRefused(at)) return Fail("negative memo index");
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

}  // namespace counterscan::pickle

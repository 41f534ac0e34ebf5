// The machine's half that is not about plain data: names, calls, states, and what is rare in files
// with many instructions. Apart from Machine::Execute, whose loop must stay small.
#include "pickle/content/constant_content.h"
#include "pickle/machine/machine.h"

namespace counterscan::pickle {
namespace {

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

bool Machine::IsNoName(Value value) const {
  return (one_memo_ || alone_) && (IsNeverText(value) || (alone_ && observer_.IsNoText(value)));
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
  if ((one_memo_ || alone_) && (IsNeverText(stack_.back()) || stack_.back().is(Kind::kString)))
    return Fail("what is called is not callable");
  if (arguments.is(Kind::kString) || arguments.is(Kind::kInstance) ||
      (IsNeverText(arguments) && !arguments.is(Kind::kTuple)))
    observer_.Disputed(at, "arguments that are no tuple");
  stack_.back() = observer_.Called(at, kind, stack_.back(), arguments, keywords);
  return Step::kGoOn;
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
      if (kind == Kind::kDict && HasTellingItem(items)) observer_.Filled(at, made, items);
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
      if (IsNoName(name) || IsNoName(stack_.back())) return Fail("a name is no string");
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

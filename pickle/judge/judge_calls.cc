// The judge's half that is about calls: what is called, and what the result is worth.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pickle/judge/judge.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Calls that one instruction may make by way of functions that call what they are given.
constexpr std::size_t kCallsPerInstruction = 100;

}  // namespace

Value Judge::Called(const Instruction& at, CallKind kind, Value callable, Value arguments,
                    Value keywords) {
  ++acts_;
  if (MayCallWhatItIsGiven(kind, callable)) HandToCall(at, callable, arguments, keywords);
  const Value result = CallOf(at, kind, callable, arguments, keywords);
  RememberMade(result, callable, arguments, keywords);
  foreign_objects_ = foreign_objects_ || !IsPlainObject(result);
  return result;
}

Value Judge::CallOf(const Instruction& at, CallKind kind, Value callable, Value arguments,
                    Value keywords) {
  calls_left_ = kCallsPerInstruction;
  const bool instantiates = kind == CallKind::kNewObj || kind == CallKind::kNewObjEx;
  if (!callable.is(Kind::kGlobal)) {
    const Symbol* found = symbols_.Find(callable);
    // functools.partial(f)() is f(), which is judged below.
    const bool partial =
        found != nullptr && found->what == Symbol::What::kPartial && found->value.is(Kind::kGlobal);
    // A callable that our own limit made us forget is told of by its gap.
    if (!callable.is(Kind::kForgotten) && !partial) {
      // What a function from the denied list returns is worth as much as that function. A partial
      // is worth what is in it, which is judged below.
      const GlobalId by = callable.is(Kind::kCall) ? callable.global() : kNoGlobal;
      const bool denied = by != kNoGlobal && names_[by].judgement.standing == Standing::kDenied &&
                          names_[by].judgement.behaviour != Behaviour::kCallsFirst;
      findings_.Add(denied ? "PKL-214" : "PKL-206", at.offset, [&] {
        return fmt::format("calls {}({})", renderer().Show(callable),
                           renderer().Arguments(arguments, keywords));
      });
    }
    const std::uint32_t number = NextResult();
    const Value result = Value::Made(Kind::kCall, kNoGlobal, number);
    const auto contents = scene_.machine->objects().Of(arguments);
    if (found == nullptr || !contents || !contents->whole()) return result;
    // Copied: both may move while the call is followed.
    const Symbol symbol = *found;
    const std::vector<Value> items(contents->first.begin(), contents->first.end());
    const Value known = CallSymbol(at, result, symbol, items);
    return known.is(Kind::kNothing) ? result : known;
  }
  const GlobalId id = callable.global();
  if (instantiates) {
    ++names_[id].instances;
    const std::uint32_t number = NextResult();
    // A resolver or loader reached by __new__ is a call like any other.
    if (names_[id].judgement.standing == Standing::kDenied) {
      if (names_[id].judgement.behaviour == Behaviour::kCallsFirst) {
        CheckFirstArgument(at, id, arguments, true);
      } else {
        ReportCall(at, id, arguments);
      }
    }
    CheckOpensFile(at, id, arguments, 0);
    if (names_[id].judgement.behaviour == Behaviour::kRunsMethods) {
      CheckRunsMethods(at, id, arguments);
    }
    if (keywords.is(Kind::kDict)) CheckStateKeys(at, callable, keywords);
    return Value::Made(Kind::kInstance, id, number);
  }
  return CallGlobal(at, id, arguments);
}

void Judge::ReportCall(const Instruction& at, GlobalId id, Value arguments) {
  GlobalName& global = names_[id];
  ++global.calls;
  const std::string_view rule = RuleOf(global);
  if (rule.empty() || rule == "PKL-301" || global.reported >= kReportsPerName) return;
  ++global.reported;
  std::string message =
      fmt::format("calls {}({})", Shown(global), renderer().Arguments(arguments, {}));
  if (global.python3) {
    message += fmt::format(", which is {}.{} in Python 3", Printable(global.python3->module),
                           Printable(global.python3->name, 160));
  }
  AddAbout(global, rule, at.offset, std::move(message));
}

void Judge::RegisterExtension(const Instruction& at, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->first.size() < 3) return;
  const Value code = contents->first[2];
  const auto module = NameOperand(contents->first[0]);
  const auto name = NameOperand(contents->first[1]);
  const Value registered = Resolve(at.offset, module, name);
  if (registered.is(Kind::kGlobal) && code.is(Kind::kInt)) {
    extensions_.insert_or_assign(code.number(), registered.global());
  }
}

Value Judge::CallGlobal(const Instruction& at, GlobalId id, Value arguments) {
  const Behaviour behaviour = names_[id].judgement.behaviour;
  const std::uint32_t number = NextResult();
  Value result = Value::Made(Kind::kCall, id, number);
  if (IsMadeOfNumbers(id, arguments)) {
    ++names_[id].instances;
    return Value::Made(Kind::kInstance, id, number);
  }
  CheckHanded(at, id, arguments);
  switch (behaviour) {
    case Behaviour::kGetattr: {
      const Value resolved = ResolveGetattr(at, arguments);
      if (resolved.is(Kind::kGlobal)) {
        ++names_[id].excused_calls;
        return resolved;
      }
      if (IsBoundMethod(arguments)) {
        ++names_[id].excused_calls;
        const auto owner = scene_.machine->objects().Of(arguments)->first[0];
        any_armed_ = true;
        return Known(result, {.what = Symbol::What::kBound, .value = owner});
      }
      break;
    }
    case Behaviour::kItems:
    case Behaviour::kReadsItem:
    case Behaviour::kIterates:
    case Behaviour::kFolds:
    case Behaviour::kTypeOf:
      if (IsHonestUse(behaviour, arguments)) {
        ++names_[id].excused_calls;
        return result;
      }
      break;
    case Behaviour::kNamesPair: {
      const auto contents = scene_.machine->objects().Of(arguments);
      if (!contents || contents->count != 2 || !contents->first[0].is(Kind::kString) ||
          !contents->first[1].is(Kind::kString)) {
        break;
      }
      const std::array<Value, 2> names{contents->first[0], contents->first[1]};
      const Value named = Resolve(at.offset, NameOperand(names[0]), NameOperand(names[1]));
      if (!named.is(Kind::kGlobal)) break;
      ++names_[id].excused_calls;
      return named;
    }
    case Behaviour::kSetsState:
      if (const auto contents = scene_.machine->objects().Of(arguments);
          contents && contents->first.size() >= 4) {
        const Value made = contents->first[3];
        SetState(at, result, kNoGlobal, made);
      }
      break;
    case Behaviour::kCode: {
      // dill writes Python's own types by name: _load_type("set").
      const auto contents = scene_.machine->objects().Of(arguments);
      const bool by_name = names_[id].name == "_load_type" && contents && contents->count == 1;
      const auto type = by_name ? NameOperand(contents->first[0]) : std::nullopt;
      if (!type || JudgeName("builtins", *type).standing != Standing::kListed) break;
      ++names_[id].excused_calls;
      return Resolve(at.offset, "builtins", *type);
    }
    case Behaviour::kCallsFirst:
      CheckFirstArgument(at, id, arguments, true);
      // _rebuild_from_type_v2(function, class, arguments, state): creates the class and sets state.
      if (const auto contents = scene_.machine->objects().Of(arguments);
          contents && contents->count == 4 && names_[id].judgement.standing == Standing::kListed) {
        const Value type = contents->first[1];
        const Value state = contents->first[3];
        if (type.is(Kind::kGlobal)) ++names_[type.global()].instances;
        SetState(at, result, type.is(Kind::kGlobal) ? type.global() : kNoGlobal, state);
        RememberBuilt(result, state);
      }
      // The result of functools.partial can be called.
      return names_[id].judgement.standing == Standing::kDenied ? Followed(at, result, arguments)
                                                                : result;
    case Behaviour::kCallsArguments:
      CheckEveryArgument(at, id, arguments);
      // An object may keep a pattern's method; a function calls it now.
      if (names_[id].judgement.use != Use::kCall) return result;
      break;
    case Behaviour::kMakesFirst: {
      CheckFirstArgument(at, id, arguments, false);
      const auto contents = scene_.machine->objects().Of(arguments);
      // NumPy's own makes an empty array of the class, and nothing else.
      // copyreg._reconstructor(class, base, state) asks the base, not the class, for the object.
      const bool by_base =
          contents && contents->first.size() >= 3 && *names_[id].name == "_reconstructor";
      if (contents && !contents->first.empty() && contents->first[0].is(Kind::kGlobal) &&
          !names_[id].module->starts_with("numpy") && !by_base) {
        CheckOpensFile(at, contents->first[0].global(), arguments, 1);
      }
      // It calls base.__init__(object, state) as well.
      if (by_base) {
        const Value base = contents->first[1];
        if (base.is(Kind::kGlobal)) {
          CheckOpensFile(at, base.global(), arguments, 2);
          ReportCalledThrough(at, base.global(), id);
        }
      }
      if (contents && !contents->first.empty() && contents->first[0].is(Kind::kGlobal)) {
        result = Value::Made(Kind::kInstance, contents->first[0].global(), number);
        for (const Value argument : contents->first) {
          // Cython's functions have the state as a tuple with the dict in it.
          if (argument.is(Kind::kDict) || argument.is(Kind::kTuple)) {
            SetState(at, result, result.global(), argument);
          }
        }
      }
      return result;
    }
    case Behaviour::kEncodes:
      if (const Value bytes = EncodedBytes(arguments); !bytes.is(Kind::kNothing)) return bytes;
      CheckCodec(at, id, arguments);
      break;
    case Behaviour::kDtype:
      if (arrays_.full()) {
        walk_.AddGap({GapKind::kLimit, at.offset, at.end, "more NumPy types than are followed"});
      }
      result = arrays_.NewDtype(*scene_.reader, scene_.machine->objects(), names_, names_[id],
                                arguments, number);
      break;
    case Behaviour::kLoader:
      IsHarmlessLoad(at, arguments);
      break;
    case Behaviour::kExcusedLoader:
      if (IsHarmlessLoad(at, arguments)) {
        ++names_[id].excused_calls;
        return result;
      }
      break;
    case Behaviour::kLoadsFifth:
      CheckLoaded(at, id, arguments, 4);
      break;
    case Behaviour::kLoadsSecond:
      CheckLoaded(at, id, arguments, 1);
      break;
    case Behaviour::kRebuildsArray:
      CheckRebuildsArray(at, id, arguments);
      break;
    case Behaviour::kRunsMethods:
      CheckRunsMethods(at, id, arguments);
      break;
    case Behaviour::kTensor:
      if (const auto problem = tensors_.Problem(scene_.machine->objects(), arguments)) {
        findings_.Add("PKL-220", at.offset, *problem);
      }
      break;
    case Behaviour::kAddsExtension:
      RegisterExtension(at, arguments);
      break;
    default:
      break;
  }
  ReportCall(at, id, arguments);
  if (names_[id].judgement.standing == Standing::kDenied || names_[id].computes) {
    return Followed(at, result, arguments);
  }
  return result;
}

// A call whose result matters for what comes: it hides a name, or calls what it is given.
Value Judge::Followed(const Instruction& at, Value result, Value arguments) {
  const GlobalId id = result.global();
  if (id == kNoGlobal || !names_[id].known()) return result;
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || !contents->whole()) return result;
  const std::vector<Value> items(contents->first.begin(), contents->first.end());
  // Calls past those that are reported say nothing new of what they are given.
  const bool denied = names_[id].judgement.standing == Standing::kDenied;
  if (denied && names_[id].judgement.behaviour != Behaviour::kCallsFirst &&
      names_[id].reported < kReportsPerName) {
    ReportPassedFunctions(at, id, items);
  }
  const Value known =
      names_[id].computes ? EvaluateConstant(at, result, items) : Evaluate(at, result, items);
  return known.is(Kind::kNothing) ? result : known;
}

}  // namespace counterscan::pickle

// The judge's half that is about what listed functions are handed.
//
// A listed function was read, and calls nothing that a pickle chooses; but it may apply an operator
// to what it is given, ask it for an attribute or call a method of it, and objects have states that
// the pickle chooses: scipy's rv_frozen(x) calls x.__class__, operator.mul(x, y) is x.__mul__(y),
// which SymPy's vectors evaluate as text. Picklers hand a function plain values, arrays, and
// objects of the function's own library, which is written for them; nothing else is taken as
// harmless here.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pickle/judge/judge.h"

namespace counterscan::pickle {
namespace {

// It is judged elsewhere by what it is given, or keeps that as it is.
bool IsJudgedElsewhere(const Judgement& function) {
  switch (function.behaviour) {
    case Behaviour::kGetattr:
    case Behaviour::kTypeOf:
    case Behaviour::kCallsFirst:
    case Behaviour::kMakesFirst:
    case Behaviour::kIterates:
    case Behaviour::kReadsItem:
    case Behaviour::kRunsMethods:
    case Behaviour::kRebuildsArray:
      return true;
    case Behaviour::kCallsArguments:
      return function.use != Use::kCall;
    default:
      return false;
  }
}

}  // namespace

bool Judge::IsForEveryLibrary(const GlobalName& maker) {
  static constexpr auto kPackages =
      std::to_array<std::string_view>({"pytz", "dateutil", "zoneinfo", "_zoneinfo", "datetime"});
  const std::string_view module = *maker.module;
  const std::string_view package = module.substr(0, module.find('.'));
  if (std::ranges::find(kPackages, package) != kPackages.end()) return true;
  // Tensors and their storages. The array that joblib's wrapper stands for.
  if (module == "torch._utils" || module == "torch.storage") return true;
  return maker.name->ends_with("ArrayWrapper") && module.find("joblib") != std::string_view::npos;
}

std::string_view Judge::LibraryOf(const GlobalName& global) {
  const std::string_view module = *global.module;
  const std::string_view package = module.substr(0, module.find('.'));
  if (package == "thinc") return "spacy";
  if (package == "pvectorc") return "pyrsistent";
  if (package.starts_with("torch") || package.starts_with("lightning") ||
      package == "pytorch_lightning") {
    return "torch";
  }
  return package;
}

bool Judge::IsHarmlessToHand(Value object, const GlobalName& function) const {
  // What a call of something unknown returned has been reported as that call.
  if (object.global() == kNoGlobal) return true;
  const GlobalName& maker = names_[object.global()];
  if (!maker.known() || maker.judgement.standing == Standing::kDenied) return true;
  if (LibraryOf(maker) == LibraryOf(function) || IsForEveryLibrary(maker)) return true;
  if (!IsPlainObject(object)) return false;
  // A plain object with attributes of the pickle's choice has the methods that it says.
  if (maker.name == "SimpleNamespace") return false;
  return !HasAttributes(object);
}

bool Judge::HasAttributes(Value object) const {
  if (!WasBuilt(object)) return false;
  const BuiltState& built = built_states_[object.result_number() % built_states_.size()];
  return built.target != object || built.state.is(Kind::kDict) || !IsPlainState(built.state);
}

// Neither a dict nor (state, dict): numbers, text, and tuples of them, as NumPy's arrays have.
bool Judge::IsPlainState(Value state) const {
  if (!state.is(Kind::kTuple)) return false;
  const auto contents = scene_.machine->objects().Of(state);
  return contents && contents->whole() && std::ranges::none_of(contents->first, [](Value part) {
           return part.is(Kind::kDict) || part.is(Kind::kCall) || part.is(Kind::kInstance);
         });
}

void Judge::CheckHanded(const Instruction& at, GlobalId id, Value arguments) {
  const GlobalName& function = names_[id];
  if (function.judgement.standing != Standing::kListed || !function.known() || function.kept_only ||
      IsJudgedElsewhere(function.judgement)) {
    return;
  }
  int left = kLookedThrough;
  const Value found = WorstHanded(arguments, function, left);
  if (found.is(Kind::kNothing) || names_[id].reported >= kReportsPerName) return;
  ++names_[id].reported;
  findings_.Add("PKL-304", at.offset, [&] {
    return fmt::format("calls {}({}), which may run {}", Shown(names_[id]),
                       renderer().Arguments(arguments, {}),
                       found.is(Kind::kGlobal)    ? "the class that it is given"
                       : found.is(Kind::kUnknown) ? "what is in it"
                                                  : "methods of " + renderer().Show(found));
  });
}

// The class or object that the function should not have; kUnknown where it is not known what is in
// the value, and the file made objects that it should not have; kNothing when all is well.
Value Judge::WorstHanded(Value value, const GlobalName& function, int& left) const {
  const Value unknown = foreign_objects_ ? Value(Kind::kUnknown) : Value();
  if (--left < 0) return unknown;
  switch (value.kind()) {
    case Kind::kGlobal: {
      if (value.global() == kNoGlobal) return {};
      const GlobalName& name = names_[value.global()];
      const bool is_class = name.judgement.standing == Standing::kListed && !name.kept_only &&
                            name.judgement.use == Use::kInstantiate &&
                            function.judgement.behaviour == Behaviour::kPlain;
      return is_class ? value : Value();
    }
    case Kind::kCall:
    case Kind::kInstance: {
      if (!IsHarmlessToHand(value, function)) return value;
      // An array of objects applies an operator to each. Tables of pandas only keep them.
      if (!IsPlainObject(value) || LibraryOf(function) == "pandas") return {};
      if (holders_.contains(value.result_number())) return unknown;
      if (!WasBuilt(value)) return {};
      const BuiltState& built = built_states_[value.result_number() % built_states_.size()];
      return built.target == value ? WorstHanded(built.state, function, left) : unknown;
    }
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet: {
      const auto contents = scene_.machine->objects().Of(value);
      if (!contents || !contents->plain_rest) return unknown;
      for (const Value item : contents->first) {
        if (const Value found = WorstHanded(item, function, left); !found.is(Kind::kNothing)) {
          return found;
        }
      }
      return {};
    }
    default:
      return {};
  }
}

// Generators of random numbers look into the parts of their states: value["state"]["key"],
// number % 2**32. An object of another library in such a place would run its methods.
void Judge::CheckReadState(const Instruction& at, GlobalId type, Value target, Value state) {
  const GlobalName& generator = names_[type];
  if (!generator.known() || generator.judgement.standing != Standing::kListed ||
      (*generator.module != "random" && *generator.module != "_random" &&
       !generator.module->starts_with("numpy.random"))) {
    return;
  }
  // Version 3 of Python's own takes nothing but numbers, and does not compute with them. There are
  // more than are remembered of a tuple.
  const auto parts = scene_.machine->objects().Of(state);
  const bool numbers = *generator.name == "Random" && state.is(Kind::kTuple) && parts &&
                       parts->count > 0 && parts->first[0].is(Kind::kInt) &&
                       parts->first[0].number() == 3;
  if (numbers) return;
  int left = kLookedThrough;
  const Value found = WorstHanded(state, generator, left);
  if (found.is(Kind::kNothing)) return;
  findings_.Add("PKL-304", at.offset, [&] {
    return fmt::format("sets the state of {}, which may run methods of {}", renderer().Show(target),
                       found.is(Kind::kUnknown) ? "what is in it" : renderer().Show(found));
  });
}

}  // namespace counterscan::pickle

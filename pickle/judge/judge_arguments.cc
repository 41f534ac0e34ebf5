// The judge's half that is about what a call does with its arguments: calls them, creates objects
// of them, walks through them, opens the files that they name.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pickle/judge/judge.h"

namespace counterscan::pickle {
namespace {

// Packages whose objects do nothing when they are counted, shown or walked through.
bool IsPlainPackage(std::string_view module) {
  static constexpr auto kPlain = std::to_array<std::string_view>(
      {"builtins", "__builtin__", "collections", "numpy", "multiarray", "datetime", "itertools",
       "array", "decimal", "_codecs", "fractions", "re", "pathlib", "uuid", "types", "enum"});
  const std::string_view package = module.substr(0, module.find('.'));
  return std::find(kPlain.begin(), kPlain.end(), package) != kPlain.end();
}

}  // namespace

// The first argument is called, or an object of it is created.
void Judge::CheckFirstArgument(const Instruction& at, GlobalId id, Value arguments, bool called) {
  GlobalName& global = names_[id];
  const auto contents = scene_.machine->objects().Of(arguments);
  Value first = contents && !contents->first.empty() ? contents->first[0] : Value();
  // A look-up of a key that it lacks is a call, and classes look up keys in what their states hold.
  int left = kLookedThrough;
  const bool factory = called && global.known() && *global.name == "defaultdict";
  if (factory && symbols_.Find(first) != nullptr && !IsHarmlessFactory(first, left)) {
    any_armed_ = true;
    return ReportFirstArgument(at, id, arguments);
  }
  if (const Symbol* symbol = symbols_.Find(first)) {
    // A partial of a partial is worth the function inside, and a method what getattr was worth.
    if (symbol->what == Symbol::What::kPartial) first = symbol->value;
    if (symbol->what == Symbol::What::kBound) {
      any_armed_ = true;
      // A method and what it is to be given, by someone's later call.
      if (called && !BindsOnlySettings(arguments)) return ReportFirstArgument(at, id, arguments);
      if (global.judgement.standing == Standing::kDenied) ++global.excused_calls;
      return;
    }
  }
  if (!first.is(Kind::kGlobal)) {
    // defaultdict(None) and defaultdict() have no factory.
    const bool nothing = first.is(Kind::kNone) || (contents && contents->count == 0);
    if (nothing && global.judgement.standing == Standing::kListed) return;
    return ReportFirstArgument(at, id, arguments);
  }
  if (global.judgement.standing == Standing::kDenied) ++global.excused_calls;
  if (!called) {
    ++names_[first.global()].instances;
    return;
  }
  // functools.partial(f, ...) and the like: f is as good as called. A class is a factory, which
  // only torch's _rebuild_from_type calls while loading.
  GlobalName& inner = names_[first.global()];
  if (inner.judgement.standing == Standing::kListed &&
      inner.judgement.behaviour == Behaviour::kPlain &&
      !(CallsAtOnce(global, inner) && inner.judgement.use == Use::kInstantiate)) {
    // Whoever calls it later gives a class, or a function that may be kept, what is bound here.
    if (inner.judgement.use != Use::kInstantiate || BindsOnlySettings(arguments)) return;
  }
  ++inner.calls;
  if (RuleOf(inner).empty() || inner.reported++ >= kReportsPerName) return;
  AddAbout(inner, RuleOf(inner), at.offset,
           fmt::format("calls {} through {}", Shown(inner), Shown(global)));
}

void Judge::ReportFirstArgument(const Instruction& at, GlobalId id, Value arguments) {
  GlobalName& global = names_[id];
  ++global.calls;
  if (global.reported++ >= kReportsPerName) return;
  const bool denied = global.judgement.standing == Standing::kDenied;
  findings_.Add(denied ? global.judgement.rule : std::string_view("PKL-206"), at.offset, [&] {
    return fmt::format("calls {}({})", Shown(global), renderer().Arguments(arguments, {}));
  });
}

bool Judge::CallsAtOnce(const GlobalName& global, const GlobalName& inner) {
  if (!global.known()) return false;
  // Units make units.
  if (*global.name == "_recreate_irreducible_unit") {
    return !inner.module->starts_with("astropy.units.");
  }
  return global.name->starts_with("_rebuild_from_type") || *global.name == "make_instance" ||
         *global.name == "cls_kwargs";
}

// What honest objects bind to a metric or an activation: numbers, words, and names that may be
// kept. Neither a path, nor an address, nor a text to run.
bool Judge::BindsOnlySettings(Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  int left = kLookedThrough;
  return contents && contents->whole() &&
         std::all_of(contents->first.begin() + 1, contents->first.end(),
                     [&](Value item) { return IsSetting(item, left); });
}

bool Judge::IsSetting(Value value, int& left) {
  if (--left < 0) return false;
  switch (value.kind()) {
    case Kind::kNone:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kNumber:
    case Kind::kGlobal:
    case Kind::kDtype:
      return true;
    case Kind::kString: {
      const auto text = NameOperand(value);
      return text && std::ranges::all_of(*text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == ' ';
             });
    }
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet: {
      const auto contents = scene_.machine->objects().Of(value);
      return contents && contents->whole() && std::ranges::all_of(contents->first, [&](Value item) {
               return IsSetting(item, left);
             });
    }
    default:
      return false;
  }
}

// Neither a method, which works on an object with a state of the pickle's choice, nor a class that
// is given more than settings: either may run what it is given. A partial has its arguments in its
// state, which is set once, before it goes anywhere.
bool Judge::IsHarmlessFactory(Value value, int& left) {
  if (--left < 0) return false;
  if (value.is(Kind::kGlobal)) return true;  // judged by its name
  const Symbol* found = symbols_.Find(value);
  if (found == nullptr || found->what != Symbol::What::kPartial) return false;
  const Symbol symbol = *found;
  if (!symbol.value.is(Kind::kGlobal)) return false;
  const Judgement& inner = names_[symbol.value.global()].judgement;
  if (inner.standing == Standing::kListed && inner.behaviour == Behaviour::kPlain &&
      inner.use != Use::kInstantiate) {
    return true;
  }
  for (const Value argument : symbol.arguments) {
    if (!IsFactorySetting(argument, left)) return false;
  }
  if (!WasBuilt(value)) return false;
  const BuiltState built = built_states_[value.result_number() % built_states_.size()];
  return built.target == value && IsFactorySetting(built.state, left);
}

bool Judge::IsFactorySetting(Value value, int& left) {
  if (value.is(Kind::kCall)) return IsHarmlessFactory(value, left);
  if (!value.is(Kind::kTuple) && !value.is(Kind::kDict)) return IsSetting(value, left);
  const auto contents = scene_.machine->objects().Of(value);
  if (--left < 0 || !contents || !contents->whole()) return false;
  const std::vector<Value> items(contents->first.begin(), contents->first.end());
  return std::ranges::all_of(items, [&](Value item) { return IsFactorySetting(item, left); });
}

// Any of the arguments may be called.
void Judge::CheckEveryArgument(const Instruction& at, GlobalId id, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  bool known = contents && contents->whole();
  for (const Value value : contents ? contents->first : std::span<const Value>()) {
    if (value.is(Kind::kGlobal)) {
      GlobalName& inner = names_[value.global()];
      ++inner.calls;
      if (RuleOf(inner).empty() || inner.reported++ >= kReportsPerName) continue;
      findings_.Add(RuleOf(inner), at.offset, [&] {
        return fmt::format("calls {} through {}", Shown(inner), Shown(names_[id]));
      });
    } else if (value.is(Kind::kCall)) {
      known = known && IsNoFunctionOrPattern(value);
    } else if (value.is(Kind::kUnknown) || value.is(Kind::kPersistent) ||
               (value.is(Kind::kInstance) &&
                (IsArmed(value) || names_[id].judgement.use == Use::kCall ||
                 !IsHarmlessToHand(value, names_[id])))) {
      known = false;
    }
  }
  if (known) return;
  findings_.Add("PKL-206", at.offset, [&] {
    return fmt::format("calls {}({})", Shown(names_[id]), renderer().Arguments(arguments, {}));
  });
}

// What a plain listed function returns was made by its library, and is not a function. A method of
// a compiled pattern is one, and harmless.
bool Judge::IsNoFunctionOrPattern(Value result) {
  const Symbol* symbol = symbols_.Find(result);
  const bool bound = symbol != nullptr && symbol->what == Symbol::What::kBound;
  const GlobalId by = bound ? symbol->value.global() : result.global();
  if (by == kNoGlobal) return false;
  const GlobalName& maker = names_[by];
  if (bound) return maker.module == "re" && maker.name == "_compile";
  if (maker.judgement.standing != Standing::kListed) return false;
  switch (maker.judgement.behaviour) {
    case Behaviour::kPlain:
    case Behaviour::kRunsMethods:
    case Behaviour::kCallsArguments:
    case Behaviour::kLoadsFifth:
    case Behaviour::kLoadsSecond:
      return true;
    default:
      return false;
  }
}

bool Judge::IsPlainContainer(Value value) const {
  switch (value.kind()) {
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
      return true;
    case Kind::kCall:
      return value.global() != kNoGlobal && IsPlainObject(value) &&
             names_[value.global()].judgement.standing == Standing::kListed;
    default:
      return false;
  }
}

bool Judge::IsPlainObject(Value value) const {
  if (!value.is(Kind::kInstance) && !value.is(Kind::kCall)) return true;
  if (value.global() == kNoGlobal) return true;
  const GlobalName& maker = names_[value.global()];
  return !maker.known() || IsPlainPackage(*maker.module);
}

// A container of a library holds objects of that library, whose methods it was written for.
bool Judge::IsOfItsLibrary(Value object, const GlobalName& container) const {
  if (!object.is(Kind::kInstance) && !object.is(Kind::kCall)) return false;
  if (object.global() == kNoGlobal || !names_[object.global()].known()) return false;
  const GlobalName& maker = names_[object.global()];
  return maker.judgement.standing == Standing::kListed && LibraryOf(maker) == LibraryOf(container);
}

// list(x) is a call of x.__iter__(). That a class is listed says what loading an object of it does,
// not what its other methods do, and no pickler needs them.
void Judge::CheckRunsMethods(const Instruction& at, GlobalId id, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents) return;
  const bool walks_items = names_[id].name != "set" && names_[id].name != "frozenset" &&
                           names_[id].name != "list" && names_[id].name != "tuple" &&
                           names_[id].name != "deque" && names_[id].name != "UserList";
  bool plain = true;
  for (const Value value : contents->first) {
    plain = plain && (IsPlainObject(value) || IsOfItsLibrary(value, names_[id]));
    if (!walks_items || (!value.is(Kind::kList) && !value.is(Kind::kTuple))) continue;
    const auto items = scene_.machine->objects().Of(value);
    if (!items) continue;
    plain = plain && std::all_of(items->first.begin(), items->first.end(), [&](Value item) {
              return IsPlainObject(item) || IsOfItsLibrary(item, names_[id]);
            });
  }
  if (plain) return;
  findings_.Add("PKL-304", at.offset, [&] {
    return fmt::format("calls {}({}), which runs methods of what it is given", Shown(names_[id]),
                       renderer().Arguments(arguments, {}));
  });
}

// _reconstruct_array(function, arguments, state, more): honest ones have NumPy's own function,
// which makes an empty array.
void Judge::CheckRebuildsArray(const Instruction& at, GlobalId id, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  const bool has_function =
      contents && contents->first.size() > 1 && contents->first[0].is(Kind::kGlobal);
  const auto given = has_function ? scene_.machine->objects().Of(contents->first[1]) : std::nullopt;
  if (given && !given->first.empty() && given->first[0].is(Kind::kGlobal)) {
    const GlobalName& function = names_[contents->first[0].global()];
    const GlobalName& type = names_[given->first[0].global()];
    if (function.known() && function.name == "_reconstruct" &&
        function.judgement.behaviour == Behaviour::kMakesFirst && type.module == "numpy" &&
        type.name == "ndarray") {
      return;
    }
  }
  findings_.Add("PKL-206", at.offset, [&] {
    return fmt::format("calls {}({})", Shown(names_[id]), renderer().Arguments(arguments, {}));
  });
}

// A class that opens the file its arguments name; `own` of them are not the class's.
void Judge::CheckOpensFile(const Instruction& at, GlobalId id, Value arguments, std::size_t own) {
  if (names_[id].judgement.behaviour != Behaviour::kOpensFile) return;
  const auto contents = scene_.machine->objects().Of(arguments);
  if (contents && contents->count <= own) return;
  findings_.Add("PKL-107", at.offset, [&] {
    return fmt::format("creates {}({})", Shown(names_[id]), renderer().Arguments(arguments, {}));
  });
}

}  // namespace counterscan::pickle

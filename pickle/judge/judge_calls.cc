// The judge's half that is about calls: what is called, with what, and what the result is worth.
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
    if (keywords.is(Kind::kDict)) CheckStateDict(at, callable, keywords);
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

// The first argument is called, or an object of it is created.
void Judge::CheckFirstArgument(const Instruction& at, GlobalId id, Value arguments, bool called) {
  GlobalName& global = names_[id];
  const auto contents = scene_.machine->objects().Of(arguments);
  Value first = contents && !contents->first.empty() ? contents->first[0] : Value();
  if (const Symbol* symbol = symbols_.Find(first)) {
    // A partial of a partial is worth the function inside, and a method what getattr was worth.
    if (symbol->what == Symbol::What::kPartial) first = symbol->value;
    if (symbol->what == Symbol::What::kBound) {
      if (global.judgement.standing == Standing::kDenied) ++global.excused_calls;
      return;
    }
  }
  if (!first.is(Kind::kGlobal)) {
    // defaultdict(None) and defaultdict() have no factory.
    const bool nothing = first.is(Kind::kNone) || (contents && contents->count == 0);
    if (nothing && global.judgement.standing == Standing::kListed) return;
    ++global.calls;
    if (global.reported++ < kReportsPerName) {
      findings_.Add(global.judgement.standing == Standing::kDenied ? global.judgement.rule
                                                                   : std::string_view("PKL-206"),
                    at.offset, [&] {
                      return fmt::format("calls {}({})", Shown(global),
                                         renderer().Arguments(arguments, {}));
                    });
    }
    return;
  }
  if (global.judgement.standing == Standing::kDenied) ++global.excused_calls;
  if (!called) {
    ++names_[first.global()].instances;
    return;
  }
  // functools.partial(f, ...) and the like: f is as good as called. A class is a factory, which
  // only torch's _rebuild_from_type calls while loading.
  GlobalName& inner = names_[first.global()];
  const bool at_once =
      global.known() && (global.name->starts_with("_rebuild_from_type") ||
                         *global.name == "make_instance" || *global.name == "cls_kwargs");
  if (inner.judgement.standing == Standing::kListed &&
      inner.judgement.behaviour == Behaviour::kPlain &&
      !(at_once && inner.judgement.use == Use::kInstantiate)) {
    return;
  }
  ++inner.calls;
  if (RuleOf(inner).empty() || inner.reported++ >= kReportsPerName) return;
  AddAbout(inner, RuleOf(inner), at.offset,
           fmt::format("calls {} through {}", Shown(inner), Shown(global)));
}

// getattr(object, "method") is how Python 3 writes a method of an object. To hold one is harmless
// when its class is no denied one and its name leads nowhere else; to call it is another matter
// (PKL-214). What the file itself stored under that name it had to name.
bool Judge::IsBoundMethod(Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->count != 2 || !contents->first[1].is(Kind::kString)) return false;
  const Value owner = contents->first[0];
  if (!owner.is(Kind::kInstance) && !owner.is(Kind::kCall)) return false;
  if (owner.global() == kNoGlobal) return false;
  const Standing standing = names_[owner.global()].judgement.standing;
  // An object of an unlisted class has been reported as such; what an unlisted function returns
  // may be anything.
  if (standing == Standing::kDenied) return false;
  if (owner.is(Kind::kCall) && standing != Standing::kListed) return false;
  const auto name = NameOperand(contents->first[1]);
  return name && IsPlausibleName(*name) && name->find('.') == std::string::npos &&
         !name->starts_with("__") && !IsDeniedAttribute(*name);
}

Value Judge::ResolveGetattr(const Instruction& at, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->count != 2 || !contents->first[0].is(Kind::kGlobal) ||
      !contents->first[1].is(Kind::kString)) {
    return {};
  }
  // Copied: interning may move the table.
  const GlobalName base = names_[contents->first[0].global()];
  const auto attribute = NameOperand(contents->first[1]);
  if (!base.known() || !attribute || attribute->find('.') != std::string::npos) return {};
  ++names_[contents->first[0].global()].instances;
  const QualifiedName real = base.python3.value_or(QualifiedName{*base.module, *base.name});
  return Resolve(at.offset, real.module, real.name + "." + *attribute);
}

// pickle.loads(b"...") of constant bytes: they can be followed.
bool Judge::IsHarmlessLoad(const Instruction& at, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->first.empty()) return false;
  const Value bytes = contents->first[0];
  if (bytes.is(Kind::kCall)) {
    // Computed of constants: followed, but nobody honest hides his bytes.
    const auto constant = ConstantOf(bytes, kBuiltBytes);
    if (constant) walk_.Computed(constant->bytes, at.offset);
    return false;
  }
  if (!bytes.is(Kind::kBytes) && !bytes.is(Kind::kLatin1)) return false;
  const bool alone = contents->count == 1;
  return walk_.Constant(bytes) && alone;
}

// Picklers encode by latin1 only. Other codecs compress, or write one text as another.
void Judge::CheckCodec(const Instruction& at, GlobalId id, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->first.empty()) return;
  const auto codec = contents->first.size() == 2 ? NameOperand(contents->first[1]) : std::nullopt;
  if (codec == "latin1" || codec == "latin-1") return;
  findings_.Add("PKL-304", at.offset, [&] {
    return fmt::format("calls {}({})", Shown(names_[id]), renderer().Arguments(arguments, {}));
  });
}

void Judge::CheckFifthLoaded(const Instruction& at, GlobalId id, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  const Value loaded = contents && contents->first.size() > 4 ? contents->first[4] : Value();
  if (loaded.is(Kind::kNone)) return;
  if (loaded.is(Kind::kBytes) || loaded.is(Kind::kLatin1)) {
    // What is in it is judged like the rest of the file.
    walk_.Constant(loaded);
    return;
  }
  const auto computed = loaded.is(Kind::kCall) ? ConstantOf(loaded, kBuiltBytes) : std::nullopt;
  if (computed) walk_.Computed(computed->bytes, at.offset);
  findings_.Add("PKL-105", at.offset, [&] {
    return fmt::format("calls {}({})", Shown(names_[id]), renderer().Arguments(arguments, {}));
  });
}

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
    plain = plain && IsPlainObject(value);
    if (!walks_items || (!value.is(Kind::kList) && !value.is(Kind::kTuple))) continue;
    const auto items = scene_.machine->objects().Of(value);
    if (!items) continue;
    plain = plain && std::all_of(items->first.begin(), items->first.end(),
                                 [&](Value item) { return IsPlainObject(item); });
  }
  if (plain) return;
  findings_.Add("PKL-304", at.offset, [&] {
    return fmt::format("calls {}({}), which runs methods of what it is given", Shown(names_[id]),
                       renderer().Arguments(arguments, {}));
  });
}

Value Judge::EncodedBytes(Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->count != 2 || !contents->first[0].is(Kind::kString)) return {};
  const auto codec = NameOperand(contents->first[1]);
  if (codec != "latin1" && codec != "latin-1") return {};
  return {Kind::kLatin1, contents->first[0].offset()};
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
    } else if (value.is(Kind::kUnknown) || value.is(Kind::kPersistent)) {
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
      return true;
    default:
      return false;
  }
}

Value Judge::CallGlobal(const Instruction& at, GlobalId id, Value arguments) {
  const Behaviour behaviour = names_[id].judgement.behaviour;
  const std::uint32_t number = NextResult();
  Value result = Value::Made(Kind::kCall, id, number);
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
        return Known(result, {.what = Symbol::What::kBound, .value = owner});
      }
      break;
    }
    case Behaviour::kItems: {
      // itemgetter(0): a number reaches no name.
      const auto contents = scene_.machine->objects().Of(arguments);
      if (contents && contents->count > 0 && contents->whole() &&
          std::all_of(contents->first.begin(), contents->first.end(),
                      [](Value item) { return item.is(Kind::kInt); })) {
        ++names_[id].excused_calls;
        return result;
      }
      break;
    }
    case Behaviour::kReadsItem: {
      // operator.getitem(typing.Union, (int, str)): how typing writes its aliases.
      const auto contents = scene_.machine->objects().Of(arguments);
      if (contents && contents->count == 2 && contents->first[0].is(Kind::kGlobal)) {
        const GlobalName& generic = names_[contents->first[0].global()];
        if (generic.module == "typing" && generic.judgement.standing == Standing::kListed) {
          ++names_[id].excused_calls;
          return result;
        }
      }
      break;
    }
    case Behaviour::kIterates: {
      // How iterators over Python's own containers are written.
      const auto contents = scene_.machine->objects().Of(arguments);
      if (contents && contents->count == 1 && IsPlainContainer(contents->first[0])) {
        ++names_[id].excused_calls;
        return result;
      }
      break;
    }
    case Behaviour::kFolds: {
      // reduce(operator.or_, (int, str)): how the type "int | str" is written.
      const auto contents = scene_.machine->objects().Of(arguments);
      if (contents && contents->count == 2 && contents->first[0].is(Kind::kGlobal) &&
          names_[contents->first[0].global()].name == "or_" &&
          names_[contents->first[0].global()].judgement.standing == Standing::kListed) {
        const auto types = scene_.machine->objects().Of(contents->first[1]);
        if (types && types->whole() &&
            std::all_of(types->first.begin(), types->first.end(),
                        [](Value type) { return type.is(Kind::kGlobal); })) {
          ++names_[id].excused_calls;
          return result;
        }
      }
      break;
    }
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
        CheckState(at, result, contents->first[3]);
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
    case Behaviour::kTypeOf: {
      const auto contents = scene_.machine->objects().Of(arguments);
      if (contents && contents->count == 1) {
        ++names_[id].excused_calls;
        return result;
      }
      break;
    }
    case Behaviour::kCallsFirst:
      CheckFirstArgument(at, id, arguments, true);
      // _rebuild_from_type_v2(function, class, arguments, state): creates the class and sets state.
      if (const auto contents = scene_.machine->objects().Of(arguments);
          contents && contents->count == 4 && names_[id].judgement.standing == Standing::kListed) {
        const Value type = contents->first[1];
        const Value state = contents->first[3];
        if (type.is(Kind::kGlobal)) ++names_[type.global()].instances;
        CheckState(at, result, state);
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
      if (contents && !contents->first.empty() && contents->first[0].is(Kind::kGlobal) &&
          !names_[id].module->starts_with("numpy")) {
        CheckOpensFile(at, contents->first[0].global(), arguments, 1);
      }
      // copyreg._reconstructor(class, base, state) calls base.__init__(object, state).
      if (contents && contents->first.size() >= 3 && *names_[id].name == "_reconstructor" &&
          contents->first[1] != contents->first[0]) {
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
            CheckState(at, result, argument);
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
      result = arrays_.NewDtype(*scene_.reader, scene_.machine->objects(), arguments, number);
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
      CheckFifthLoaded(at, id, arguments);
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
  // A method that was only held so far may be called by a function that it is given to.
  if (!symbols_.empty()) {
    const auto contents = scene_.machine->objects().Of(arguments);
    const bool bound =
        contents && std::any_of(contents->first.begin(), contents->first.end(), [&](Value item) {
          const Symbol* symbol = symbols_.Find(item);
          return symbol != nullptr && symbol->what == Symbol::What::kBound;
        });
    if (bound) {
      findings_.Add("PKL-206", at.offset,
                    [&] { return fmt::format("hands a method to {}", Shown(names_[id])); });
    }
  }
  if (names_[id].judgement.standing == Standing::kDenied || names_[id].computes) {
    return Followed(at, result, arguments);
  }
  return result;
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

Value Judge::Persistent(const Instruction& at, Value key) {
  ++acts_;
  // torch: ('storage', class, key, device, elements). Its legacy files also hand a module's class
  // and its source to persistent_load, to get the class back: ('module', class, file, source).
  const auto contents = key.is(Kind::kTuple) ? scene_.machine->objects().Of(key) : std::nullopt;
  const bool has_class =
      contents && contents->first.size() >= 4 && contents->first[1].is(Kind::kGlobal);
  const Value last = has_class ? contents->first.back() : Value();
  const Value elements = has_class && contents->count >= 5 ? contents->first[4] : Value();
  const Value type = has_class ? contents->first[1] : Value();
  const auto what = has_class ? NameOperand(contents->first[0]) : std::nullopt;
  if (what == "module" && !last.is(Kind::kNothing)) return type;
  const Value result = Value::Made(Kind::kPersistent, kNoGlobal, NextResult());
  if (what == "storage") {
    const GlobalName& storage = names_[type.global()];
    // An untyped storage counts bytes, not elements.
    if (elements.is(Kind::kInt) && storage.known() &&
        storage.name->find("Untyped") == std::string::npos && elements.number() >= 0) {
      tensors_.AddStorage(result, static_cast<std::uint64_t>(elements.number()));
    }
    return result;
  }
  findings_.Add("PKL-219", at.offset, [&] {
    const std::string shown = key.is(Kind::kNothing)
                                  ? "'" + Printable(scene_.reader->Raw(at.text, 120).text) + "'"
                                  : renderer().Show(key);
    return fmt::format("asks the loader for {}", shown);
  });
  return result;
}

}  // namespace counterscan::pickle

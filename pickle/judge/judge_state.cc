// The judge's half that is about states: what their keys would replace, and what their classes run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "pickle/content/run_text.h"
#include "pickle/judge/judge.h"
#include "pickle/policy/attribute_setters.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Dicts with special keys that are remembered; past it such a dict is reported at once.
constexpr std::size_t kRememberedDicts = 500'000;
constexpr std::size_t kKeyBytes = 64;

bool IsArray(const GlobalName& numpy_class) {
  static constexpr auto kArrays = std::to_array<std::string_view>(
      {"ndarray", "matrix", "recarray", "chararray", "memmap", "MaskedArray"});
  return std::ranges::find(kArrays, *numpy_class.name) != kArrays.end();
}

}  // namespace

// What the key of a state, or of what may become one, would do there.
Judge::StateKey Judge::KindOfKey(Value key) {
  if (!key.IsSpecialKey() || key.is(Kind::kForgotten)) return StateKey::kPlain;
  // Text that was computed of constants is known too.
  const auto built = key.is(Kind::kCall) ? TextOf(key) : std::nullopt;
  if ((built && IsDangerousStateKey(*built)) ||
      (key.is(Kind::kString) &&
       IsDangerousStateKey(scene_.reader->StringAt(key.offset(), kKeyBytes).text))) {
    return StateKey::kSpecialMethod;
  }
  const bool computed = key.is(Kind::kCall) || key.is(Kind::kUnknown);
  return computed ? StateKey::kComputed : StateKey::kPlain;
}

// Keys and values by turns. A dict made by an opcode is remembered by where it was made; an object,
// which may be of a kind of dict, by the number of its result.
void Judge::RememberKeys(const Instruction& at, Value holder, std::span<const Value> items) {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    CheckRunText(at, items[i], items[i + 1]);
    if (MayPlant(items[i], items[i + 1])) planted_in_.insert(holder);
    RememberPlantedObject(items[i], items[i + 1], holder);
    const StateKey key = KindOfKey(items[i]);
    if (key == StateKey::kPlain) continue;
    const bool special = key == StateKey::kSpecialMethod;
    auto& remembered = special ? special_keys_in_ : computed_keys_in_;
    if (remembered.size() >= kRememberedDicts) {
      findings_.Add(special ? "PKL-204" : "PKL-213", at.offset, "fills too many dicts to follow");
      return;
    }
    remembered.insert(holder);
  }
}

void Judge::Filled(const Instruction& at, Value dict, std::span<const Value> items) {
  RememberKeys(at, dict, items);
}

// Whatever the dict is for: no honest one has the key with anything else.
void Judge::CheckRunText(const Instruction& at, Value key, Value value) {
  if (!key.IsSpecialKey()) return;
  const auto built = key.is(Kind::kCall) ? TextOf(key) : std::nullopt;
  const bool runs = key.is(Kind::kString)
                        ? scene_.reader->StringAt(key.offset(), kKeyBytes).text == kRunTextKey
                        : built == kRunTextKey;
  if (!runs) return;
  if (value.is(Kind::kString)) {
    const ArgumentText text = scene_.reader->StringAt(value.offset(), kRunTextBytes);
    if (text.whole && IsArgumentParser(text.text)) return;
  }
  findings_.Add("PKL-102", at.offset, [&] {
    return fmt::format("gives {} = {}, which SciPy runs as code", kRunTextKey,
                       renderer().Show(value));
  });
}

// joblib/memory.py: without a folder, or what stands for one, Memory.cache() keeps nothing and
// reads nothing. "cachedir" is that of versions before 0.12.
bool Judge::NamesNoFolder(Value state) {
  static constexpr auto kFolders =
      std::to_array<std::string_view>({"cachedir", "location", "store_backend"});
  const auto contents = scene_.machine->objects().Of(state);
  if (!state.is(Kind::kDict) || !contents || !contents->whole()) return false;
  for (std::size_t i = 0; i + 1 < contents->first.size(); i += 2) {
    const Value key = contents->first[i];
    if (!key.is(Kind::kString)) return false;
    const std::string name = scene_.reader->StringAt(key.offset(), kKeyBytes).text;
    const bool folder = std::ranges::find(kFolders, name) != kFolders.end();
    if (folder && !contents->first[i + 1].is(Kind::kNone)) return false;
  }
  return true;
}

bool Judge::IsHarmlessRunState(Behaviour behaviour, Value state) {
  const auto contents = scene_.machine->objects().Of(state);
  if (behaviour == Behaviour::kRunsState) {
    // Older versions have (arguments of the class by name, random state), and run nothing of
    // either. Newer ones give what they find to dict.update(), which takes pairs too.
    return state.is(Kind::kDict) || (state.is(Kind::kTuple) && contents && contents->count == 2 &&
                                     IsNoPair(contents->first[0]));
  }
  if (!state.is(Kind::kDict) || !contents || !contents->whole()) return false;
  bool marked = false;
  bool plain = false;
  for (std::size_t i = 0; i + 1 < contents->first.size(); i += 2) {
    const Value key = contents->first[i];
    if (!key.is(Kind::kString)) return false;
    const std::string name = scene_.reader->StringAt(key.offset(), kKeyBytes).text;
    marked = marked || IsFormulaMark(name);
    if (name != kFormulaKey) continue;
    const Value value = contents->first[i + 1];
    if (!value.is(Kind::kString)) return value.is(Kind::kNone);
    const ArgumentText text = scene_.reader->StringAt(value.offset(), kRunTextBytes);
    plain = text.whole && IsPlainFormula(text.text);
    if (!plain) return false;
  }
  return plain || !marked;
}

// A dict with at least three keys is none, whatever stands for what.
bool Judge::IsNoPair(Value dict) {
  const auto contents = scene_.machine->objects().Of(dict);
  if (!dict.is(Kind::kDict) || !contents) return false;
  std::set<std::string> keys;
  for (std::size_t i = 0; i < contents->first.size(); i += 2) {
    if (const auto key = NameOperand(contents->first[i])) keys.insert(*key);
  }
  constexpr std::size_t kPair = 2;
  return keys.size() > kPair;
}

// The key of a dict that is a special method's name, as it is written; "" where it is not seen.
std::string Judge::SpecialKeyOf(Value state) {
  const auto contents = state.is(Kind::kDict) ? scene_.machine->objects().Of(state) : std::nullopt;
  if (!contents) return "";
  for (std::size_t i = 0; i + 1 < contents->first.size(); i += 2) {
    const Value key = contents->first[i];
    if (key.is(Kind::kString) && KindOfKey(key) == StateKey::kSpecialMethod) {
      return Printable(scene_.reader->StringAt(key.offset(), kKeyBytes).text);
    }
  }
  return "";
}

void Judge::CheckStateKeys(const Instruction& at, Value target, Value state) {
  const auto report = [&](std::string_view rule) {
    findings_.Add(rule, at.offset, [&] {
      const std::string key = SpecialKeyOf(state);
      return key.empty() ? fmt::format("sets the state of {} to {}", renderer().Show(target),
                                       renderer().Show(state))
                         : fmt::format("sets {} of {}: its state is {}", key,
                                       renderer().Show(target), renderer().Show(state));
    });
  };
  if (special_keys_in_.contains(state)) report("PKL-204");
  if (computed_keys_in_.contains(state)) report("PKL-213");
  // "self.__dict__ = self": a dict whose items are its attributes.
  if (state == target) return;
  switch (state.kind()) {
    case Kind::kCall:
    case Kind::kInstance: {
      // An object of a kind of dict: what it was made of are its keys.
      int left = kLookedThrough;
      const MadeResult* made = MadeBy(state);
      const StateKey worst = made == nullptr ? StateKey::kComputed
                                             : std::max(WorstKey(made->arguments, left),
                                                        WorstKey(made->keywords, left));
      if (worst == StateKey::kSpecialMethod) report("PKL-204");
      if (worst == StateKey::kComputed) report("PKL-213");
      return;
    }
    case Kind::kUnknown:
      return report("PKL-213");
    default:
      return;
  }
}

// A function in the place of a method that loading calls, with what the file has prepared for it.
bool Judge::MayPlant(Value key, Value value) {
  if (!key.is(Kind::kString) && !key.is(Kind::kCall)) return false;
  bool callable = false;
  if (value.is(Kind::kGlobal)) {
    const GlobalName& global = names_[value.global()];
    callable = global.kept_only || global.judgement.standing != Standing::kListed ||
               global.judgement.use == Use::kInstantiate;
  } else if (value.is(Kind::kCall) || value.is(Kind::kInstance)) {
    callable = IsArmed(value);
  }
  if (!callable || planted_in_.size() >= kRememberedDicts) return false;
  const auto name = NameOperand(key);
  if (!name || IsCalledWhileLoading(*name)) return name.has_value();
  // Kinds of defaultdict call it for each key that they lack.
  int left = kLookedThrough;
  return *name == "default_factory" && !value.is(Kind::kGlobal) && !IsHarmlessFactory(value, left);
}

// An object of another library in such a place: it may have a __call__ that was written for other
// arguments. Of the target's own library, it is an attribute of the same name.
void Judge::RememberPlantedObject(Value key, Value value, Value holder) {
  if (!value.is(Kind::kCall) && !value.is(Kind::kInstance)) return;
  if (value.global() == kNoGlobal || planted_objects_.size() >= kRememberedDicts) return;
  const GlobalName& maker = names_[value.global()];
  if (!maker.known() || IsForEveryLibrary(maker)) return;
  if (IsPlainObject(value) &&
      !(value.is(Kind::kInstance) && LibraryOf(maker) == "numpy" && !IsArray(maker)))
    return;
  if (LibraryOf(maker) == "pandas") return;  // tables, which everybody keeps, cannot be called
  const auto name = NameOperand(key);
  if (!name || !IsCalledWhileLoading(*name)) return;
  const auto [place, fresh] = planted_objects_.emplace(holder, LibraryOf(maker));
  if (!fresh && place->second != LibraryOf(maker)) place->second.clear();
}

bool Judge::PlantsObject(Value target, Value state) const {
  const auto planted = planted_objects_.find(state);
  if (planted == planted_objects_.end()) return false;
  const bool known =
      target.is(Kind::kInstance) && target.global() != kNoGlobal && names_[target.global()].known();
  return !known || LibraryOf(names_[target.global()]) != planted->second;
}

void Judge::CheckPlanted(const Instruction& at, Value target, Value state) {
  if (!PlantsMethod(state) && !PlantsObject(target, state)) return;
  findings_.Add("PKL-204", at.offset, [&] {
    return fmt::format("sets the state of {} to {}", renderer().Show(target),
                       renderer().Show(state));
  });
}

bool Judge::PlantsMethod(Value state) {
  if (planted_in_.contains(state)) return true;
  const auto contents = any_armed_ ? scene_.machine->objects().Of(state) : std::nullopt;
  if (!contents || !state.is(Kind::kDict)) return false;
  for (std::size_t i = 0; i + 1 < contents->first.size(); i += 2) {
    if (MayPlant(contents->first[i], contents->first[i + 1])) return true;
  }
  return false;
}

// The worst key that may come of the texts in a value, however they become keys.
Judge::StateKey Judge::WorstKey(Value value, int& left) {
  if (--left < 0) return StateKey::kComputed;
  StateKey worst = KindOfKey(value);
  if (special_keys_in_.contains(value)) return StateKey::kSpecialMethod;
  if (computed_keys_in_.contains(value)) worst = StateKey::kComputed;
  switch (value.kind()) {
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kSet:
    case Kind::kDict: {
      const auto contents = scene_.machine->objects().Of(value);
      if (!contents || !contents->whole()) return std::max(worst, StateKey::kComputed);
      for (const Value item : contents->first) worst = std::max(worst, WorstKey(item, left));
      return worst;
    }
    case Kind::kForgotten:
      return StateKey::kPlain;  // its gap tells
    default:
      return worst;
  }
}

void Judge::CheckState(const Instruction& at, Value target, Value state) {
  CheckStateKeys(at, target, state);
  CheckPlanted(at, target, state);
  if (!state.is(Kind::kTuple) && !state.is(Kind::kList)) return;
  const auto contents = scene_.machine->objects().Of(state);
  if (!contents) {
    if (state.is(Kind::kList)) return;
    // A pickler has just written it.
    findings_.Add("PKL-213", at.offset, [&] {
      return fmt::format("sets the state of {} to what was made long before",
                         renderer().Show(target));
    });
    return;
  }
  for (const Value part : contents->first) {
    // (state, slots): the second is set attribute by attribute, on whatever the target is.
    if (part.is(Kind::kDict) || part.is(Kind::kCall) || part.is(Kind::kInstance)) {
      const bool remembered = special_keys_in_.contains(part) || computed_keys_in_.contains(part);
      if (remembered) CheckStateKeys(at, target, part);
      CheckPlanted(at, target, part);
      continue;
    }
    // dict.update takes pairs.
    const auto pair = part.is(Kind::kTuple) || part.is(Kind::kList)
                          ? scene_.machine->objects().Of(part)
                          : std::nullopt;
    constexpr std::size_t kPair = 2;
    if (!pair || pair->count != kPair || pair->first.size() != kPair) continue;
    CheckRunText(at, pair->first[0], pair->first[1]);
    if (KindOfKey(pair->first[0]) == StateKey::kSpecialMethod) {
      findings_.Add("PKL-204", at.offset, [&] {
        return fmt::format("sets the state of {} to {}", renderer().Show(target),
                           renderer().Show(state));
      });
    }
  }
}

// (state, attributes): the second is set attribute by attribute, by setters where there are some.
void Judge::CheckSetters(const Instruction& at, const GlobalName& type, Value target, Value state) {
  if (!type.known() || type.judgement.standing != Standing::kListed) return;
  Value attributes;
  bool each = false;
  constexpr std::size_t kPair = 2;
  const auto pair = state.is(Kind::kTuple) ? scene_.machine->objects().Of(state) : std::nullopt;
  if (pair && pair->count == kPair) {
    attributes = pair->first[1];
  } else if (state.is(Kind::kDict) && SetsEachKey(*type.module, *type.name)) {
    attributes = state;
    each = true;
  }
  if (!attributes.is(Kind::kDict)) return;
  const auto contents = scene_.machine->objects().Of(attributes);
  const bool whole = contents && contents->whole();
  std::optional<std::string> setter;
  for (std::size_t i = 0; contents && !setter && i < contents->first.size(); i += 2) {
    const auto name = NameOperand(contents->first[i]);
    const bool runs = name && (each ? StateRunsSetter(*type.module, *type.name, *name)
                                    : RunsSetter(*type.module, *type.name, *name));
    if (runs) setter = name;
  }
  // What is in the dict may have been forgotten. Nobody honest writes one for a class without
  // slots.
  if (!setter && (whole || each || HasSlots(*type.module, *type.name))) return;
  findings_.Add("PKL-223", at.offset, [&] {
    return fmt::format("sets {} of {}, which runs code of its class",
                       setter ? Printable(*setter) : "attributes", renderer().Show(target));
  });
}

// The state of an object of `type`, whoever sets it: BUILD, or a function that is given it.
void Judge::SetState(const Instruction& at, Value target, GlobalId type, Value state) {
  CheckState(at, target, state);
  if (type == kNoGlobal) return;
  CheckSetters(at, names_[type], target, state);
  CheckReadState(at, type, target, state);
  const Behaviour behaviour = names_[type].judgement.behaviour;
  switch (behaviour) {
    case Behaviour::kRunsState:
    case Behaviour::kRunsFormula:
      if (IsHarmlessRunState(behaviour, state)) return;
      findings_.Add("PKL-102", at.offset, [&] {
        return fmt::format("sets the state of {}, which may run it as code, to {}",
                           renderer().Show(target), renderer().Show(state));
      });
      return;
    case Behaviour::kCaches:
      if (NamesNoFolder(state)) return;
      findings_.Add("PKL-105", at.offset, [&] {
        return fmt::format("sets the state of {}, which unpickles from the folder in it, to {}",
                           renderer().Show(target), renderer().Show(state));
      });
      return;
    case Behaviour::kCallsFirst:
      CheckFactoryState(at, type, state);
      return;
    default:
      return;
  }
}

// The state of a partial or defaultdict has the function again, in whichever way it is written.
void Judge::CheckFactoryState(const Instruction& at, GlobalId type, Value state) {
  // A function that makes a unit of a class: the unit's state is an object's.
  if (names_[type].name == "_recreate_irreducible_unit") return;
  any_armed_ = true;
  const auto contents = scene_.machine->objects().Of(state);
  if (state.is(Kind::kTuple) && contents && contents->count > 0 &&
      !contents->first[0].is(Kind::kNone) && !contents->first[0].is(Kind::kDict)) {
    return CheckFirstArgument(at, type, state, true);
  }
  // (None, {"default_factory": function}), or the dict alone.
  const auto check = [&](Value dict) {
    const auto attributes = scene_.machine->objects().Of(dict);
    for (std::size_t i = 0; attributes && i + 1 < attributes->first.size(); i += 2) {
      const Value value = attributes->first[i + 1];
      if (value.is(Kind::kGlobal)) {
        ReportCalledThrough(at, value.global(), type);
      } else if (names_[type].name == "defaultdict" && IsArmed(value)) {
        findings_.Add("PKL-206", at.offset, [&] {
          return fmt::format("gives {} something to call", Shown(names_[type]));
        });
      }
    }
  };
  if (state.is(Kind::kDict)) check(state);
  for (const Value part : contents ? contents->first : std::span<const Value>()) {
    if (part.is(Kind::kDict)) check(part);
  }
}

}  // namespace counterscan::pickle

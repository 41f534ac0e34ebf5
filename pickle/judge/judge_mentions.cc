// The judge's half that is about names on no list that are only mentioned: whether anything that is
// called could call them.
//
// Such a name is harmless where it ends in an object's state or in what the pickle returns. A call,
// however, may call what it is given, or a method of it that the file has planted. So whatever goes
// into a call is looked through, as far as it is known; where something is not known, every name so
// far counts as handed over.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pickle/judge/judge.h"

namespace counterscan::pickle {
namespace {

// Results of which it is known what they were made of.
constexpr std::size_t kRememberedMade = 2048;
constexpr std::size_t kRememberedHolders = 10'000;

bool IsObject(Value value) { return value.is(Kind::kCall) || value.is(Kind::kInstance); }

// How many of a function's first arguments are classes that it makes objects of, or functions that
// it calls and that are judged as called.
std::size_t LeadingTypes(const GlobalName& global) {
  switch (global.judgement.behaviour) {
    case Behaviour::kMakesFirst:
      return global.name == "_reconstructor" ? 2 : 1;
    case Behaviour::kCallsFirst:
      return global.known() && global.name->starts_with("_rebuild_from_type") ? 2 : 1;
    default:
      return 0;
  }
}

// Of a listed name: the library that it belongs to, or works inside of.
std::string FamilyOf(const GlobalName& global) {
  if (!global.module || global.judgement.standing != Standing::kListed) return {};
  std::string package = global.module->substr(0, global.module->find('.'));
  return package == "thinc" ? "spacy" : package;
}

bool IsType(const GlobalName& global) {
  return global.judgement.standing == Standing::kListed &&
         ((IsClassName(*global.name) && global.judgement.behaviour == Behaviour::kPlain) ||
          global.judgement.behaviour == Behaviour::kCallsArguments);
}

// They put what they are given into a container, or say its type.
bool KeepsNames(const GlobalName& global) {
  static constexpr auto kContainers = std::to_array<std::string_view>(
      {"list", "tuple", "set", "frozenset", "dict", "deque", "OrderedDict", "type"});
  return global.known() && global.judgement.standing != Standing::kUnlisted &&
         (global.module == "builtins" || global.module == "__builtin__" ||
          global.module == "collections") &&
         std::ranges::find(kContainers, *global.name) != kContainers.end();
}

}  // namespace

// getattr calls nothing. A class is only listed when its __new__ calls nothing that it is given.
bool Judge::MayCallWhatItIsGiven(CallKind kind, Value callable) const {
  if (!callable.is(Kind::kGlobal)) return true;
  const Judgement& judgement = names_[callable.global()].judgement;
  const bool instantiates = kind == CallKind::kNewObj || kind == CallKind::kNewObjEx;
  return judgement.behaviour != Behaviour::kGetattr &&
         !(instantiates && judgement.standing == Standing::kListed &&
           judgement.behaviour == Behaviour::kPlain);
}

// What goes into a call of a global, but for classes where it makes objects of them, and for what
// it is only asked about.
void Judge::HandToCall(const Instruction& at, Value callable, Value arguments, Value keywords) {
  if (!names_.any_not_to_call() && !any_armed_) return;
  armed_handed_ = false;
  // A listed class may be called because its __init__ calls nothing that it is given.
  handed_to_type_ = callable.is(Kind::kGlobal) && IsType(names_[callable.global()]);
  handed_to_ = callable.is(Kind::kGlobal) ? FamilyOf(names_[callable.global()]) : std::string();
  const auto contents = scene_.machine->objects().Of(arguments);
  const GlobalId id = callable.is(Kind::kGlobal) ? callable.global() : kNoGlobal;
  const std::size_t types = id == kNoGlobal ? 0 : LeadingTypes(names_[id]);
  if (id != kNoGlobal && KeepsNames(names_[id]) && contents && contents->whole()) {
    HandOverObjects(arguments);
  } else if (types > 0 && contents && contents->whole()) {
    for (std::size_t i = 0; i < contents->first.size(); ++i) {
      // The function of a partial is judged by itself.
      const bool judged = contents->first[i].is(Kind::kGlobal) ||
                          names_[id].judgement.behaviour == Behaviour::kCallsFirst;
      if (i >= types || !judged) HandOver(contents->first[i]);
    }
    HandOver(keywords);
  } else {
    HandOver(arguments, keywords);
  }
  handed_to_.clear();
  handed_to_type_ = false;
  if (!armed_handed_ || id == kNoGlobal) return;
  // Objects that keep what they are given: CheckEveryArgument().
  const Judgement& judgement = names_[id].judgement;
  if (judgement.behaviour == Behaviour::kCallsArguments && judgement.use != Use::kCall) return;
  findings_.Add("PKL-206", at.offset, [&] {
    return fmt::format("hands something that can be called to {}", Shown(names_[id]));
  });
}

void Judge::HandOver(Value arguments, Value keywords) {
  if (!names_.any_not_to_call() && !any_armed_) return;
  if (all_handed_ == names_.size() && armed_handed_) return;
  int left = kLookedThrough;
  if (HandOverValue(arguments, left) && HandOverValue(keywords, left)) return;
  armed_handed_ = armed_handed_ || (any_armed_ && !handed_to_type_);
  for (; all_handed_ < names_.size(); ++all_handed_) {
    MarkHanded(names_[static_cast<GlobalId>(all_handed_)]);
  }
}

// Containers keep names as they are, but ask objects for their items.
void Judge::HandOverObjects(Value container) {
  const auto contents = scene_.machine->objects().Of(container);
  if (!contents || !contents->whole()) return HandOver(container);
  for (const Value item : contents->first) {
    if (IsObject(item) || item.is(Kind::kUnknown) || item.is(Kind::kForgotten)) {
      HandOver(item);
      continue;
    }
    const auto inner = item.is(Kind::kTuple) || item.is(Kind::kList)
                           ? scene_.machine->objects().Of(item)
                           : std::nullopt;
    if (!inner) continue;
    for (const Value of_inner : inner->first) {
      if (IsObject(of_inner)) HandOver(of_inner);
    }
  }
}

// A listed function goes where its own library takes it.
void Judge::MarkHanded(GlobalName& name) const {
  if (name.kept_only && !handed_to_.empty() && FamilyOf(name) == handed_to_) return;
  name.handed = true;
}

// A callable of which it is not known that a call of it is harmless, whatever it is given.
bool Judge::IsArmed(Value value) {
  if (!any_armed_) return false;
  if (IsObject(value) && armed_objects_.contains(value.result_number())) return true;
  if (value.is(Kind::kInstance)) {
    // A partial that was created without a call has its function in its state.
    return value.global() != kNoGlobal && names_[value.global()].known() &&
           names_[value.global()].judgement.behaviour == Behaviour::kCallsFirst &&
           names_[value.global()].name->starts_with("partial");
  }
  const Symbol* symbol = symbols_.Find(value);
  if (symbol == nullptr) return false;
  if (symbol->what == Symbol::What::kBound) return true;
  if (symbol->what != Symbol::What::kPartial) return false;
  if (!symbol->value.is(Kind::kGlobal)) return true;
  const Judgement& inner = names_[symbol->value.global()].judgement;
  return inner.standing != Standing::kListed || inner.use == Use::kInstantiate ||
         inner.behaviour != Behaviour::kPlain;
}

// An object with something armed in its state or among its items is called through it.
void Judge::RememberArmed(Value target, std::span<const Value> held) {
  if (!any_armed_ || !IsObject(target)) return;
  int left = kLookedThrough;
  const bool armed =
      std::ranges::any_of(held, [&](Value value) { return HoldsArmed(value, left); });
  if (armed && armed_objects_.size() < kRememberedHolders) {
    armed_objects_.insert(target.result_number());
  }
}

bool Judge::HoldsArmed(Value value, int& left) {
  if (--left < 0 || IsArmed(value)) return true;
  switch (value.kind()) {
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet: {
      const auto contents = scene_.machine->objects().Of(value);
      return !contents || !contents->whole() ||
             std::ranges::any_of(contents->first,
                                 [&](Value item) { return HoldsArmed(item, left); });
    }
    default:
      return false;
  }
}

// False when it is not known what is in the value. Not recursive into more than `left` values, of
// which a chain is as deep as the stack: each level takes one.
bool Judge::HandOverValue(Value value, int& left) {
  if (--left < 0) return false;
  const auto hand_over_all = [&](Value of) {
    const auto contents = scene_.machine->objects().Of(of);
    return contents && contents->whole() &&
           std::all_of(contents->first.begin(), contents->first.end(),
                       [&](Value item) { return HandOverValue(item, left); });
  };
  switch (value.kind()) {
    case Kind::kGlobal:
      if (value.global() != kNoGlobal) MarkHanded(names_[value.global()]);
      return true;
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet:
      return hand_over_all(value);
    case Kind::kCall:
    case Kind::kInstance: {
      armed_handed_ = armed_handed_ || IsArmed(value);
      const std::uint32_t number = value.result_number();
      if (holders_.contains(number)) return false;
      if (number < built_.size() && built_[number]) {
        const BuiltState& built = built_states_[number % built_states_.size()];
        if (built.target != value || !HandOverValue(built.state, left)) return false;
      }
      const MadeResult* made = MadeBy(value);
      if (made == nullptr) return false;
      // What an object was made of: a class, in the places where its maker takes one, is no news.
      const std::size_t types = made->by == kNoGlobal ? 0 : LeadingTypes(names_[made->by]);
      const auto contents = scene_.machine->objects().Of(made->arguments);
      if (types == 0 || !contents || !contents->whole()) {
        return HandOverValue(made->arguments, left) && HandOverValue(made->keywords, left);
      }
      for (std::size_t i = 0; i < contents->first.size(); ++i) {
        if (i < types && contents->first[i].is(Kind::kGlobal)) continue;
        if (!HandOverValue(contents->first[i], left)) return false;
      }
      return HandOverValue(made->keywords, left);
    }
    case Kind::kUnknown:
    case Kind::kForgotten:
      return false;
    default:
      return true;
  }
}

const Judge::MadeResult* Judge::MadeBy(Value result) const {
  if (made_.empty()) return nullptr;
  const MadeResult& made = made_[result.result_number() % made_.size()];
  return made.number == result.result_number() ? &made : nullptr;
}

void Judge::RememberMade(Value result, Value callable, Value arguments, Value keywords) {
  if (!IsObject(result)) return;
  made_.resize(kRememberedMade);
  const std::uint32_t number = result.result_number();
  made_[number % kRememberedMade] = {
      number, callable.is(Kind::kGlobal) ? callable.global() : kNoGlobal, arguments, keywords};
}

void Judge::RememberHolder(Value target, std::span<const Value> items) {
  if (!IsObject(target)) return;
  // Whether a name is among them, or in something among them, is not worth finding out.
  const bool plain = std::all_of(items.begin(), items.end(), [](Value item) {
    return !item.is(Kind::kGlobal) && !item.is(Kind::kTuple) && !item.is(Kind::kList) &&
           !item.is(Kind::kDict) && !item.is(Kind::kSet) && !IsObject(item);
  });
  if (plain) return;
  if (holders_.size() >= kRememberedHolders) {
    HandOver({Kind::kUnknown});
  } else {
    holders_.insert(target.result_number());
  }
}

}  // namespace counterscan::pickle

// The judge's half that is about names on no list that are only mentioned: whether anything that is
// called could call them.
//
// Such a name is harmless where it ends in an object's state or in what the pickle returns. A call,
// however, may call what it is given, or a method of it that the file has planted. So whatever goes
// into a call is looked through, as far as it is known; where something is not known, every name so
// far counts as handed over.
#include <algorithm>
#include <array>

#include "pickle/judge/judge.h"

namespace counterscan::pickle {
namespace {

// Values that are looked at for one call. More are seldom in honest ones.
constexpr int kLookedThrough = 400;
// Results of which it is known what they were made of.
constexpr std::size_t kRememberedMade = 2048;
constexpr std::size_t kRememberedHolders = 10'000;

bool IsObject(Value value) { return value.is(Kind::kCall) || value.is(Kind::kInstance); }

}  // namespace

// getattr calls nothing. And a class is only listed when its __new__ calls nothing that it is
// given.
bool Judge::MayCallWhatItIsGiven(CallKind kind, Value callable) const {
  if (!callable.is(Kind::kGlobal)) return true;
  const Judgement& judgement = names_[callable.global()].judgement;
  const bool instantiates = kind == CallKind::kNewObj || kind == CallKind::kNewObjEx;
  return judgement.behaviour != Behaviour::kGetattr &&
         !(instantiates && judgement.standing == Standing::kListed &&
           judgement.behaviour == Behaviour::kPlain);
}

void Judge::HandOver(Value arguments, Value keywords) {
  if (!names_.any_mentionable() || all_handed_ == names_.size()) return;
  int left = kLookedThrough;
  if (HandOverValue(arguments, left) && HandOverValue(keywords, left)) return;
  for (; all_handed_ < names_.size(); ++all_handed_) {
    names_[static_cast<GlobalId>(all_handed_)].handed = true;
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
      if (value.global() != kNoGlobal) names_[value.global()].handed = true;
      return true;
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet:
      return hand_over_all(value);
    case Kind::kCall:
    case Kind::kInstance: {
      const std::uint32_t number = value.result_number();
      if (holders_.contains(number)) return false;
      if (number < built_.size() && built_[number]) {
        const BuiltState& built = built_states_[number % built_states_.size()];
        if (built.target != value || !HandOverValue(built.state, left)) return false;
      }
      if (made_.empty()) return false;
      const MadeResult& made = made_[number % made_.size()];
      return made.number == number && HandOverValue(made.arguments, left) &&
             HandOverValue(made.keywords, left);
    }
    case Kind::kUnknown:
    case Kind::kForgotten:
      return false;
    default:
      return true;
  }
}

void Judge::RememberMade(Value result, Value arguments, Value keywords) {
  if (!IsObject(result)) return;
  made_.resize(kRememberedMade);
  const std::uint32_t number = result.result_number();
  made_[number % kRememberedMade] = {number, arguments, keywords};
}

void Judge::RememberHolder(Value target, std::span<const Value> items) {
  if (!names_.any_mentionable() || !IsObject(target)) return;
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

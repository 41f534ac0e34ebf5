// The judge's half that is about excuses: honest files use some functions from the denied list too,
// in a way that reaches nothing.
#include <algorithm>
#include <array>

#include "pickle/judge/judge.h"

namespace counterscan::pickle {

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
  // How a type compares, counts and shows its objects leads to nothing else either.
  constexpr auto kSlots =
      std::to_array<std::string_view>({"__hash__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__",
                                       "__ge__", "__len__", "__contains__", "__repr__", "__str__"});
  if (name && std::ranges::find(kSlots, *name) != kSlots.end()) return true;
  if (!name || !IsPlausibleName(*name) || name->find('.') != std::string::npos ||
      name->starts_with("__") || IsDeniedAttribute(*name)) {
    return false;
  }
  // Of the others, those of an unlisted class, which has been reported as such, and those that a
  // listed class keeps somewhere itself, as the table of classes has it.
  if (standing != Standing::kListed) return true;
  const GlobalName& maker = names_[owner.global()];
  if (maker.module == "re" && maker.name == "_compile") return true;
  return JudgeName(*maker.module, *maker.name + "." + *name).standing == Standing::kListed;
}

// Class(1): how the members of an enumeration are written, and small objects of extension modules.
// A call of a class runs its __init__, which creating an object of it does not; but numbers name no
// file, program, host, module or text to run. So it is worth no more than creating the object and
// setting its state, where the pickle chooses all that __new__ and __setstate__ are given. A call
// with nothing stays what it is: a function that starts something may need no arguments.
bool Judge::IsMadeOfNumbers(GlobalId id, Value arguments) const {
  const GlobalName& global = names_[id];
  if (!global.mentionable || !IsClassName(*global.name)) return false;
  const auto contents = scene_.machine->objects().Of(arguments);
  return contents && contents->whole() && contents->count > 0 &&
         std::ranges::all_of(contents->first, [](Value item) {
           return item.is(Kind::kInt) || item.is(Kind::kNumber) || item.is(Kind::kBool) ||
                  item.is(Kind::kNone);
         });
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

bool Judge::IsHonestUse(Behaviour behaviour, Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents) return false;
  const std::span<const Value> items = contents->first;
  switch (behaviour) {
    case Behaviour::kTypeOf:
      return contents->count == 1;
    case Behaviour::kItems:
      // itemgetter(0): a number reaches no name.
      return contents->count > 0 && contents->whole() &&
             std::all_of(items.begin(), items.end(),
                         [](Value item) { return item.is(Kind::kInt); });
    case Behaviour::kIterates:
      // How iterators over Python's own containers are written.
      return contents->count == 1 && IsPlainContainer(items[0]);
    case Behaviour::kReadsItem: {
      // operator.getitem(typing.Union, (int, str)): how typing writes its aliases.
      if (contents->count != 2 || !items[0].is(Kind::kGlobal)) return false;
      const GlobalName& generic = names_[items[0].global()];
      return generic.module == "typing" && generic.judgement.standing == Standing::kListed;
    }
    case Behaviour::kFolds: {
      // reduce(operator.or_, (int, str)): how the type "int | str" is written.
      if (contents->count != 2 || !items[0].is(Kind::kGlobal)) return false;
      const GlobalName& function = names_[items[0].global()];
      if (function.name != "or_" || function.judgement.standing != Standing::kListed) return false;
      const auto types = scene_.machine->objects().Of(items[1]);
      return types && types->whole() &&
             std::all_of(types->first.begin(), types->first.end(),
                         [](Value type) { return type.is(Kind::kGlobal); });
    }
    default:
      return false;
  }
}

}  // namespace counterscan::pickle

// The judge's half that is about objects: what is built and filled, and the arrays joblib reads
// there.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pickle/judge/judge.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Objects whose BUILD is remembered: a bit each.
constexpr std::size_t kRememberedObjects = 200'000'000;
constexpr std::size_t kRememberedStates = 256;

// Methods that APPENDS, SETITEMS and ADDITEMS call on whatever they find.
bool IsStoreMethod(std::string_view name) {
  return name == "append" || name == "extend" || name == "add" || name == "update" ||
         name == "__setitem__";
}

std::string_view NameOf(StoreKind kind) {
  switch (kind) {
    case StoreKind::kAppend:
    case StoreKind::kAppends:
      return "appends to";
    case StoreKind::kSetItem:
    case StoreKind::kSetItems:
      return "sets items of";
    case StoreKind::kAddItems:
      return "adds to";
  }
  return "changes";
}

}  // namespace

void Judge::SetDtypeState(const Instruction& at, Value target, Value state) {
  using Fault = JoblibArrays::StateFault;
  switch (arrays_.SetDtypeState(*scene_.reader, scene_.machine->objects(), target, state)) {
    case Fault::kNone:
      return;
    case Fault::kCannotTell:
      walk_.AddGap({GapKind::kLimit, at.offset, at.end,
                    "a NumPy type of more fields than are followed, in a file with objects"});
      return;
    case Fault::kForgotten:
      findings_.Add("PKL-213", at.offset, [&] {
        return fmt::format("sets the state of {} to what was made long before",
                           renderer().Show(target));
      });
      return;
    case Fault::kDeniesObjects:
      findings_.Add("PKL-224", at.offset, [&] {
        return fmt::format("sets the state of {}, which has objects in it, to {}",
                           renderer().Show(target), renderer().Show(state));
      });
      return;
  }
}

Value Judge::Built(const Instruction& at, Value target, Value state) {
  ++acts_;
  switch (target.kind()) {
    case Kind::kGlobal:
      findings_.Add("PKL-205", at.offset, [&] {
        return fmt::format("sets attributes of {} to {}", Shown(names_[target.global()]),
                           renderer().Show(state));
      });
      return target;
    case Kind::kDtype:
      SetDtypeState(at, target, state);
      return target;
    case Kind::kCall:
    case Kind::kInstance: {
      if (IsShared(target)) {
        findings_.Add("PKL-205", at.offset, [&] {
          return fmt::format("sets attributes of {} to {}", renderer().Show(target),
                             renderer().Show(state));
        });
      }
      CheckReturned(at, target);
      CheckEmptyState(at, target, state);
      // Of a dict whose items are its attributes, BUILD takes __setstate__ from there.
      if (special_keys_in_.contains(target) || planted_in_.contains(target)) {
        findings_.Add("PKL-204", at.offset, [&] {
          return fmt::format("sets the state of {}, which has items for methods",
                             renderer().Show(target));
        });
      }
      SetState(at, target, target.global(), state);
      // NumPy itself pickles all types by numpy.dtype, whose states are followed.
      if (target.global() != kNoGlobal && names_[target.global()].module == "numpy.dtypes") {
        findings_.Add("PKL-224", at.offset,
                      [&] { return fmt::format("sets the state of {}", renderer().Show(target)); });
      }
      RememberArmed(target, std::array{state});
      const bool built_before = WasBuilt(target);
      if (built_before && target.result_number() < built_.size()) {
        findings_.Add("PKL-222", at.offset, [&] {
          return fmt::format("sets the state of {} again", renderer().Show(target));
        });
      }
      RememberBuilt(target, state);
      if (target.global() == kNoGlobal) return target;
      if (scene_.joblib_arrays && MayBeArrayWrapper(target, state)) {
        findings_.Add("PKL-221", at.offset, "what may be joblib's wrapper of an array");
        ReadArray(at, built_before ? Value() : state);
        return target;
      }
      switch (names_[target.global()].judgement.behaviour) {
        case Behaviour::kArrayWrapper:
          if (!scene_.joblib_arrays) return target;
          // A second state is merged into the first, which is not kept.
          ReadArray(at, built_before ? Value() : state);
          // The array takes the wrapper's place.
          return Value::Made(Kind::kCall, target.global(), NextResult());
        case Behaviour::kArrayFile:
          CheckArrayFile(at, target, built_before ? Value() : state);
          return target;
        default:
          return target;
      }
    }
    case Kind::kPersistent:
    case Kind::kUnknown:
      CheckState(at, target, state);
      if (scene_.joblib_arrays && target.is(Kind::kUnknown) && MayBeArrayWrapper(target, state)) {
        findings_.Add("PKL-221", at.offset, "what may be joblib's wrapper of an array");
        ReadArray(at, state);
      }
      return target;
    default:
      return target;
  }
}

void Judge::Stored(const Instruction& at, StoreKind kind, Value target,
                   std::span<const Value> items) {
  if (target.is(Kind::kGlobal)) {
    ++acts_;
    findings_.Add("PKL-205", at.offset, [&] {
      return fmt::format("{} {}: {}", NameOf(kind), Shown(names_[target.global()]),
                         renderer().Show(items.front()));
    });
    RegisterExtensions(at, target, items);
  } else {
    RememberHolder(target, items);
    RememberArmed(target, items);
    CheckReturned(at, target);
    CheckStored(at, kind, target);
  }
  if (kind == StoreKind::kSetItem || kind == StoreKind::kSetItems) RememberKeys(at, target, items);
}

// pickle.py does nothing with a state that is empty; C asks even then for the object's __dict__,
// which Python's own types lack.
void Judge::CheckEmptyState(const Instruction& at, Value target, Value state) {
  if (target.global() == kNoGlobal) return;
  const GlobalName& maker = names_[target.global()];
  const auto contents = scene_.machine->objects().Of(state);
  const bool builtin = maker.module == "builtins" || maker.module == "__builtin__";
  if (builtin && contents && contents->count == 0) Disputed(at, "an empty state for what has none");
}

// A function may return what it was given: what is changed then is something else than it seems.
// No pickler changes what a function made but where that function is there to make new objects.
void Judge::CheckReturned(const Instruction& at, Value target) {
  if (!target.is(Kind::kCall) || target.global() == kNoGlobal || !MayReturnItsArgument(target)) {
    return;
  }
  int left = kLookedThrough;
  const MadeResult* made = MadeBy(target);
  const bool of_global = made == nullptr || HoldsGlobal(made->arguments, left);
  if (made != nullptr && !of_global && !HoldsObject(made->arguments)) return;
  findings_.Add(of_global ? "PKL-205" : "PKL-218", at.offset, [&] {
    return fmt::format("changes {}, which may be what the function was given",
                       renderer().Show(target));
  });
}

bool Judge::MayReturnItsArgument(Value result) const {
  const GlobalName& maker = names_[result.global()];
  if (!maker.known()) return false;
  // Cython's classes may begin with what they compute: dStatespace, zStatespace.
  const bool type = std::ranges::any_of(*maker.name, [](char c) { return c >= 'A' && c <= 'Z'; }) ||
                    maker.module == "builtins" || maker.module == "__builtin__" ||
                    maker.module == "collections";
  return maker.judgement.standing == Standing::kListed && !type &&
         (maker.judgement.behaviour == Behaviour::kPlain ||
          maker.judgement.behaviour == Behaviour::kRunsMethods);
}

// Something that the pickle can still reach, and that would change with what is returned.
bool Judge::HoldsObject(Value arguments) const {
  const auto contents = scene_.machine->objects().Of(arguments);
  return !contents || !contents->whole() || std::ranges::any_of(contents->first, [](Value item) {
    return item.is(Kind::kDict) || item.is(Kind::kList) || item.is(Kind::kSet) ||
           item.is(Kind::kInstance) || item.is(Kind::kCall) || item.is(Kind::kUnknown) ||
           item.is(Kind::kDtype);
  });
}

bool Judge::HoldsGlobal(Value arguments, int& left) const {
  const auto contents = scene_.machine->objects().Of(arguments);
  return contents && std::ranges::any_of(contents->first, [&](Value item) {
           return --left >= 0 &&
                  (item.is(Kind::kGlobal) || (item.is(Kind::kTuple) && HoldsGlobal(item, left)));
         });
}

// joblib reads raw bytes behind the BUILD of its wrapper. What a function returned, or nobody
// knows, may be one where the file has such a class, and the state what a wrapper has.
bool Judge::MayBeArrayWrapper(Value target, Value state) {
  const bool made_by_class =
      target.is(Kind::kInstance) || (target.is(Kind::kCall) && target.global() != kNoGlobal &&
                                     IsClassName(names_[target.global()].name.value_or("")));
  if (made_by_class || !names_.any_array_wrapper()) return false;
  const auto contents = scene_.machine->objects().Of(state);
  if (!contents || !contents->whole()) return !state.is(Kind::kNone);
  if (!state.is(Kind::kDict)) return state.is(Kind::kCall) || state.is(Kind::kUnknown);
  bool shape = false;
  for (std::size_t i = 0; i < contents->first.size(); i += 2) {
    const auto key = NameOperand(contents->first[i]);
    shape = shape || !key || *key == "shape";
  }
  return shape;
}

// What a call returned is not new: the class of an object, what getattr found, a logger.
bool Judge::IsShared(Value target) const {
  if (!target.is(Kind::kCall) || target.global() == kNoGlobal) return false;
  switch (names_[target.global()].judgement.behaviour) {
    case Behaviour::kTypeOf:
    case Behaviour::kGetattr:
    case Behaviour::kShared:
      return true;
    default:
      return false;
  }
}

bool Judge::WasBuilt(Value target) const {
  const std::size_t number = target.result_number();
  return number >= kRememberedObjects || (number < built_.size() && built_[number]);
}

void Judge::RememberBuilt(Value target, Value state) {
  const std::size_t number = target.result_number();
  if (number >= kRememberedObjects) return;
  if (number >= built_.size()) built_.resize(std::max(number + 1, 2 * built_.size()));
  built_[number] = true;
  built_states_.resize(kRememberedStates);
  built_states_[number % kRememberedStates] = {target, state};
}

void Judge::CheckStored(const Instruction& at, StoreKind kind, Value target) {
  if (!target.is(Kind::kCall) && !target.is(Kind::kInstance)) return;
  if (IsShared(target)) {
    ++acts_;
    findings_.Add("PKL-205", at.offset,
                  [&] { return fmt::format("{} {}", NameOf(kind), renderer().Show(target)); });
    return;
  }
  const std::size_t number = target.result_number();
  const GlobalId by = target.global();
  if (by != kNoGlobal && names_[by].judgement.behaviour == Behaviour::kTensor) {
    ++acts_;
    findings_.Add("PKL-218", at.offset, [&] { return fmt::format("{} a tensor", NameOf(kind)); });
    return;
  }
  // Picklers write an object's items before its state: pickle.py, save_reduce. The other way round,
  // the state can put a function in the place of the method that takes the items.
  if (number >= built_.size() || !built_[number]) return;
  ++acts_;
  bool planted = false;
  const BuiltState& built = built_states_[number % kRememberedStates];
  if (built.target == target) {
    const auto contents = scene_.machine->objects().Of(built.state);
    for (std::size_t i = 0; contents && i < contents->first.size(); i += 2) {
      const auto key = NameOperand(contents->first[i]);
      planted = planted || (key && IsStoreMethod(*key));
    }
  }
  findings_.Add(planted ? "PKL-204" : "PKL-218", at.offset, [&] {
    return fmt::format("{} {} after its state was set", NameOf(kind), renderer().Show(target));
  });
}

void Judge::RegisterExtensions(const Instruction& at, Value registry,
                               std::span<const Value> items) {
  const GlobalName& global = names_[registry.global()];
  if (!global.known() || !global.name->ends_with("_inverted_registry")) return;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const auto pair = scene_.machine->objects().Of(items[i + 1]);
    if (!items[i].is(Kind::kInt) || !pair || pair->first.size() != 2) continue;
    const std::array<Value, 2> names{pair->first[0], pair->first[1]};
    const Value named = Resolve(at.offset, NameOperand(names[0]), NameOperand(names[1]));
    if (named.is(Kind::kGlobal)) {
      extensions_.insert_or_assign(items[i].number(), named.global());
    }
  }
}

void Judge::ReadArray(const Instruction& at, Value state) {
  const std::uint64_t size = scene_.reader->source().size();
  const auto plan = arrays_.Plan(*scene_.reader, scene_.machine->objects(), state);
  if (!plan) {
    findings_.Add("PKL-221", at.offset,
                  "joblib reads an array here, of a size or type that cannot be known");
    Resolve(at.offset, std::nullopt, std::nullopt);  // what it names behind the array
    walk_.AddGap({GapKind::kUnparsed, at.end, size, "array of unknown size inside the pickle"});
    return;
  }
  const auto frame_end = scene_.machine->FrameAround(at);
  if (frame_end) {
    framed_arrays_ = true;
    findings_.Add("PKL-202", at.offset, "an array begins in the middle of a frame");
  }
  const bool behind_frame = frame_end && walk_.TakesArraysBehindFrames();
  const std::uint64_t begin = std::min(behind_frame ? *frame_end : at.end, size);
  std::uint64_t end = begin;
  if (plan->nested_pickle) {
    end = walk_.Nested(begin).value_or(size);
  } else {
    std::uint64_t array = begin;
    if (plan->aligned) {
      char padding = 0;
      if (scene_.reader->Copy(array, &padding, 1) == 1) ++array;
      array += static_cast<unsigned char>(padding);
    }
    end = array > size || plan->bytes > size - array ? size : array + plan->bytes;
    // Behind an array without items every loader goes on at the same byte.
    const std::string name = end == begin ? std::string() : walk_.PlainReading(begin);
    if (!name.empty()) {
      findings_.Add("PKL-212", begin,
                    [&] { return fmt::format("array bytes read as a pickle import {}", name); });
    }
  }
  if (!behind_frame) {
    scene_.reader->Seek(end);
  } else {
    walk_.LeaveOut(begin, end);
    scene_.reader->Reload(at.end);
  }
}

// joblib joins the name to the folder of the pickle, and loads that file: an array, or a pickle.
void Judge::CheckArrayFile(const Instruction& at, Value wrapper, Value state) {
  const auto contents = scene_.machine->objects().Of(state);
  std::optional<std::string> file;
  for (std::size_t i = 0; contents && contents->whole() && i + 1 < contents->count; i += 2) {
    const auto key = NameOperand(contents->first[i]);
    if (!key) {
      file.reset();
      break;
    }
    if (*key == "filename") file = NameOperand(contents->first[i + 1]);
  }
  if (!file || file->empty() || Printable(*file) != *file ||
      file->find_first_of("/\\:") != std::string::npos || *file == "..") {
    findings_.Add("PKL-105", at.offset, [&] {
      return fmt::format("loads the file that {} names: {}", renderer().Show(wrapper),
                         renderer().Show(state));
    });
    return;
  }
  walk_.AddGap({GapKind::kUnparsed, at.offset, at.end,
                "an array is in a file of its own, " + Printable(*file)});
}

void Judge::CrossedFrame(const Instruction& at) {
  // Another reader may name things here.
  ++acts_;
  const OpcodeInfo* info = FindOpcode(static_cast<std::uint8_t>(at.op));
  findings_.Add("PKL-202", at.offset,
                at.op == Op::kStop ? std::string("STOP stands before the end of its frame")
                                   : fmt::format("{} crosses the end of its frame", info->name));
}

void Judge::NestedFrame(const Instruction& at) {
  ++acts_;
  findings_.Add("PKL-203", at.offset, "FRAME inside a frame");
}

void Judge::OddIndex(const Instruction& at) {
  const std::string text = Printable(scene_.reader->Raw(at.text, 40).text);
  findings_.Add("PKL-210", at.offset,
                [&] { return fmt::format("memo index written as '{}'", text); });
}

void Judge::Disputed(const Instruction& at, std::string_view why) {
  const OpcodeInfo* info = FindOpcode(static_cast<std::uint8_t>(at.op));
  findings_.Add("PKL-215", at.offset, [&] { return fmt::format("{}: {}", info->name, why); });
}

void Judge::Forgot(const Instruction& at) {
  if (memo_full_) return;
  memo_full_ = true;
  walk_.AddGap({GapKind::kLimit, at.offset, scene_.reader->source().size(),
                "more memo slots than are kept"});
}

}  // namespace counterscan::pickle

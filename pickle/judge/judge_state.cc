// The judge's half that is about objects: state that is set, items that are stored, arrays.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pickle/content/run_text.h"
#include "pickle/judge/judge.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Dicts with special keys that are remembered; past it such a dict is reported at once.
constexpr std::size_t kRememberedDicts = 500'000;
constexpr std::size_t kKeyBytes = 64;
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

void Judge::Filled(const Instruction& at, Value dict, std::span<const Value> items) {
  for (std::size_t i = 0; i < items.size(); i += 2) {
    const Value key = items[i];
    if (!key.IsSpecialKey() || key.is(Kind::kForgotten)) continue;
    CheckRunText(at, key, items[i + 1]);
    // Text that was computed of constants is known too.
    const auto built = key.is(Kind::kCall) ? TextOf(key) : std::nullopt;
    const bool dunder =
        (built && IsDangerousStateKey(*built)) ||
        (key.is(Kind::kString) &&
         IsDangerousStateKey(scene_.reader->StringAt(key.offset(), kKeyBytes).text));
    const bool computed = key.is(Kind::kCall) || key.is(Kind::kUnknown);
    if (!dunder && !computed) continue;
    auto& remembered = dunder ? dunder_dicts_ : computed_dicts_;
    if (remembered.size() >= kRememberedDicts) {
      findings_.Add(dunder ? "PKL-204" : "PKL-213", at.offset, "fills too many dicts to follow");
      return;
    }
    remembered.insert(dict.payload());
  }
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

bool Judge::IsHarmlessRunState(Behaviour behaviour, Value state) {
  const auto contents = scene_.machine->objects().Of(state);
  if (behaviour == Behaviour::kRunsState) {
    // Older versions have (arguments of the class, random state), and run nothing of either.
    return state.is(Kind::kDict) || (state.is(Kind::kTuple) && contents && contents->count == 2);
  }
  if (!state.is(Kind::kDict) || !contents || !contents->whole()) return false;
  bool marked = false;
  bool plain = false;
  for (std::size_t i = 0; i + 1 < contents->first.size(); i += 2) {
    const Value key = contents->first[i];
    if (!key.is(Kind::kString)) return false;
    const std::string name = scene_.reader->StringAt(key.offset(), kKeyBytes).text;
    marked = marked || name == kFormulaMark;
    if (name != kFormulaKey) continue;
    const Value value = contents->first[i + 1];
    if (!value.is(Kind::kString)) return value.is(Kind::kNone);
    const ArgumentText text = scene_.reader->StringAt(value.offset(), kRunTextBytes);
    plain = text.whole && IsPlainFormula(text.text);
    if (!plain) return false;
  }
  return plain || !marked;
}

void Judge::CheckStateDict(const Instruction& at, Value target, Value dict) {
  if (!dict.is(Kind::kDict)) return;
  if (dunder_dicts_.contains(dict.payload())) {
    findings_.Add("PKL-204", at.offset, [&] {
      return fmt::format("sets the state of {} to {}", renderer().Show(target),
                         renderer().Show(dict));
    });
  }
  if (computed_dicts_.contains(dict.payload())) {
    findings_.Add("PKL-213", at.offset, [&] {
      return fmt::format("sets the state of {} to {}", renderer().Show(target),
                         renderer().Show(dict));
    });
  }
}

void Judge::CheckState(const Instruction& at, Value target, Value state) {
  CheckStateDict(at, target, state);
  if (!state.is(Kind::kTuple)) return;
  // (state, slots): the second is set attribute by attribute, on whatever the target is.
  const auto contents = scene_.machine->objects().Of(state);
  if (!contents) return;
  for (const Value part : contents->first) CheckStateDict(at, target, part);
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
      arrays_.SetDtypeState(scene_.machine->objects(), target, state);
      return target;
    case Kind::kCall:
    case Kind::kInstance: {
      if (IsShared(target)) {
        findings_.Add("PKL-205", at.offset, [&] {
          return fmt::format("sets attributes of {} to {}", renderer().Show(target),
                             renderer().Show(state));
        });
      }
      CheckState(at, target, state);
      const bool built_before = WasBuilt(target);
      RememberBuilt(target, state);
      if (target.global() == kNoGlobal) return target;
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
        case Behaviour::kRunsState:
        case Behaviour::kRunsFormula:
          if (!IsHarmlessRunState(names_[target.global()].judgement.behaviour, state)) {
            findings_.Add("PKL-102", at.offset, [&] {
              return fmt::format("sets the state of {}, which may run it as code, to {}",
                                 renderer().Show(target), renderer().Show(state));
            });
          }
          return target;
        case Behaviour::kCallsFirst:
          // The state of a partial or defaultdict has the function again.
          if (state.is(Kind::kTuple)) CheckFirstArgument(at, target.global(), state, true);
          return target;
        default:
          return target;
      }
    }
    case Kind::kPersistent:
    case Kind::kUnknown:
      CheckState(at, target, state);
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
    CheckStored(at, kind, target);
  }
  if (kind == StoreKind::kSetItem || kind == StoreKind::kSetItems) {
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) CheckRunText(at, items[i], items[i + 1]);
  }
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

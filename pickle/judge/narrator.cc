#include "pickle/judge/narrator.h"

#include <fmt/format.h>

#include <algorithm>

#include "pickle/judge/symbols.h"
#include "pickle/narration/code_names.h"
#include "pickle/narration/opcode_argument.h"
#include "pickle/rules.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Listed for one file. Beyond them only what is on no list of harmless names, up to as many lines
// as there may be findings worth reading.
constexpr std::size_t kListedLines = 100'000;
constexpr std::size_t kListedJudgedLines = 10'000;
constexpr std::size_t kListedTextBytes = 12 * kMiB;
// For what is on no list.
constexpr std::size_t kExtraTextBytes = 2 * kMiB;
constexpr std::size_t kListedOpcodes = 100'000;
constexpr std::size_t kShownArgumentBytes = 120;
constexpr std::size_t kShownNameBytes = 160;
constexpr std::size_t kRememberedStorages = 1'000'000;

std::string_view MethodOf(StoreKind kind, std::size_t count) {
  if (kind == StoreKind::kAddItems) return count == 1 ? "add" : "update";
  return count == 1 ? "append" : "extend";
}

bool IsResult(Value value) {
  return value.is(Kind::kCall) || value.is(Kind::kInstance) || value.is(Kind::kPersistent) ||
         value.is(Kind::kDtype);
}

// Whose name the result carries, kNoGlobal when nobody's.
GlobalId MakerOf(Value value) {
  if (value.is(Kind::kGlobal)) return value.global();
  return value.is(Kind::kCall) || value.is(Kind::kInstance) ? value.global() : kNoGlobal;
}

}  // namespace

// Values with references to what other lines made.
class Narrator::CodeRenderer final : public Renderer {
 public:
  CodeRenderer(Narrator& narrator, const InstructionReader& reader, const Objects& objects,
               const GlobalTable& names)
      : Renderer(reader, objects, names), narrator_(narrator) {}

 private:
  void AppendName(std::string& out, GlobalId id) const override {
    out += id == kNoGlobal ? "?" : narrator_.NameOf(id);
  }

  void AppendResult(std::string& out, Value made) const override {
    out += ResultReference(made.result_number());
  }

  void AppendContainer(std::string& out, Value container, int depth) const override {
    const auto contents = objects().Of(container);
    const bool too_much =
        depth > kShownDepth || narrator_.text_bytes_ >= kListedTextBytes + kExtraTextBytes;
    if (!contents || (too_much && contents->count > 0)) {
      return AppendLiteral(out, container, kShownDepth + 1);
    }
    Narration& narration = narrator_.narration();
    const auto place = static_cast<std::uint32_t>(narration.containers.size());
    const auto [known, is_new] =
        narration.container_places.try_emplace({container.payload(), contents->count}, place);
    out += ContainerReference(known->second);
    if (!is_new) return;
    narration.containers.push_back({container, {}});
    std::string text;
    AppendLiteral(text, container, depth);
    narrator_.text_bytes_ += text.size();
    narration.containers[place].text = std::move(text);
  }

  Narrator& narrator_;
};

std::string Narrator::Show(Value value) {
  const Judge::Scene& scene = judge_.scene();
  return CodeRenderer(*this, *scene.reader, scene.machine->objects(), judge_.names()).Show(value);
}

std::string Narrator::Arguments(Value arguments, Value keywords) {
  const Judge::Scene& scene = judge_.scene();
  return CodeRenderer(*this, *scene.reader, scene.machine->objects(), judge_.names())
      .Arguments(arguments, keywords);
}

const std::string& Narrator::NameOf(GlobalId id) {
  const auto known = global_names_.find(id);
  if (known != global_names_.end()) return known->second;
  const GlobalName& global = judge_.names()[id];
  const bool plain = global.known() && IsDottedName(*global.name);
  return global_names_
      .emplace(id, plain ? names_.Give(*global.name) : names_.GiveNumbered("imported"))
      .first->second;
}

bool Narrator::Wanted(GlobalId about) {
  if (!options_.explain) return false;
  Narration& narration = this->narration();
  if (lines_ < kListedLines && text_bytes_ < kListedTextBytes) {
    ++lines_;
    return true;
  }
  const bool listed =
      about == kNoGlobal || judge_.names()[about].judgement.standing == Standing::kListed;
  if (!listed && judged_lines_ < kListedJudgedLines) {
    ++judged_lines_;
    return true;
  }
  ++narration.left_out;
  judge_.scene().pickle->cut = true;
  return false;
}

void Narrator::Add(Narration::Entry entry) {
  text_bytes_ += entry.text.size() + entry.subject.size();
  narration().entries.push_back(std::move(entry));
}

// --- names

void Narrator::Import(const Instruction& at, Value named) {
  if (!options_.explain || !named.is(Kind::kGlobal)) return;
  const GlobalId id = named.global();
  if (!narration().imported.insert(id).second || !Wanted(id)) return;
  const GlobalName& global = judge_.names()[id];
  const std::string& name = NameOf(id);
  std::string text =
      fmt::format("from {} import {}", QuotedName(global.module), QuotedName(global.name));
  if (name != global.name) text += " as " + name;
  if (global.python3) {
    text += fmt::format("  # {}.{} in Python 3", Printable(global.python3->module),
                        Printable(global.python3->name, kShownNameBytes));
  }
  Add({at.offset, LineKind::kImport, id, 0, {}, Shown(global), std::move(text)});
}

Value Narrator::Named(const Instruction& at) {
  const Value value = judge_.Named(at);
  Import(at, value);
  return value;
}

Value Narrator::NamedFromStack(const Instruction& at, Value module, Value name) {
  const Value value = judge_.NamedFromStack(at, module, name);
  if (module.is(Kind::kString) && name.is(Kind::kString)) {
    Import(at, value);
  } else if (const GlobalId id = MakerOf(value); value.is(Kind::kGlobal) && Wanted(id)) {
    // As the unpickler itself would look it up: the operands say what is known of it.
    Add({at.offset,
         LineKind::kImport,
         id,
         0,
         {},
         Shown(judge_.names()[id]),
         fmt::format("{} = find_class({}, {})", NameOf(id), Show(module), Show(name)),
         judge_.names()[id].known() ? Shown(judge_.names()[id]) : std::string()});
  }
  return value;
}

Value Narrator::NamedByCode(const Instruction& at) {
  const Value value = judge_.NamedByCode(at);
  if (const GlobalId id = MakerOf(value); value.is(Kind::kGlobal) && Wanted(id)) {
    Add({at.offset,
         LineKind::kImport,
         id,
         0,
         {},
         Shown(judge_.names()[id]),
         fmt::format("{} = get_extension({})", NameOf(id), at.number)});
  }
  return value;
}

// --- what is done

Value Narrator::Called(const Instruction& at, CallKind kind, Value callable, Value arguments,
                       Value keywords) {
  const Value result = judge_.Called(at, kind, callable, arguments, keywords);
  const GlobalId callee = callable.is(Kind::kGlobal) ? callable.global() : kNoGlobal;
  if (callee != kNoGlobal) CountTensor(callee, arguments);
  // Bytes of constant text are shown where they are used.
  if (result.is(Kind::kLatin1) || !Wanted(callee)) return result;
  Narration::Entry entry;
  entry.offset = at.offset;
  entry.global = callee;
  entry.result = IsResult(result) ? result.result_number() : 0;
  const GlobalId maker = MakerOf(result) == kNoGlobal ? callee : MakerOf(result);
  if (maker != kNoGlobal && judge_.names()[maker].name) {
    entry.variable = VariableFor(*judge_.names()[maker].name);
  } else {
    entry.variable = "object";
  }
  if (callee != kNoGlobal) entry.subject = Shown(judge_.names()[callee]);
  entry.known = Known(result);
  const std::string shown = Show(callable);
  const std::string given = Arguments(arguments, keywords);
  if (kind == CallKind::kNewObj || kind == CallKind::kNewObjEx) {
    entry.kind = LineKind::kCreate;
    entry.text = fmt::format("{}.__new__({}{}{})", shown, shown, given.empty() ? "" : ", ", given);
  } else {
    entry.kind = LineKind::kCall;
    // What comes of a detour is a name like any other.
    const std::string assigned = result.is(Kind::kGlobal) ? NameOf(result.global()) + " = " : "";
    entry.text = fmt::format("{}{}({})", assigned, shown, given);
  }
  Add(std::move(entry));
  return result;
}

// "'posix'", where the result of a call could be worked out.
std::string Narrator::Known(Value result) const {
  if (result.is(Kind::kGlobal)) return Shown(judge_.names()[result.global()]);
  const Symbol* symbol = judge_.symbols().Find(result);
  if (symbol == nullptr) return {};
  switch (symbol->what) {
    case Symbol::What::kText:
      return Quoted(symbol->text.substr(0, kShownArgumentBytes));
    case Symbol::What::kBytes:
      return "b" + Quoted(symbol->text.substr(0, kShownArgumentBytes));
    case Symbol::What::kModule:
      return "the module " + Printable(symbol->text, kShownNameBytes);
    case Symbol::What::kNamespace:
      return fmt::format("what is in {}{}{}", Printable(symbol->text, kShownNameBytes),
                         symbol->name.empty() ? "" : ".", Printable(symbol->name, kShownNameBytes));
    default:
      return {};
  }
}

// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...) and its relatives.
void Narrator::CountTensor(GlobalId callee, Value arguments) {
  if (!options_.explain) return;
  const GlobalName& global = judge_.names()[callee];
  if (global.module != "torch._utils" || !global.name ||
      !global.name->starts_with("_rebuild_tensor")) {
    return;
  }
  const Objects& objects = judge_.scene().machine->objects();
  const auto contents = objects.Of(arguments);
  if (!contents || contents->first.size() < 3 || !contents->first[0].is(Kind::kPersistent)) return;
  const auto storage = storages_.find(contents->first[0].result_number());
  const auto sizes = objects.Of(contents->first[2]);
  if (storage == storages_.end() || !sizes || !sizes->whole()) return;
  std::uint64_t elements = 1;
  for (const Value size : sizes->first) {
    if (!size.is(Kind::kInt) || size.number() < 0) return;
    if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(size.number()), &elements)) {
      return;
    }
  }
  Narration::Tensors& tensors = narration().tensors[Shown(judge_.names()[storage->second])];
  ++tensors.count;
  if (__builtin_add_overflow(tensors.elements, elements, &tensors.elements)) {
    tensors.elements = ~std::uint64_t{0};
  }
}

Value Narrator::Built(const Instruction& at, Value target, Value state) {
  const std::string before = options_.explain ? Show(target) : std::string();
  const Value result = judge_.Built(at, target, state);
  if (!options_.explain) return result;
  const GlobalId about = MakerOf(target);
  if (Wanted(about)) {
    Add({at.offset,
         LineKind::kState,
         about,
         0,
         {},
         about == kNoGlobal ? std::string() : Shown(judge_.names()[about]),
         fmt::format("{}.__setstate__({})", before, Show(state))});
  }
  // joblib reads an array from the file itself here, and puts it in the wrapper's place.
  const std::uint64_t now = judge_.scene().reader->offset();
  if (now == at.end) return result;
  ++narration().arrays;
  narration().array_bytes += now - at.end;
  if (Wanted(about)) {
    Add({at.offset,
         LineKind::kArray,
         kNoGlobal,
         IsResult(result) && result != target ? result.result_number() : 0,
         "array",
         {},
         fmt::format("{}.read({})", before, now - at.end)});
  }
  return result;
}

void Narrator::Stored(const Instruction& at, StoreKind kind, Value target,
                      std::span<const Value> items) {
  judge_.Stored(at, kind, target, items);
  const GlobalId about = MakerOf(target);
  const bool pairs = kind == StoreKind::kSetItem || kind == StoreKind::kSetItems;
  const std::string subject = about == kNoGlobal ? "" : Shown(judge_.names()[about]);
  const auto add = [&](std::string text) {
    Add({at.offset, LineKind::kStore, about, 0, {}, subject, std::move(text)});
  };
  if (pairs) {
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      if (!Wanted(about)) continue;
      add(fmt::format("{}[{}] = {}", Show(target), Show(items[i]), Show(items[i + 1])));
    }
    return;
  }
  if (items.size() > 1 && Wanted(about)) {
    constexpr std::size_t kShown = 12;
    std::string shown;
    for (std::size_t i = 0; i < std::min(items.size(), kShown); ++i) {
      shown += (i == 0 ? "" : ", ") + Show(items[i]);
    }
    if (items.size() > kShown)
      shown += fmt::format(", ... {} more", Grouped(items.size() - kShown));
    add(fmt::format("{}.{}([{}])", Show(target), MethodOf(kind, items.size()), shown));
  } else if (items.size() == 1 && Wanted(about)) {
    add(fmt::format("{}.{}({})", Show(target), MethodOf(kind, 1), Show(items.front())));
  }
}

Value Narrator::Persistent(const Instruction& at, Value key) {
  const Value result = judge_.Persistent(at, key);
  if (!options_.explain) return result;
  std::string variable = "persistent";
  const Judge::Scene& scene = judge_.scene();
  const auto contents = scene.machine->objects().Of(key);
  if (key.is(Kind::kTuple) && contents && contents->first.size() > 1 &&
      contents->first[1].is(Kind::kGlobal) && result.is(Kind::kPersistent)) {
    variable = "storage";
    if (storages_.size() < kRememberedStorages) {
      storages_.emplace(result.result_number(), contents->first[1].global());
    }
  }
  if (!Wanted(kNoGlobal)) return result;
  const std::string shown = key.is(Kind::kNothing)
                                ? Quoted(scene.reader->Raw(at.text, kShownArgumentBytes).text)
                                : Show(key);
  Add({at.offset,
       LineKind::kPersistent,
       kNoGlobal,
       IsResult(result) ? result.result_number() : 0,
       std::move(variable),
       {},
       fmt::format("persistent_load({})", shown)});
  return result;
}

void Narrator::Returned(const Instruction& at, Value value) {
  judge_.Returned(at, value);
  // The last line is kept whatever was left out before it.
  if (!options_.explain) return;
  Add({at.offset, LineKind::kReturn, kNoGlobal, 0, {}, {}, "return " + Show(value)});
}

// --- opcodes

void Narrator::Traced(const Instruction& at) {
  HeardPickle& pickle = *judge_.scene().pickle;
  if (opcodes_ >= kListedOpcodes) {
    pickle.cut = true;
    return;
  }
  ++opcodes_;
  const Judge::Scene& scene = judge_.scene();
  const Renderer renderer(*scene.reader, scene.machine->objects(), judge_.names());
  const OpcodeInfo& info = *FindOpcode(static_cast<std::uint8_t>(at.op));
  pickle.opcodes.push_back({at.offset, std::string(info.name),
                            OpcodeArgument(at, *scene.reader, renderer),
                            scene.machine->stack_size()});
}

// --- the whole

void Narrator::Tell(std::span<HeardPickle> pickles, std::span<const Finding> findings) {
  Found found;
  for (const Finding& finding : findings) {
    if (!finding.suppressed.empty()) continue;
    LineJudgement& worst = found[finding.offset];
    if (worst.rule.empty() || worst.level < finding.level) worst = {finding.level, finding.rule};
  }
  for (HeardPickle& pickle : pickles) TellOne(pickle, found);
}

void Narrator::TellOne(HeardPickle& pickle, const Found& found) {
  Narration& narration = pickle.narration;
  std::vector<LineJudgement> judgements;
  judgements.reserve(narration.entries.size());
  for (const Narration::Entry& entry : narration.entries) {
    LineJudgement judgement;
    // What is stored in an object, and its state, is judged by what was found there.
    const bool about_name = entry.kind == LineKind::kImport || entry.kind == LineKind::kCall ||
                            entry.kind == LineKind::kCreate;
    if (about_name && entry.global != kNoGlobal) {
      judgement.rule = Judge::RuleOf(judge_.names()[entry.global]);
      const bool excused = judge_.names()[entry.global].excuse() != nullptr;
      const Rule* rule = FindRule(judgement.rule);
      if (rule != nullptr && !excused) judgement.level = rule->level;
      const ImportRow* denied = judge_.names()[entry.global].denied;
      if (denied != nullptr && denied->level > judgement.level) {
        judgement = {denied->level, kDeniedByUser};
      }
    }
    const auto here = found.find(entry.offset);
    if (here != found.end() && entry.kind != LineKind::kArray &&
        here->second.level >= judgement.level) {
      judgement = here->second;
    }
    judgements.push_back(judgement);
  }
  pickle.lines = LinesOf(narration, judgements, names_, result_names_);
  pickle.summary = SummaryOf(narration);
  pickle.lines_left_out = narration.left_out;
  narration = {};
}

}  // namespace counterscan::pickle

#include "pickle/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "pickle/rules.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Bytes of a module or attribute name that are read: enough to see that it is too long.
constexpr std::size_t kNameBytes = kLongestName + 1;
// Findings about calls of one name.
constexpr std::uint32_t kReportsPerName = 4;
// Lines and opcodes listed for one file.
constexpr std::size_t kListedLines = 100'000;
constexpr std::size_t kListedOpcodes = 100'000;
constexpr std::size_t kResolvedSlots = 1024;
constexpr std::size_t kNameTexts = 512;
constexpr std::size_t kShownArgumentBytes = 120;

// "r3"
std::string ResultName(std::uint32_t number) { return "r" + std::to_string(number); }

bool IsConditional(Behaviour behaviour) {
  switch (behaviour) {
    case Behaviour::kGetattr:
    case Behaviour::kTypeOf:
    case Behaviour::kCallsFirst:
    case Behaviour::kExcusedLoader:
      return true;
    default:
      return false;
  }
}

}  // namespace

Judge::Judge(const Options& options, Walk& walk)
    : options_(options),
      walk_(walk),
      names_(options.limits.pickle_imports),
      findings_(options.limits.findings_per_file),
      resolved_(kResolvedSlots),
      name_texts_(kNameTexts) {}

std::string_view Judge::RuleOf(const GlobalName& global) {
  if (!global.known()) return "PKL-201";
  switch (global.judgement.standing) {
    case Standing::kDenied:
      if (IsConditional(global.judgement.behaviour) && global.excused_calls > 0 &&
          global.calls == 0) {
        return {};
      }
      return global.judgement.rule;
    case Standing::kListed:
      return global.judgement.use == Use::kInstantiate && global.calls > 0 ? "PKL-304"
                                                                           : std::string_view();
    case Standing::kUnlisted:
      return global.calls == 0 && global.instances > 0 ? "PKL-301" : "PKL-302";
    case Standing::kUnlistedCovered:
      return "PKL-303";
  }
  return "PKL-302";
}

void Judge::AddLine(const Instruction& at, std::string text, GlobalId global) {
  if (!options_.explain) return;
  if (lines_ >= kListedLines) {
    scene_.pickle->cut = true;
    return;
  }
  ++lines_;
  scene_.pickle->lines.push_back({at.offset, Level::kClean, {}, std::move(text)});
  scene_.pickle->line_globals.push_back(global);
}

void Judge::Traced(const Instruction& at) {
  if (opcodes_ >= kListedOpcodes) {
    scene_.pickle->cut = true;
    return;
  }
  ++opcodes_;
  const OpcodeInfo& info = *FindOpcode(static_cast<std::uint8_t>(at.op));
  const InstructionReader& reader = *scene_.reader;
  const auto line = [&](TextRange range) {
    const ArgumentText text = reader.Raw(range, kShownArgumentBytes);
    return Printable(text.text) + (text.whole ? "" : "...");
  };
  std::string argument;
  switch (info.argument) {
    case Argument::kInvalid:
    case Argument::kNone:
      break;
    case Argument::kUint1:
    case Argument::kUint2:
    case Argument::kInt4:
    case Argument::kUint4:
    case Argument::kUint8:
      argument = std::to_string(at.number);
      break;
    case Argument::kFloat8:
      argument = renderer().Show({Kind::kNumber, at.offset}, true);
      break;
    case Argument::kLong1:
    case Argument::kLong4:
      argument = at.form == NumberForm::kTooBig ? fmt::format("<{} bytes>", at.text.size)
                                                : std::to_string(at.number);
      break;
    case Argument::kText1:
    case Argument::kText4:
    case Argument::kText8:
    case Argument::kQuotedLine:
    case Argument::kUnicodeLine: {
      const bool bytes = info.after == "bytes" || info.after == "bytearray";
      argument = renderer().Show({bytes ? Kind::kBytes : Kind::kString, at.offset}, true);
      break;
    }
    case Argument::kDecimalLine:
    case Argument::kFloatLine:
    case Argument::kLine:
      argument = line(at.text);
      break;
    case Argument::kTwoLines:
      argument = line(at.text) + " " + line(at.second);
      break;
  }
  scene_.pickle->opcodes.push_back({at.offset, std::string(info.name), std::move(argument)});
}

void Judge::Declared(const Instruction& at) {
  ++scene_.pickle->declarations;
  // The last one counts: it switches name mapping and dotted lookup for what follows.
  scene_.pickle->protocol = static_cast<int>(at.number);
}

// --- names

Value Judge::Resolve(std::uint64_t offset, std::optional<std::string> module,
                     std::optional<std::string> name) {
  ++acts_;
  const bool python2 = Python2Names();
  const GlobalId id = names_.Intern(module, name, python2, offset);
  if (id != kNoGlobal) return {Kind::kGlobal, id};
  if (!table_full_) {
    table_full_ = true;
    walk_.AddGap({GapKind::kLimit, offset, scene_.reader->source().size(),
                  "more distinct names than are kept"});
  }
  // Not kept, but judged all the same.
  const Judgement judgement = JudgeWritten(module.value_or(""), name.value_or(""));
  if (judgement.standing == Standing::kDenied) {
    findings_.Add(judgement.rule, offset, [&] {
      return fmt::format("imports {}.{}", Printable(module.value_or("?"), 160),
                         Printable(name.value_or("?"), 160));
    });
  }
  return {Kind::kForgotten};
}

Value Judge::Named(const Instruction& at) {
  const Value value = Resolve(at.offset, scene_.reader->Raw(at.text, kNameBytes).text,
                              scene_.reader->Raw(at.second, kNameBytes).text);
  if (options_.explain && value.is(Kind::kGlobal)) {
    const GlobalName& global = names_[value.global()];
    AddLine(at,
            fmt::format("from {} import {}", Printable(*global.module, 160),
                        Printable(*global.name, 160)),
            value.global());
  }
  return value;
}

std::optional<std::string> Judge::NameOperand(Value operand) {
  if (!operand.is(Kind::kString)) return std::nullopt;
  NameText& cached = name_texts_[operand.offset() % kNameTexts];
  if (cached.operand != operand) {
    cached.text = scene_.reader->StringAt(operand.offset(), kNameBytes).text;
    cached.operand = operand;
  }
  return cached.text;
}

Value Judge::NamedFromStack(const Instruction& at, Value module, Value name) {
  const std::size_t slot =
      static_cast<std::size_t>((module.payload() * 31 + name.payload()) % kResolvedSlots);
  Resolved& cached = resolved_[slot];
  if (cached.result.is(Kind::kGlobal) && cached.module == module && cached.name == name &&
      cached.python2 == Python2Names() && !options_.explain) {
    ++acts_;
    return cached.result;
  }
  const Value value = Resolve(at.offset, NameOperand(module), NameOperand(name));
  // An operand that our own limit made us forget was known to the file: the gap tells of it.
  const bool forgotten = module.is(Kind::kForgotten) || name.is(Kind::kForgotten);
  if (!module.is(Kind::kString) || !name.is(Kind::kString)) {
    if (!forgotten) {
      findings_.Add("PKL-201", at.offset, [&] {
        return fmt::format("imports {}.{}, a name that only exists while loading",
                           renderer().Show(module, false), renderer().Show(name, false));
      });
    }
  } else {
    cached = {module, name, value, Python2Names()};
  }
  if (options_.explain && value.is(Kind::kGlobal)) {
    const GlobalName& global = names_[value.global()];
    AddLine(at,
            fmt::format("from {} import {}", Printable(global.module.value_or("?"), 160),
                        Printable(global.name.value_or("?"), 160)),
            value.global());
  }
  return value;
}

Value Judge::NamedByCode(const Instruction& at) {
  const auto registered = extensions_.find(at.number);
  if (registered != extensions_.end()) {
    ++acts_;
    return {Kind::kGlobal, registered->second};
  }
  findings_.Add("PKL-207", at.offset,
                [&] { return fmt::format("resolves extension code {}", at.number); });
  if (options_.explain) AddLine(at, fmt::format("# extension code {}", at.number));
  return Resolve(at.offset, std::nullopt, std::nullopt);
}

// --- calls

Value Judge::Called(const Instruction& at, CallKind kind, Value callable, Value arguments,
                    Value keywords) {
  ++acts_;
  const bool instantiates = kind == CallKind::kNewObj || kind == CallKind::kNewObjEx;
  if (!callable.is(Kind::kGlobal)) {
    // A callable that our own limit made us forget is told of by its gap.
    if (!callable.is(Kind::kForgotten)) {
      findings_.Add("PKL-206", at.offset, [&] {
        return fmt::format("calls {}({})", renderer().Show(callable, false),
                           renderer().Arguments(arguments, keywords, false));
      });
    }
    const std::uint32_t number = NextResult();
    if (options_.explain) {
      AddLine(at, fmt::format("{} = {}({})", ResultName(number), renderer().Show(callable, true),
                              renderer().Arguments(arguments, keywords, true)));
    }
    return Value::Made(Kind::kCall, kNoGlobal, number);
  }
  const GlobalId id = callable.global();
  if (instantiates) {
    ++names_[id].instances;
    const std::uint32_t number = NextResult();
    if (options_.explain) {
      const std::string shown = renderer().Arguments(arguments, keywords, true);
      AddLine(at,
              fmt::format("{} = {}.__new__({}{}{})", ResultName(number), Shown(names_[id]),
                          Shown(names_[id]), shown.empty() ? "" : ", ", shown),
              id);
    }
    // A resolver or loader reached by __new__ is a call like any other.
    if (names_[id].judgement.standing == Standing::kDenied) {
      if (names_[id].judgement.behaviour == Behaviour::kCallsFirst) {
        CheckFirstArgument(at, id, arguments, true);
      } else {
        ReportCall(at, id, arguments);
      }
    }
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
      fmt::format("calls {}({})", Shown(global), renderer().Arguments(arguments, {}, false));
  if (global.python3) {
    message += fmt::format(", which is {}.{} in Python 3", Printable(global.python3->module),
                           Printable(global.python3->name, 160));
  }
  findings_.Add(rule, at.offset, std::move(message));
}

// The first argument is called, or an object of it is created.
void Judge::CheckFirstArgument(const Instruction& at, GlobalId id, Value arguments, bool called) {
  GlobalName& global = names_[id];
  const auto contents = scene_.machine->objects().Of(arguments);
  const Value first = contents && !contents->first.empty() ? contents->first[0] : Value();
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
                                         renderer().Arguments(arguments, {}, false));
                    });
    }
    return;
  }
  if (global.judgement.standing == Standing::kDenied) ++global.excused_calls;
  if (!called) {
    ++names_[first.global()].instances;
    return;
  }
  // functools.partial(f, ...) and the like: f is as good as called. A class is a factory.
  GlobalName& inner = names_[first.global()];
  if (inner.judgement.standing == Standing::kListed &&
      inner.judgement.behaviour == Behaviour::kPlain) {
    return;
  }
  ++inner.calls;
  if (RuleOf(inner).empty() || inner.reported++ >= kReportsPerName) return;
  findings_.Add(RuleOf(inner), at.offset,
                [&] { return fmt::format("calls {} through {}", Shown(inner), Shown(global)); });
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
bool Judge::IsHarmlessLoad(Value arguments) {
  const auto contents = scene_.machine->objects().Of(arguments);
  if (!contents || contents->first.empty()) return false;
  const Value bytes = contents->first[0];
  if (!bytes.is(Kind::kBytes) && !bytes.is(Kind::kLatin1)) return false;
  const bool alone = contents->count == 1;
  return walk_.Constant(bytes) && alone;
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
  if (!contents || contents->first.size() < 3 || !contents->first[2].is(Kind::kInt)) return;
  const std::int64_t code = contents->first[2].number();
  const auto module = NameOperand(contents->first[0]);
  const auto name = NameOperand(contents->first[1]);
  const Value registered = Resolve(at.offset, module, name);
  if (registered.is(Kind::kGlobal)) extensions_.insert_or_assign(code, registered.global());
}

Value Judge::CallGlobal(const Instruction& at, GlobalId id, Value arguments) {
  const Behaviour behaviour = names_[id].judgement.behaviour;
  const std::uint32_t number = NextResult();
  Value result = Value::Made(Kind::kCall, id, number);
  if (options_.explain) {
    AddLine(at,
            fmt::format("{} = {}({})", ResultName(number), Shown(names_[id]),
                        renderer().Arguments(arguments, {}, true)),
            id);
  }
  switch (behaviour) {
    case Behaviour::kGetattr: {
      const Value resolved = ResolveGetattr(at, arguments);
      if (resolved.is(Kind::kGlobal)) {
        ++names_[id].excused_calls;
        return resolved;
      }
      break;
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
      return result;
    case Behaviour::kMakesFirst: {
      CheckFirstArgument(at, id, arguments, false);
      const auto contents = scene_.machine->objects().Of(arguments);
      if (contents && !contents->first.empty() && contents->first[0].is(Kind::kGlobal)) {
        result = Value::Made(Kind::kInstance, contents->first[0].global(), number);
        for (const Value argument : contents->first) {
          if (argument.is(Kind::kDict)) CheckState(at, result, argument);
        }
      }
      return result;
    }
    case Behaviour::kEncodes:
      if (const Value bytes = EncodedBytes(arguments); !bytes.is(Kind::kNothing)) return bytes;
      break;
    case Behaviour::kDtype:
      result = arrays_.NewDtype(*scene_.reader, scene_.machine->objects(), arguments, number);
      break;
    case Behaviour::kLoader:
      IsHarmlessLoad(arguments);
      break;
    case Behaviour::kExcusedLoader:
      if (IsHarmlessLoad(arguments)) {
        ++names_[id].excused_calls;
        return result;
      }
      break;
    case Behaviour::kAddsExtension:
      RegisterExtension(at, arguments);
      break;
    case Behaviour::kPlain:
    case Behaviour::kArrayWrapper:
      break;
  }
  ReportCall(at, id, arguments);
  return result;
}

Value Judge::Persistent(const Instruction& at, Value key) {
  ++acts_;
  // Legacy torch files hand a module's class and its source to persistent_load, to get the class
  // back: ('module', class, file, source).
  const auto contents = scene_.machine->objects().Of(key);
  if (key.is(Kind::kTuple) && contents && contents->count == 4 &&
      contents->first[1].is(Kind::kGlobal) && NameOperand(contents->first[0]) == "module") {
    return contents->first[1];
  }
  const std::uint32_t number = NextResult();
  if (options_.explain) {
    const std::string shown = key.is(Kind::kNothing)
                                  ? "'" + Printable(scene_.reader->Raw(at.text, 120).text) + "'"
                                  : renderer().Show(key, true);
    AddLine(at, fmt::format("{} = persistent_load({})", ResultName(number), shown));
  }
  return Value::Made(Kind::kPersistent, kNoGlobal, number);
}

void Judge::Returned(const Instruction& at, Value value) {
  if (options_.explain) AddLine(at, "return " + renderer().Show(value, true));
}

// --- the whole

void Judge::EndPickle() {
  const HeardPickle& pickle = *scene_.pickle;
  if (pickle.declarations > 1) {
    findings_.Add("PKL-209", pickle.offset, "declares its protocol more than once");
  }
  const int declared = pickle.declarations == 0 ? 1 : pickle.protocol;
  for (const OpcodeInfo& opcode : Opcodes()) {
    if (opcode.protocol <= declared || opcode.op == Op::kProto) continue;
    if (!scene_.machine->Used(opcode.op)) continue;
    findings_.Add("PKL-209", pickle.offset, [&] {
      return fmt::format("uses {} of protocol {} in a pickle of protocol {}", opcode.name,
                         opcode.protocol, pickle.declarations == 0 ? 0 : declared);
    });
    break;
  }
}

void Judge::Finish(std::span<HeardPickle> pickles, Analysis& analysis) {
  for (const GlobalName& global : names_.all()) {
    const std::string_view rule = RuleOf(global);
    const Rule* row = rule.empty() ? nullptr : FindRule(rule);
    Level level = row == nullptr ? Level::kClean : row->level;
    if (global.known()) {
      if (row != nullptr && global.reported == 0) {
        findings_.Add(rule, global.offset, [&] {
          return fmt::format("{} {}", rule == "PKL-301" ? "creates" : "imports", Shown(global));
        });
      }
      if (!IsPlausibleName(*global.module) || !IsPlausibleName(*global.name)) {
        findings_.Add("PKL-208", global.offset,
                      [&] { return fmt::format("imports {}", Shown(global)); });
        level = Worse(level, FindRule("PKL-208")->level);
      }
    }
    analysis.imports.push_back({global.module, global.name, level, global.offset});
    if (global.python3) {
      analysis.imports.push_back(
          {global.python3->module, global.python3->name, level, global.offset});
    }
  }
  for (HeardPickle& pickle : pickles) {
    for (std::size_t i = 0; i < pickle.lines.size(); ++i) {
      const GlobalId id = pickle.line_globals[i];
      if (id == kNoGlobal) continue;
      pickle.lines[i].rule = RuleOf(names_[id]);
      const Rule* row = FindRule(pickle.lines[i].rule);
      if (row != nullptr) pickle.lines[i].level = row->level;
    }
    analysis.pickles.push_back(std::move(pickle));
  }
  analysis.findings = findings_.Take();
  std::stable_sort(analysis.findings.begin(), analysis.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
  std::stable_sort(analysis.imports.begin(), analysis.imports.end(),
                   [](const Import& a, const Import& b) { return a.offset < b.offset; });
}

}  // namespace counterscan::pickle

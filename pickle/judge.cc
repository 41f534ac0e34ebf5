#include "pickle/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "pickle/rules.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Lines and opcodes listed for one file.
constexpr std::size_t kListedLines = 100'000;
constexpr std::size_t kListedOpcodes = 100'000;
// Caches start with so few entries, which is enough for most files.
constexpr std::size_t kFewCached = 16;
constexpr std::size_t kShownArgumentBytes = 120;

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
      constant_bytes_left_(options.limits.pickle_constant_bytes),
      resolved_(kFewCached),
      name_texts_(kFewCached) {}

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

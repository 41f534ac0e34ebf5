#include "pickle/judge/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "pickle/rules.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Caches start with so few entries, which is enough for most files.
constexpr std::size_t kFewCached = 16;

bool IsConditional(Behaviour behaviour) {
  switch (behaviour) {
    case Behaviour::kGetattr:
    case Behaviour::kTypeOf:
    case Behaviour::kIterates:
    case Behaviour::kFolds:
    case Behaviour::kCallsFirst:
    case Behaviour::kExcusedLoader:
    case Behaviour::kItems:
    case Behaviour::kReadsItem:
    case Behaviour::kNamesPair:
    case Behaviour::kCode:
      return true;
    default:
      return false;
  }
}

}  // namespace

Judge::Judge(const Options& options, Walk& walk)
    : options_(options),
      walk_(walk),
      names_(options.limits.pickle_imports, options.policy),
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
      if (global.judgement.behaviour == Behaviour::kOpensFile && global.calls > 0) return "PKL-107";
      if (global.judgement.behaviour == Behaviour::kCaches && global.calls > 0) return "PKL-105";
      return global.judgement.use == Use::kInstantiate &&
                     (global.calls > 0 || (global.kept_only && global.handed))
                 ? "PKL-304"
                 : std::string_view();
    case Standing::kUnlisted:
      if (global.calls > 0) return "PKL-302";
      if (global.instances > 0) return "PKL-301";
      return global.mentionable && !global.handed ? "PKL-306" : "PKL-302";
    case Standing::kUnlistedCovered:
      return "PKL-303";
  }
  return "PKL-302";
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

void Judge::AddAbout(const GlobalName& global, std::string_view rule, std::uint64_t offset,
                     std::string message) {
  const ImportRow* excuse = global.excuse();
  if (excuse == nullptr) return findings_.Add(rule, offset, std::move(message));
  findings_.Add(
      {std::string(rule), FindRule(rule)->level, offset, std::move(message), excuse->origin});
}

void Judge::ReportDenied(const GlobalName& global) {
  const ImportRow& row = *global.denied;
  const std::string_view verb = global.calls + global.excused_calls > 0 ? "calls"
                                : global.instances > 0                  ? "creates"
                                                                        : "imports";
  findings_.Add({std::string(kDeniedByUser), row.level, global.offset,
                 fmt::format("{} {}, denied by {}{}{}", verb, Shown(global), Printable(row.origin),
                             row.reason.empty() ? "" : ": ", Printable(row.reason))});
}

void Judge::Finish(Analysis& analysis) {
  analysis.storages = std::move(storages_);
  analysis.storages_known = storages_known_;
  for (const GlobalName& global : names_.all()) {
    const std::string_view rule = RuleOf(global);
    const Rule* row = rule.empty() ? nullptr : FindRule(rule);
    Level level = row == nullptr ? Level::kClean : row->level;
    if (global.known()) {
      if (row != nullptr && global.reported == 0) {
        AddAbout(global, rule, global.offset,
                 fmt::format("{} {}", rule == "PKL-301" ? "creates" : "imports", Shown(global)));
      }
      if (global.excuse() != nullptr) level = Level::kClean;
      if (!IsPlausibleName(*global.module) || !IsPlausibleName(*global.name)) {
        findings_.Add("PKL-208", global.offset,
                      [&] { return fmt::format("imports {}", Shown(global)); });
        level = Worse(level, FindRule("PKL-208")->level);
      }
    }
    if (global.denied != nullptr) {
      ReportDenied(global);
      level = Worse(level, global.denied->level);
    }
    analysis.imports.push_back({global.module, global.name, level, global.offset});
    if (global.python3) {
      analysis.imports.push_back(
          {global.python3->module, global.python3->name, level, global.offset});
    }
  }
  analysis.findings = findings_.Take();
  std::stable_sort(analysis.findings.begin(), analysis.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
  std::stable_sort(analysis.imports.begin(), analysis.imports.end(),
                   [](const Import& a, const Import& b) { return a.offset < b.offset; });
}

}  // namespace counterscan::pickle

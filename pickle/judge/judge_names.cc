// The judge's half that is about names: GLOBAL, INST, STACK_GLOBAL and extension codes.
#include <algorithm>
#include <fmt/format.h>

#include "pickle/judge/judge.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

// Bytes of a module or attribute name that are read: enough to see that it is too long.
constexpr std::size_t kNameBytes = kLongestName + 1;
// Entries of the caches when there is much to cache.
constexpr std::size_t kMostResolved = 1024;
constexpr std::size_t kMostNameTexts = 512;

// Widens a cache whose entries get into each other's way. What was in it is dropped: it will be
// read again.
template <class Entry>
bool Widen(std::vector<Entry>& cache, std::size_t most) {
  if (cache.size() >= most) return false;
  cache.assign(cache.size() * 4, Entry());
  return true;
}

// What copyreg and those who import from it call the registry of extension codes, and what takes
// codes out of it: whoever names that may give a code another meaning.
bool ReachesExtensionRegistry(std::string_view name) {
  return name.find("_registry") != std::string_view::npos ||
         name.find("_extension_cache") != std::string_view::npos ||
         name.find("remove_extension") != std::string_view::npos;
}

}  // namespace

Value Judge::Resolve(std::uint64_t offset, std::optional<std::string> module,
                     std::optional<std::string> name) {
  ++acts_;
  registry_touched_ = registry_touched_ || (name && ReachesExtensionRegistry(*name));
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
  const ImportRow* denied = options_.policy == nullptr || !module || !name
                                ? nullptr
                                : options_.policy->Denies(*module, *name);
  if (denied != nullptr) {
    GlobalName unkept;
    unkept.module = std::move(module);
    unkept.name = std::move(name);
    unkept.offset = offset;
    unkept.denied = denied;
    ReportDenied(unkept);
  }
  return {Kind::kForgotten};
}

Value Judge::Named(const Instruction& at) {
  const Value value = Resolve(at.offset, scene_.reader->Raw(at.text, kNameBytes).text,
                              scene_.reader->Raw(at.second, kNameBytes).text);
  return value;
}

std::optional<std::string> Judge::NameOperand(Value operand) {
  // Text that was computed of constants: known, though nobody honest computes names.
  if (operand.is(Kind::kCall)) return TextOf(operand);
  if (!operand.is(Kind::kString)) return std::nullopt;
  const auto entry = [&] { return &name_texts_[operand.offset() % name_texts_.size()]; };
  NameText* cached = entry();
  if (cached->operand == operand) return cached->text;
  const bool taken = !cached->operand.is(Kind::kNothing);
  if (taken && Widen(name_texts_, kMostNameTexts)) cached = entry();
  cached->text = scene_.reader->StringAt(operand.offset(), kNameBytes).text;
  cached->operand = operand;
  return cached->text;
}

Value Judge::NamedFromStack(const Instruction& at, Value module, Value name) {
  const auto entry = [&] {
    return &resolved_[(module.payload() * 31 + name.payload()) % resolved_.size()];
  };
  Resolved* cached = entry();
  const bool taken = cached->result.is(Kind::kGlobal);
  if (taken && cached->module == module && cached->name == name &&
      cached->python2 == Python2Names()) {
    ++acts_;
    return cached->result;
  }
  if (taken && Widen(resolved_, kMostResolved)) cached = entry();
  const Value value = Resolve(at.offset, NameOperand(module), NameOperand(name));
  // An operand that our own limit made us forget was known to the file: the gap tells of it.
  const bool forgotten = module.is(Kind::kForgotten) || name.is(Kind::kForgotten);
  if (!module.is(Kind::kString) || !name.is(Kind::kString)) {
    // What was computed depends on the loader, too: by its encoding an 8-bit string is text or
    // bytes. So the name that it is here is not the only one that it may be.
    const auto certain = [&](Value operand) {
      return operand.is(Kind::kString) ? NameOperand(operand) : std::nullopt;
    };
    Resolve(at.offset, certain(module), certain(name));
    if (!forgotten) {
      findings_.Add("PKL-201", at.offset, [&] {
        const bool known = value.is(Kind::kGlobal) && names_[value.global()].known();
        const std::string shown = known ? Shown(names_[value.global()])
                                        : renderer().Show(module) + "." + renderer().Show(name);
        return fmt::format("imports {}, a name that only exists while loading", shown);
      });
    }
  } else {
    *cached = {module, name, value, Python2Names()};
  }
  return value;
}

// Unpicklers take nothing but a str itself for a name: not an object of another class, nor a scalar
// of numpy's. A function that is no class may return one.
bool Judge::IsNoText(Value value) const {
  if (!value.is(Kind::kCall) && !value.is(Kind::kInstance)) return value.is(Kind::kDtype);
  if (value.global() == kNoGlobal) return false;
  const GlobalName& maker = names_[value.global()];
  if (!maker.known() || maker.judgement.standing != Standing::kListed) return false;
  if (value.is(Kind::kInstance)) return *maker.name != "str" && *maker.name != "unicode";
  const char first = (*maker.name)[0];
  return (first >= 'A' && first <= 'Z') || *maker.name == "scalar" || *maker.name == "_frombuffer";
}

// Python 2's cPickle takes values from below a mark, and so may register codes that it then names.
void Judge::BrokeOff(std::uint64_t offset) {
  const bool registers = std::ranges::any_of(names_.all(), [](const GlobalName& name) {
    return name.judgement.behaviour == Behaviour::kAddsExtension;
  });
  if (registers) names_.Intern(std::nullopt, std::nullopt, false, offset);
}

Value Judge::NamedByCode(const Instruction& at) {
  const auto registered = extensions_.find(at.number);
  if (registered != extensions_.end() && !registry_touched_) {
    // Copied: interning may move the table. The protocol of now decides what the name means.
    const GlobalName global = names_[registered->second];
    return Resolve(at.offset, global.module, global.name);
  }
  findings_.Add("PKL-207", at.offset,
                [&] { return fmt::format("resolves extension code {}", at.number); });
  return Resolve(at.offset, std::nullopt, std::nullopt);
}

}  // namespace counterscan::pickle

#include "pickle/policy/names.h"

#include <algorithm>

#include "pickle/content/constant_functions.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kShownNameBytes = 160;
// Names that are denied for which there is always room.
constexpr std::size_t kReserve = 1'000;

std::string KeyOf(const std::optional<std::string>& module, const std::optional<std::string>& name,
                  bool python2) {
  std::string key;
  key.reserve(8 + (module ? module->size() : 0) + (name ? name->size() : 0));
  key += python2 ? '2' : '3';
  key += module ? 'm' : '-';
  key += name ? 'n' : '-';
  if (module) key += std::to_string(module->size()) + ':' + *module;
  if (name) key += *name;
  return key;
}

// A name of Python 2 and what Python 3 makes of it are the same thing under two names.
void AskPolicy(const UserPolicy& policy, const std::string& module, const std::string& name,
               const std::optional<QualifiedName>& python3, GlobalName& global) {
  global.allowed = policy.Allows(module, name);
  global.denied = policy.Denies(module, name);
  if (!python3) return;
  if (global.allowed == nullptr) global.allowed = policy.Allows(python3->module, python3->name);
  const ImportRow* denied = policy.Denies(python3->module, python3->name);
  if (global.denied == nullptr || (denied != nullptr && denied->level > global.denied->level)) {
    global.denied = denied;
  }
}

}  // namespace

Judgement JudgeWritten(std::string_view module, std::string_view name) {
  const Judgement written = JudgeName(module, name);
  // Whatever the protocol, a Python 2 name is worth what it stands for.
  const auto python3 = Python3Name(module, name);
  return python3 ? WorseOf(written, JudgeName(python3->module, python3->name)) : written;
}

GlobalId GlobalTable::Intern(const std::optional<std::string>& module,
                             const std::optional<std::string>& name, bool python2,
                             std::uint64_t offset) {
  std::optional<QualifiedName> python3;
  if (module && name && python2) python3 = Python3Name(*module, *name);
  std::string key = KeyOf(module, name, python3.has_value());
  const auto found = ids_.find(key);
  if (found != ids_.end()) return found->second;
  GlobalName global;
  global.module = module;
  global.name = name;
  global.offset = offset;
  if (module && name) {
    global.judgement = JudgeWritten(*module, *name);
    global.mentionable =
        global.judgement.standing == Standing::kUnlisted && IsMentionable(*module, *name);
    global.kept_only = global.judgement.standing == Standing::kListed &&
                       global.judgement.use == Use::kInstantiate &&
                       global.judgement.behaviour == Behaviour::kPlain &&
                       !global.judgement.small_class && !IsClassName(*name);
    any_not_to_call_ = any_not_to_call_ || global.mentionable || global.kept_only;
  }
  any_array_wrapper_ = any_array_wrapper_ || !global.known() ||
                       global.judgement.behaviour == Behaviour::kArrayWrapper;
  // A flood of other names leaves room for those that matter most.
  const std::size_t reserve = global.judgement.standing == Standing::kDenied ? kReserve : 0;
  if (names_.size() >= std::min<std::size_t>(limit_ + reserve, kNoGlobal) ||
      text_bytes_ >= kTextBytes + reserve * kLongestName) {
    return kNoGlobal;
  }
  text_bytes_ += 2 * key.size();
  if (module && name) {
    global.computes = python3 ? ComputesConstants(python3->module, python3->name)
                              : ComputesConstants(*module, *name);
    if (policy_ != nullptr) AskPolicy(*policy_, *module, *name, python3, global);
    global.python3 = std::move(python3);
  }
  const auto id = static_cast<GlobalId>(names_.size());
  names_.push_back(std::move(global));
  ids_.emplace(std::move(key), id);
  return id;
}

std::string Shown(const GlobalName& global) {
  const auto part = [](const std::optional<std::string>& text) {
    return text ? Printable(*text, kShownNameBytes) : std::string("?");
  };
  return part(global.module) + "." + part(global.name);
}

}  // namespace counterscan::pickle

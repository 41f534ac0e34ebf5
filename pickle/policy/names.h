// GlobalTable: every distinct (module, name) of a file, judged once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pickle/machine/value.h"
#include "pickle/policy/policy.h"
#include "pickle/policy/python2.h"
#include "pickle/policy/user_policy.h"

namespace counterscan::pickle {

struct GlobalName {
  std::optional<std::string> module;     // as in the file; nullopt: not known statically
  std::optional<std::string> name;       // may be dotted
  std::optional<QualifiedName> python3;  // what it is in Python 3, where that differs
  Judgement judgement;
  const ImportRow* allowed = nullptr;  // rows of the user's policy
  const ImportRow* denied = nullptr;
  bool mentionable = false;  // on no list, and harmless as long as nothing calls it (IsMentionable)
  bool kept_only = false;    // a listed function that is harmless to have, not to call
  bool computes = false;     // makes text or bytes of constants (constant_functions.h)
  std::uint64_t offset = 0;  // where it was named first

  // How the pickle uses it.
  std::uint32_t calls = 0;          // that were not excused
  std::uint32_t excused_calls = 0;  // of a name that is judged by its arguments
  std::uint32_t instances = 0;
  bool handed = false;         // to a callable, which may call it (judge_mentions.cc)
  std::uint32_t reported = 0;  // findings about it so far

  bool known() const { return module && name; }

  // The user's row by which what the pickle does with the name so far is no matter; nullptr for
  // none. No row speaks for what is unsafe by the built-in tables.
  const ImportRow* excuse() const {
    if (allowed == nullptr || judgement.standing == Standing::kDenied) return nullptr;
    return allowed->use == ImportRow::Use::kCall || calls == 0 ? allowed : nullptr;
  }
};

class GlobalTable {
 public:
  // `policy`: what the user adds, or nullptr. Must outlive the table.
  GlobalTable(std::size_t limit, const UserPolicy* policy) : limit_(limit), policy_(policy) {}

  // The id of the pair, judged when it is new; kNoGlobal when the table is full. `python2`: the
  // name is mapped as under protocol < 3.
  GlobalId Intern(const std::optional<std::string>& module, const std::optional<std::string>& name,
                  bool python2, std::uint64_t offset);

  GlobalName& operator[](GlobalId id) { return names_[id]; }
  const GlobalName& operator[](GlobalId id) const { return names_[id]; }
  std::vector<GlobalName>& all() { return names_; }
  std::size_t size() const { return names_.size(); }
  // True when there is a name that is harmless only as long as nothing calls it.
  bool any_not_to_call() const { return any_not_to_call_; }
  // True when there is a class whose objects joblib takes for arrays, or a name that nobody knows.
  bool any_array_wrapper() const { return any_array_wrapper_; }

 private:
  // Names of one file that are kept, in bytes: bounds what a hostile file can make us hold.
  static constexpr std::size_t kTextBytes = 32 * 1024 * 1024;

  std::size_t limit_;
  const UserPolicy* policy_;
  std::size_t text_bytes_ = 0;
  bool any_not_to_call_ = false;
  bool any_array_wrapper_ = false;
  std::vector<GlobalName> names_;
  std::unordered_map<std::string, GlobalId> ids_;
};

// Judgement of a name as written, and of what Python 3 makes of it.
Judgement JudgeWritten(std::string_view module, std::string_view name);

// "module.name", escaped; "?" for a part that is not known.
std::string Shown(const GlobalName& global);

}  // namespace counterscan::pickle

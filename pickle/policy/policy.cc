#include "pickle/policy/policy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pickle/policy/listed_classes.h"
#include "pickle/policy/python2.h"
#include "scanner/base/text.h"

namespace counterscan::pickle {
namespace {

struct ModulesRow {  // modules, or names that are denied anywhere
  std::string_view rule;
  std::string_view words;
};
struct DeniedRow {
  std::string_view rule;
  std::string_view module;
  std::string_view names;
};
struct ListedRow {
  Use use;
  std::string_view module;
  std::string_view names;
};
struct JudgedRow {
  Behaviour behaviour;
  std::string_view module;
  std::string_view names;
};

#define DENY_MODULES(rule, modules) {rule, modules},
#define DENY_NAMES(rule, module, names)
#define DENY_ATTRIBUTES(names)
constexpr auto kDeniedModules = std::to_array<ModulesRow>({
#include "pickle/policy/denied_names.def"
});
#undef DENY_MODULES
#undef DENY_NAMES
#define DENY_MODULES(rule, modules)
#define DENY_NAMES(rule, module, names) {rule, module, names},
constexpr auto kDeniedNames = std::to_array<DeniedRow>({
#include "pickle/policy/denied_names.def"
});
#undef DENY_NAMES
#undef DENY_ATTRIBUTES
#define DENY_NAMES(rule, module, names)
#define DENY_ATTRIBUTES(names) names,
constexpr auto kDeniedAttributes = std::to_array<std::string_view>({
#include "pickle/policy/denied_names.def"
});
#undef DENY_MODULES
#undef DENY_NAMES
#undef DENY_ATTRIBUTES

#define DENY_ANYWHERE(rule, names) {rule, names},
constexpr auto kDeniedAnywhere = std::to_array<ModulesRow>({
#include "pickle/policy/denied_anywhere.def"
});
#undef DENY_ANYWHERE

#define CALLED(names) names,
constexpr auto kCalledWhileLoading = std::to_array<std::string_view>({
#include "pickle/policy/called_methods.def"
});
#undef CALLED

#define LISTED(use, module, names) {Use::use, module, names},
constexpr auto kListed = std::to_array<ListedRow>({
#include "pickle/policy/listed_names.def"
});
#undef LISTED

#define JUDGED(behaviour, module, names) {Behaviour::behaviour, module, names},
constexpr auto kJudged = std::to_array<JudgedRow>({
#include "pickle/policy/judged_names.def"
});
#undef JUDGED

#define COVERED(packages) packages,
constexpr auto kCovered = std::to_array<std::string_view>({
#include "pickle/policy/covered_packages.def"
});
#undef COVERED

// Calls visit(word) for every blank-separated word.
template <class Visit>
void ForEachWord(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const std::size_t blank = words.find(' ');
    visit(words.substr(0, blank));
    if (blank == std::string_view::npos) break;
    words.remove_prefix(blank + 1);
  }
}

// "name" or "prefix*".
bool Matches(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

bool HasWord(std::string_view words, std::string_view name) {
  bool found = false;
  ForEachWord(words, [&](std::string_view word) { found = found || Matches(word, name); });
  return found;
}

// The tables by module. Made once, at the first name of the process.
struct Index {
  std::unordered_map<std::string_view, std::string_view> denied_modules;  // to rule
  std::unordered_multimap<std::string_view, const DeniedRow*> denied_names;
  std::unordered_map<std::string_view, std::string_view> denied_anywhere;  // to rule
  std::unordered_set<std::string_view> denied_attributes;
  std::unordered_set<std::string_view> called_while_loading;
  std::unordered_multimap<std::string_view, const ListedRow*> listed;
  std::unordered_multimap<std::string_view, const JudgedRow*> judged;
  std::unordered_set<std::string_view> covered;

  Index() {
    for (const ModulesRow& row : kDeniedModules) {
      ForEachWord(row.words,
                  [&](std::string_view module) { denied_modules.emplace(module, row.rule); });
    }
    for (const ModulesRow& row : kDeniedAnywhere) {
      ForEachWord(row.words,
                  [&](std::string_view name) { denied_anywhere.emplace(name, row.rule); });
    }
    for (const DeniedRow& row : kDeniedNames) denied_names.emplace(row.module, &row);
    for (const std::string_view names : kCalledWhileLoading) {
      ForEachWord(names, [&](std::string_view name) { called_while_loading.insert(name); });
    }
    for (const std::string_view names : kDeniedAttributes) {
      ForEachWord(names, [&](std::string_view name) { denied_attributes.insert(name); });
    }
    for (const ListedRow& row : kListed) listed.emplace(row.module, &row);
    for (const JudgedRow& row : kJudged) judged.emplace(row.module, &row);
    for (const std::string_view names : kCovered) {
      ForEachWord(names, [&](std::string_view name) { covered.insert(name); });
    }
  }
};

const Index& Tables() {
  static const Index index;
  return index;
}

std::string_view TopPackage(std::string_view module) { return module.substr(0, module.find('.')); }

// Rule of a denied module: of itself or of a package it lies in.
std::string_view DeniedModule(std::string_view module) {
  for (;;) {
    const auto found = Tables().denied_modules.find(module);
    if (found != Tables().denied_modules.end()) return found->second;
    const std::size_t dot = module.rfind('.');
    if (dot == std::string_view::npos) return {};
    module = module.substr(0, dot);
  }
}

std::string_view DeniedName(std::string_view module, std::string_view name) {
  const auto [first, last] = Tables().denied_names.equal_range(module);
  for (auto row = first; row != last; ++row) {
    if (HasWord(row->second->names, name)) return row->second->rule;
  }
  return {};
}

// "IGNORE_CASE", as constants are named.
bool IsConstantName(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

// Of the names listed by hand.
std::optional<Use> ListedUse(std::string_view module, std::string_view name) {
  std::optional<Use> use;
  const auto [first, last] = Tables().listed.equal_range(module);
  for (auto row = first; row != last; ++row) {
    if (!HasWord(row->second->names, name)) continue;
    use = BothUses(use.value_or(row->second->use), row->second->use);
  }
  // Class.__new__ is how the class is created without being called.
  constexpr std::string_view kNew = ".__new__";
  if (!use && name.ends_with(kNew) && name.find('.') == name.size() - kNew.size() &&
      JudgeName(module, name.substr(0, name.size() - kNew.size())).standing == Standing::kListed) {
    use = Use::kCall;
  }
  // Python 3.11 writes the members of an enumeration as attributes of it. In capitals, they are
  // constants of whatever class.
  if (const std::size_t dot = name.find('.');
      !use && dot != std::string_view::npos && IsConstantName(name.substr(dot + 1)) &&
      JudgeName(module, name.substr(0, dot)).standing == Standing::kListed) {
    use = Use::kInstantiate;
  }
  // What TorchScript calls its own classes; no importable module has this name.
  if (!use && TopPackage(module) == "__torch__") use = Use::kInstantiate;
  return use;
}

Behaviour BehaviourOf(std::string_view module, std::string_view name) {
  const auto [first, last] = Tables().judged.equal_range(module);
  for (auto row = first; row != last; ++row) {
    if (HasWord(row->second->names, name)) return row->second->behaviour;
  }
  // Cython writes these functions: (class, checksum, state). Class.__new__ has the class first too.
  return name.starts_with("__pyx_unpickle_") || name.ends_with(".__new__") ? Behaviour::kMakesFirst
                                                                           : Behaviour::kPlain;
}

std::vector<std::string_view> SplitAtDots(std::string_view name) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dot = name.find('.');
    parts.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    name.remove_prefix(dot + 1);
  }
}

std::string_view WithoutUnderscores(std::string_view name) {
  const std::size_t first = name.find_first_not_of('_');
  return first == std::string_view::npos ? name : name.substr(first);
}

// A component of a dotted name that is itself a module from which everything can be reached.
bool IsDeniedComponent(std::string_view part) {
  const Index& tables = Tables();
  if (tables.denied_attributes.contains(part) || tables.denied_anywhere.contains(part) ||
      part == "__main__") {
    return true;
  }
  const std::string_view bare = WithoutUnderscores(part);
  return tables.denied_modules.contains(part) || tables.denied_modules.contains(bare) ||
         bare == "builtins";
}

// Components of a dotted name that are read; no honest class lies deeper.
constexpr std::size_t kDottedParts = 12;

// Rule of a dotted name that goes through something denied.
std::string_view DeniedWalk(std::string_view module, std::string_view name) {
  const std::vector<std::string_view> parts = SplitAtDots(name);
  if (parts.size() > kDottedParts) return "PKL-112";
  for (const std::string_view part : parts) {
    if (IsDeniedComponent(part)) return "PKL-112";
  }
  // "torch", "hub.load" is "torch.hub", "load"; and any part may be the name of a module that
  // another module holds: "pkg", "uuid._popen".
  const auto from = [&](std::string inner, std::size_t next) -> std::string_view {
    for (; next < parts.size(); ++next) {
      if (!inner.empty()) {
        if (const auto rule = DeniedModule(inner); !rule.empty()) return rule;
        if (const auto rule = DeniedName(inner, parts[next]); !rule.empty()) return rule;
        inner += '.';
      }
      inner += parts[next];
    }
    return {};
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (const auto rule = from({}, i); !rule.empty()) return rule;
  }
  // A method of a denied class is denied.
  return from(std::string(module), 0);
}

// Modules that are the same under another name: "numpy._core" since numpy 2, and so on.
struct Alias {
  std::string_view module;
  std::string_view same_as;
};
constexpr auto kAliases = std::to_array<Alias>({
    {"numpy._core", "numpy.core"},
    {"tensorflow.python.keras", "keras"},
    {"tensorflow.keras", "keras"},
    {"tensorflow.compat.v1", "tensorflow"},
    {"tensorflow.compat.v2", "tensorflow"},
    {"tf_keras", "keras"},
    {"keras.src", "keras"},
    {"keras.api", "keras"},
    {"past.builtins", "builtins"},
    {"future.builtins", "builtins"},
    {"torch._six", "six"},
});

// The module by its older or shorter name, without the underscores that only mark it as private:
// "numpy._core.multiarray" -> "numpy.core.multiarray", "_operator" -> "operator".
std::string PlainModule(std::string_view module) {
  std::string plain;
  for (const Alias& alias : kAliases) {
    if (!module.starts_with(alias.module)) continue;
    const std::string_view rest = module.substr(alias.module.size());
    if (!rest.empty() && rest.front() != '.') continue;
    plain = alias.same_as;
    module = rest.empty() ? rest : rest.substr(1);
    if (module.empty()) return plain;
    plain += '.';
    break;
  }
  for (;;) {
    const std::size_t dot = module.find('.');
    plain += WithoutUnderscores(module.substr(0, dot));
    if (dot == std::string_view::npos) return plain;
    plain += '.';
    module.remove_prefix(dot + 1);
  }
}

// Rule of a name that one of the module's packages has under this name, and that is denied there:
// "scipy.optimize._minimize", "minimize" is "scipy.optimize", "minimize".
std::string_view DeniedInPackage(std::string_view module, std::string_view name) {
  for (;;) {
    if (const auto rule = DeniedName(module, name); !rule.empty()) return rule;
    const std::size_t dot = module.rfind('.');
    if (dot == std::string_view::npos) return {};
    module = module.substr(0, dot);
  }
}

// Folders in which packages keep copies of other packages.
constexpr auto kVendorFolders = std::to_array<std::string_view>(
    {"_vendor", "vendor", "vendored", "_vendored", "externals", "extern", "_external", "external",
     "third_party", "thirdparty", "moves", "packages", "_libs_vendor"});

// The module inside such a folder: "six.moves.urllib" -> "urllib"; "" when there is none.
std::string_view VendoredModule(std::string_view module) {
  std::size_t begin = 0;
  for (std::size_t dot = module.find('.'); dot != std::string_view::npos;
       dot = module.find('.', dot + 1)) {
    const std::string_view part = module.substr(begin, dot - begin);
    for (const std::string_view folder : kVendorFolders) {
      if (part == folder) return module.substr(dot + 1);
    }
    begin = dot + 1;
  }
  return {};
}

std::string_view DeniedRule(std::string_view module, std::string_view name) {
  if (const auto rule = DeniedModule(module); !rule.empty()) return rule;
  if (const auto rule = DeniedInPackage(module, name); !rule.empty()) return rule;
  if (module != "__main__") {
    const std::string plain = PlainModule(module);
    if (plain != module) {
      if (const auto rule = DeniedModule(plain); !rule.empty()) return rule;
      if (const auto rule = DeniedInPackage(plain, name); !rule.empty()) return rule;
    }
  }
  // Importing a package's __main__ runs it.
  if (module.ends_with(".__main__")) return "PKL-102";
  if (name.find('.') != std::string_view::npos) {
    if (const auto rule = DeniedWalk(module, name); !rule.empty()) return rule;
  }
  const auto anywhere = Tables().denied_anywhere.find(name.substr(name.rfind('.') + 1));
  return anywhere == Tables().denied_anywhere.end() ? std::string_view() : anywhere->second;
}

}  // namespace

Judgement WorseOf(const Judgement& a, const Judgement& b) {
  if (a.standing != b.standing) {
    // A Python 2 name on no list is judged by what it means in Python 3.
    const bool a_unlisted =
        a.standing == Standing::kUnlisted || a.standing == Standing::kUnlistedCovered;
    if (a_unlisted) return b;
    const bool b_unlisted =
        b.standing == Standing::kUnlisted || b.standing == Standing::kUnlistedCovered;
    if (b_unlisted) return a;
    return a.standing < b.standing ? b : a;
  }
  return b;
}

Use BothUses(Use a, Use b) {
  const auto calls = [](Use use) { return use == Use::kCall || use == Use::kEither; };
  if (a == b) return a;
  return calls(a) || calls(b) ? Use::kEither : Use::kInstantiate;
}

Judgement JudgeName(std::string_view module, std::string_view name) {
  Judgement judgement;
  judgement.behaviour = BehaviourOf(module, name);
  if (const auto rule = DeniedName(module, name); !rule.empty()) {
    judgement.standing = Standing::kDenied;
    judgement.rule = rule;
    return judgement;
  }
  const std::optional<Use> by_hand = ListedUse(module, name);
  if (!by_hand) {
    if (const auto rule = DeniedRule(module, name); !rule.empty()) {
      judgement.standing = Standing::kDenied;
      judgement.rule = rule;
      return judgement;
    }
  }
  const std::optional<Use> generated = ListedClassUse(module, name);
  if (by_hand || generated) {
    judgement.standing = Standing::kListed;
    judgement.use = BothUses(by_hand.value_or(generated.value_or(Use::kEither)),
                             generated.value_or(by_hand.value_or(Use::kEither)));
    if (judgement.use == Use::kSmallClass) {
      judgement.use = Use::kInstantiate;
      judgement.small_class = true;
    }
    return judgement;
  }
  if (const std::string_view inner = VendoredModule(module); !inner.empty()) {
    const Judgement inside = JudgeName(inner, name);
    if (inside.standing == Standing::kDenied || inside.standing == Standing::kListed) return inside;
  }
  judgement.standing = Tables().covered.contains(TopPackage(module)) ? Standing::kUnlistedCovered
                                                                     : Standing::kUnlisted;
  return judgement;
}

namespace {

// Letters that look like ASCII ones: full-width and mathematical letters, which identifiers in
// source are folded to ASCII from (PEP 3131), and Greek and Cyrillic ones beside ASCII letters.
// import compares code points, so that such a name is never the one it looks like.
bool LooksLikeAnother(std::string_view name) {
  bool ascii_letter = false;
  bool other_script = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto lead = static_cast<unsigned char>(name[i]);
    if (lead < 0x80) {
      ascii_letter = ascii_letter || (lead >= 'a' && lead <= 'z') || (lead >= 'A' && lead <= 'Z');
      continue;
    }
    const auto trail = i + 1 < name.size() ? static_cast<unsigned char>(name[i + 1]) : 0u;
    if (lead == 0xef && (trail == 0xbc || trail == 0xbd)) return true;  // U+FF00 to U+FF7F
    if (lead == 0xf0 && trail == 0x9d) return true;                     // U+1D000 to U+1DFFF
    if (lead == 0xe2 && (trail == 0x84 || trail == 0x85)) return true;  // U+2100 to U+217F
    if (lead >= 0xcd && lead <= 0xd4) other_script = true;              // U+0340 to U+053F
  }
  return ascii_letter && other_script;
}

}  // namespace

bool IsPlausibleName(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || !IsUtf8(name)) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= ' ') return false;
  }
  return Printable(name) == name && !LooksLikeAnother(name);
}

bool IsClassName(std::string_view name) {
  const std::string_view last = WithoutUnderscores(name.substr(name.rfind('.') + 1));
  return !last.empty() && last[0] >= 'A' && last[0] <= 'Z';
}

bool IsMentionable(std::string_view module, std::string_view name) {
  if (!IsPlausibleName(module) || !IsPlausibleName(name)) return false;
  // Importing these runs a program, or the code of whoever's folder the model lies in.
  for (const std::string_view part : SplitAtDots(module)) {
    if (part == "conftest" || part == "setup") return false;
  }
  std::string package(TopPackage(module));
  for (char& c : package) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (package != TopPackage(module) &&
      (Tables().covered.contains(package) || Tables().denied_modules.contains(package))) {
    return false;
  }
  const std::vector<std::string_view> parts = SplitAtDots(name);
  // A method: "Class.method", "Outer.Inner.method".
  constexpr std::size_t kMethodParts = 3;
  return parts.size() == 1 || (parts.size() <= kMethodParts && name[0] >= 'A' && name[0] <= 'Z');
}

bool IsDeniedAttribute(std::string_view name) {
  return Tables().denied_attributes.contains(name) || Tables().denied_anywhere.contains(name);
}

bool IsCalledWhileLoading(std::string_view key) {
  // Of what a state or __new__ is given: statsmodels' data, scipy's systems, torch's parameters.
  // SymPy's objects, which are shown in the message of an error.
  static constexpr auto kCalledOfParts = std::to_array<std::string_view>(
      {"_sympyrepr", "_sympystr", "detach", "join", "to_ss", "to_tf", "to_zpk"});
  return Tables().called_while_loading.contains(key) ||
         std::ranges::find(kCalledOfParts, key) != kCalledOfParts.end();
}

bool IsDangerousStateKey(std::string_view key) {
  if (key.size() < 5 || !key.starts_with("__") || !key.ends_with("__")) return false;
  // Kept by honest libraries in their objects' state: pydantic, typing's generics, documentation,
  // yacs, networkx, torch.jit, and what an object was made of. Python calls none of these.
  static constexpr auto kHarmless = std::to_array<std::string_view>({"__dict__",
                                                                     "__fields_set__",
                                                                     "__pydantic_extra__",
                                                                     "__pydantic_fields_set__",
                                                                     "__pydantic_private__",
                                                                     "__private_attribute_values__",
                                                                     "__orig_class__",
                                                                     "__overloads__",
                                                                     "__doc__",
                                                                     "__module__",
                                                                     "__version__",
                                                                     "__name__",
                                                                     "__qualname__",
                                                                     "__annotations__",
                                                                     "__immutable__",
                                                                     "__deprecated_keys__",
                                                                     "__renamed_keys__",
                                                                     "__new_allowed__",
                                                                     "__networkx_cache__",
                                                                     "__args__",
                                                                     "__kwargs__",
                                                                     "__signature__",
                                                                     "__wrapped__"});
  for (const std::string_view harmless : kHarmless) {
    if (key == harmless) return false;
  }
  // Special names of several words are few; libraries make up their own of them, as
  // "__networkx_cache__".
  static constexpr auto kOfSeveralWords = std::to_array<std::string_view>(
      {"reduce_ex",   "init_subclass", "class_getitem",  "set_name",
       "length_hint", "type_params",   "text_signature", "mro_entries",
       "match_args",  "getnewargs_ex", "post_init",      "array_",
       "cuda_array",  "torch_",        "tensor_",        "jax_",
       "sklearn_",    "dlpack_",       "dask_",          "copy_",
       "get_",        "set_",          "del_",           "call_",
       "wrapped_",    "rich_",         "index_",         "static_attributes"});
  const std::string_view inner = key.substr(2, key.size() - 4);
  if (inner.find('_') != std::string_view::npos &&
      std::ranges::none_of(kOfSeveralWords,
                           [&](std::string_view words) { return inner.starts_with(words); })) {
    return false;
  }
  // Python gives a meaning to none with a capital: "__FILE_RESOURCE_DATA__" is somebody's own.
  return std::ranges::none_of(key, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace counterscan::pickle

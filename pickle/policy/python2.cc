#include "pickle/policy/python2.h"

#include <array>

namespace counterscan::pickle {
namespace {

struct ModuleRow {
  std::string_view python2;
  std::string_view python3;
};
struct NameRow {
  std::string_view module;
  std::string_view name;
  std::string_view python3_module;
  std::string_view python3_name;
};

#define NAME(module, name, python3_module, python3_name)
#define MODULE(python2, python3) {python2, python3},
constexpr auto kModules = std::to_array<ModuleRow>({
#include "pickle/policy/python2_names.def"
});
#undef MODULE
#undef NAME

#define MODULE(python2, python3)
#define NAME(module, name, python3_module, python3_name) \
  {module, name, python3_module, python3_name},
constexpr auto kNames = std::to_array<NameRow>({
#include "pickle/policy/python2_names.def"
});
#undef NAME
#undef MODULE

}  // namespace

std::optional<QualifiedName> Python3Name(std::string_view module, std::string_view name) {
  for (const NameRow& row : kNames) {
    if (row.module == module && row.name == name) {
      return QualifiedName{std::string(row.python3_module), std::string(row.python3_name)};
    }
  }
  for (const ModuleRow& row : kModules) {
    if (row.python2 == module) return QualifiedName{std::string(row.python3), std::string(name)};
  }
  return std::nullopt;
}

}  // namespace counterscan::pickle

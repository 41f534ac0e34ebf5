#include "scanner/crosscheck/import_names.h"

#include <algorithm>
#include <array>

#include "pickle/policy/python2.h"

namespace counterscan {
namespace {

struct BlindSpot {
  std::string_view module;  // and what is below it
  std::string_view name;    // "" for every name
};
// The difference between the lists of picklescan 0.0.32 and 1.0.5.
constexpr auto kBlindSpots = std::to_array<BlindSpot>({
    {"_aix_support", ""},
    {"_io", ""},
    {"_operator", ""},
    {"_osx_support", ""},
    {"_pyrepl", ""},
    {"cProfile", ""},
    {"cloudpickle.cloudpickle", ""},
    {"ctypes", ""},
    {"distutils.file_util", ""},
    {"imaplib", ""},
    {"logging", ""},
    {"numpy.f2py", ""},
    {"operator", "itemgetter"},
    {"operator", "methodcaller"},
    {"pkgutil", ""},
    {"profile", ""},
    {"pty", ""},
    {"pydoc", ""},
    {"test", ""},
    {"types", ""},
    {"urllib.request", ""},
    {"uuid", ""},
});

bool IsInOrBelow(std::string_view module, std::string_view parent) {
  return module.starts_with(parent) &&
         (module.size() == parent.size() || module[parent.size()] == '.');
}

}  // namespace

std::string ImportKey(std::string_view module, std::string_view name) {
  std::string key;
  if (const auto python3 = pickle::Python3Name(module, name)) {
    key.append(python3->module).append(" ").append(python3->name);
  } else {
    key.append(module).append(" ").append(name);
  }
  return key;
}

OurImports ImportsOf(const FileReport& file) {
  OurImports ours;
  for (const Import& import : file.imports) {
    if (!import.module || !import.name) {
      ++ours.unnamed;
      continue;
    }
    OurImport& known = ours.named[ImportKey(*import.module, *import.name)];
    const bool is_new = known.module.empty() && known.name.empty();
    if (!is_new && import.level <= known.level) continue;
    known = {*import.module, *import.name, import.level, import.where};
  }
  return ours;
}

bool IsBlindSpotOf0032(std::string_view module, std::string_view name) {
  return std::any_of(kBlindSpots.begin(), kBlindSpots.end(), [&](const BlindSpot& spot) {
    return IsInOrBelow(module, spot.module) && (spot.name.empty() || spot.name == name);
  });
}

}  // namespace counterscan

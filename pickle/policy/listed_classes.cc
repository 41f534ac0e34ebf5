#include "pickle/policy/listed_classes.h"

#include <algorithm>
#include <array>

namespace counterscan::pickle {
namespace {

// Takes the length from the type: counting it out is more than compilers do at compile time.
template <std::size_t kSize>
constexpr ListedSection Section(std::string_view first_module, const char (&rows)[kSize]) {
  return {first_module, std::string_view(rows, kSize - 1)};
}

#define USE_kInstantiate "i"
#define USE_kSmallClass "s"
#define USE_kCall "c"
#define USE_kEither "e"
#define LISTED(use, module, names) module " " USE_##use " " names "\n"
#define SECTION(first_module, ...) Section(first_module, __VA_ARGS__),
constexpr auto kSections = std::to_array<ListedSection>({
#include "pickle/policy/listed_classes.def"
});
#undef SECTION
#undef LISTED

Use UseOf(char letter) {
  switch (letter) {
    case 'c':
      return Use::kCall;
    case 'e':
      return Use::kEither;
    case 's':
      return Use::kSmallClass;
    default:
      return Use::kInstantiate;
  }
}

// True when `name` is one of the blank-separated `names`.
bool HasName(std::string_view names, std::string_view name) {
  for (std::size_t at = names.find(name); at != std::string_view::npos;
       at = names.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || names[at - 1] == ' ') && (end == names.size() || names[end] == ' ')) {
      return true;
    }
  }
  return false;
}

std::string_view ModuleOfRow(std::string_view rows) { return rows.substr(0, rows.find(' ')); }

// The rows from the first one whose module does not come before `module`.
std::string_view RowsFrom(std::string_view rows, std::string_view module) {
  std::size_t low = 0;             // starts a row; all rows before it come before `module`
  std::size_t high = rows.size();  // ends a row; no row after it comes before `module`
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const std::size_t newline = middle == 0 ? std::string_view::npos : rows.rfind('\n', middle - 1);
    const std::size_t begin =
        newline == std::string_view::npos || newline < low ? low : newline + 1;
    if (ModuleOfRow(rows.substr(begin)) < module) {
      low = rows.find('\n', begin) + 1;
    } else {
      high = begin;
    }
  }
  return rows.substr(low);
}

}  // namespace

std::span<const ListedSection> ListedSections() { return kSections; }

std::optional<Use> ListedClassUse(std::string_view module, std::string_view name) {
  // A blank would reach over the end of a name, or of a module.
  if (name.empty() || name.find(' ') != std::string_view::npos) return std::nullopt;
  const auto after = std::upper_bound(
      kSections.begin(), kSections.end(), module,
      [](std::string_view wanted, const ListedSection& s) { return wanted < s.first_module; });
  if (after == kSections.begin()) return std::nullopt;
  std::optional<Use> use;
  for (std::string_view rows = RowsFrom(std::prev(after)->rows, module);
       !rows.empty() && ModuleOfRow(rows) == module;) {
    const std::size_t end = rows.find('\n');
    const std::string_view row = rows.substr(0, end).substr(module.size() + 1);
    if (HasName(row.substr(2), name)) {
      use = BothUses(use.value_or(UseOf(row[0])), UseOf(row[0]));
    }
    rows.remove_prefix(end + 1);
  }
  return use;
}

}  // namespace counterscan::pickle

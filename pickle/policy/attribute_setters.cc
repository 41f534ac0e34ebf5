#include "pickle/policy/attribute_setters.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace counterscan::pickle {
namespace {

struct Row {
  std::string_view module, name, attributes;  // the attributes with blanks between them
};

#define SETTERS(names) names,
#define SLOTS(module, name, names)
#define SET_EACH(module, name, names)
constexpr auto kSetters = std::to_array<std::string_view>({
#include "pickle/policy/attribute_setters.def"
});
#undef SETTERS
#undef SLOTS
#undef SET_EACH

#define SETTERS(names)
#define SLOTS(module, name, names) {module, name, names},
#define SET_EACH(module, name, names)
constexpr auto kSlots = std::to_array<Row>({
#include "pickle/policy/attribute_setters.def"
});
#undef SLOTS
#undef SET_EACH

#define SLOTS(module, name, names)
#define SET_EACH(module, name, names) {module, name, names},
constexpr auto kSetEach = std::to_array<Row>({
#include "pickle/policy/attribute_setters.def"
});
#undef SETTERS
#undef SLOTS
#undef SET_EACH

bool HasWord(std::string_view words, std::string_view word) {
  for (std::size_t at = words.find(word); at != std::string_view::npos;
       at = words.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' '))
      return true;
  }
  return false;
}

// The class's row, nullptr for none. Rows are sorted by module and name.
const Row* Find(std::span<const Row> rows, std::string_view module, std::string_view name) {
  const auto key = std::pair(module, name);
  const auto row = std::lower_bound(rows.begin(), rows.end(), key, [](const Row& a, const auto& b) {
    return std::pair(a.module, a.name) < b;
  });
  const bool found = row != rows.end() && row->module == module && row->name == name;
  return found ? &*row : nullptr;
}

std::string_view AttributesOf(std::span<const Row> rows, std::string_view module,
                              std::string_view name) {
  const Row* row = Find(rows, module, name);
  return row == nullptr ? std::string_view() : row->attributes;
}

}  // namespace

bool RunsSetter(std::string_view module, std::string_view name, std::string_view attribute) {
  const bool known = std::any_of(kSetters.begin(), kSetters.end(),
                                 [&](std::string_view names) { return HasWord(names, attribute); });
  if (!known) return false;
  const std::string_view slots = AttributesOf(kSlots, module, name);
  return !HasWord(slots, attribute) && !HasWord(slots, "*");
}

bool HasSlots(std::string_view module, std::string_view name) {
  return Find(kSlots, module, name) != nullptr;
}

bool StateRunsSetter(std::string_view module, std::string_view name, std::string_view key) {
  return HasWord(AttributesOf(kSetEach, module, name), key);
}

bool SetsEachKey(std::string_view module, std::string_view name) {
  return !AttributesOf(kSetEach, module, name).empty();
}

}  // namespace counterscan::pickle

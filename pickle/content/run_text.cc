#include "pickle/content/run_text.h"

#include <algorithm>
#include <array>

namespace counterscan::pickle {
namespace {

// A line is `head`, names, numbers and commas, `tail`; between the names, `middle` may stand once.
struct LineForm {
  std::string_view head, middle, tail;
};
constexpr auto kForms = std::to_array<LineForm>({
    {"def _parse_args(self, ", "", "):"},
    {"def _parse_args_rvs(self, ", "", ", size=None):"},
    {"def _parse_args_stats(self, ", "", ", moments='mv'):"},
    {"    return (", ")", ""},
    {"    return self._argcheck_rvs(", "", ", size=size)"},
});

// Without brackets, dots and quotes there is nothing that calls or reaches anything.
bool IsPlain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ',' || c == ' ' || c == '=';
  });
}

bool HasForm(std::string_view line, const LineForm& form) {
  if (!line.starts_with(form.head)) return false;
  line.remove_prefix(form.head.size());
  if (!line.ends_with(form.tail)) return false;
  line.remove_suffix(form.tail.size());
  const std::size_t middle = form.middle.empty() ? 0 : line.find(form.middle);
  if (middle == std::string_view::npos) return false;
  return IsPlain(line.substr(0, middle)) && IsPlain(line.substr(middle + form.middle.size()));
}

// Functions of patsy's formulas, and of NumPy's that are common in them.
constexpr auto kFormulaCalls = std::to_array<std::string_view>(
    {"C",           "I",        "bs",        "cr",      "cc",        "te",        "center",
     "standardize", "scale",    "Treatment", "Sum",     "Poly",      "Diff",      "Helmert",
     "np.log",      "np.log1p", "np.exp",    "np.sqrt", "np.abs",    "np.square", "abs",
     "np.log10",    "np.power", "np.sin",    "np.cos",  "numpy.log", "numpy.exp", "numpy.sqrt"});

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

}  // namespace

bool IsPlainFormula(std::string_view text) {
  std::size_t word = 0;  // where the name before the next character begins
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsNameCharacter(c)) continue;
    const std::string_view name = text.substr(word, i - word);
    word = i + 1;
    if (c == '(') {
      // A blank between a function and its bracket would hide the function.
      const bool call = !name.empty();
      if (call && std::ranges::find(kFormulaCalls, name) == kFormulaCalls.end()) return false;
      const std::size_t before = text.substr(0, i).find_last_not_of(" \t\n");
      if (!call && before != std::string_view::npos &&
          (IsNameCharacter(text[before]) || text[before] == ')')) {
        return false;
      }
    } else if (std::string_view(" \t\n~+-*/:|^),=").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool IsArgumentParser(std::string_view text) {
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (!line.empty() &&
        std::ranges::none_of(kForms, [&](const LineForm& form) { return HasForm(line, form); })) {
      return false;
    }
  }
  return true;
}

}  // namespace counterscan::pickle

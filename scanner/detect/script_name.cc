#include "scanner/detect/script_name.h"

#include <algorithm>
#include <array>

namespace counterscan::detect {
namespace {

// Lower case.
constexpr auto kExtensions = std::to_array<std::string_view>({
    ".bash",
    ".bat",
    ".cmd",
    ".jl",
    ".js",
    ".lua",
    ".mjs",
    ".pl",
    ".ps1",
    ".py",
    ".pyw",
    ".r",
    ".rb",
    ".sh",
    ".zsh",
});

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool NamesScript(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view extension = name.substr(dot);
  return std::any_of(kExtensions.begin(), kExtensions.end(), [&](std::string_view known) {
    return std::equal(known.begin(), known.end(), extension.begin(), extension.end(),
                      [](char a, char b) { return a == Lower(b); });
  });
}

}  // namespace counterscan::detect

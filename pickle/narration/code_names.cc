#include "pickle/narration/code_names.h"

#include <algorithm>
#include <cstddef>

#include "pickle/narration/render.h"

namespace counterscan::pickle {
namespace {

constexpr std::size_t kLongestShown = 160;
constexpr std::size_t kVariableBytes = 24;
// "ReLU" is one word.
constexpr std::size_t kShortName = 6;

bool IsIdentifier(std::string_view name) {
  if (name.empty() || name.size() > kLongestShown || (name[0] >= '0' && name[0] <= '9')) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

bool IsDottedName(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    if (!IsIdentifier(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::string QuotedName(const std::optional<std::string>& name) {
  if (!name) return "?";
  return IsDottedName(*name) ? *name : Quoted(*name);
}

std::string VariableFor(std::string_view name) {
  name = name.substr(name.rfind('.') + 1);
  if (!IsIdentifier(name)) return "object";
  constexpr std::string_view kRebuild = "_rebuild_";
  if (name.starts_with(kRebuild)) name.remove_prefix(kRebuild.size());
  std::string out;
  for (std::size_t i = 0; i < name.size() && out.size() < kVariableBytes; ++i) {
    const char c = name[i];
    const bool capital = c >= 'A' && c <= 'Z';
    const bool starts_word = capital && i > 0 &&
                             (!(name[i - 1] >= 'A' && name[i - 1] <= 'Z') ||
                              (i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z'));
    if (starts_word && !out.empty() && out.back() != '_') out += '_';
    if (c != '_' || (!out.empty() && out.back() != '_')) {
      out += capital ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (name.size() <= kShortName) std::erase(out, '_');
  // "tensor_v2": which version made it is said where it is made.
  const std::size_t version = out.rfind("_v");
  if (version != std::string::npos && version + 3 == out.size()) out.resize(version);
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() || (out[0] >= '0' && out[0] <= '9') ? "object" : out;
}

}  // namespace counterscan::pickle

#include "scanner/crosscheck/pickle_signature.h"

#include <algorithm>
#include <cstddef>

#include "pickle/policy/python2.h"

namespace counterscan {
namespace {

constexpr std::string_view kPrefix = "Py.Malware.";
constexpr std::size_t kMostBytes = 200;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetterOrDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Names of signatures hold no ',' or ';', and messages hold them in lists.
bool EndsName(char c) { return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == ';'; }

// "X-12345-0.UNOFFICIAL" -> "X".
std::string_view WithoutSuffix(std::string_view name) {
  constexpr std::string_view kUnofficial = ".UNOFFICIAL";
  if (name.ends_with(kUnofficial)) name.remove_suffix(kUnofficial.size());
  while (true) {
    std::size_t end = name.size();
    while (end > 0 && IsDigit(name[end - 1])) --end;
    if (end == name.size() || end == 0 || name[end - 1] != '-') break;
    name.remove_suffix(name.size() - (end - 1));
  }
  while (name.ends_with('.') || name.ends_with(')') || name.ends_with('"')) name.remove_suffix(1);
  return name;
}

// What is no letter or digit reads '_', so that "a.b" and "a_b" are one.
std::string Flat(std::string_view text) {
  std::string flat(text);
  std::replace_if(
      flat.begin(), flat.end(), [](char c) { return !IsLetterOrDigit(c); }, '_');
  return flat;
}

}  // namespace

std::vector<std::string> PickleSignaturesIn(std::string_view message) {
  std::vector<std::string> names;
  for (std::size_t at = message.find(kPrefix); at != message.npos; at = message.find(kPrefix)) {
    message.remove_prefix(at);
    const auto end = std::find_if(message.begin(), message.end(), EndsName);
    const auto length = static_cast<std::size_t>(end - message.begin());
    std::string name(WithoutSuffix(message.substr(0, length)).substr(0, kMostBytes));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
    message.remove_prefix(length);
  }
  return names;
}

SignatureIndex::SignatureIndex(const OurImports& ours) {
  for (const auto& [key, import] : ours.named) {
    Add(import.module, import.name, import);
    if (const auto python3 = pickle::Python3Name(import.module, import.name)) {
      Add(python3->module, python3->name, import);
    }
  }
}

// Of two imports with one flat name the worse is taken: that one a signature is for.
void SignatureIndex::Add(std::string_view module, std::string_view name, const OurImport& import) {
  const auto [place, is_new] =
      by_flat_name_.try_emplace(Flat(std::string(module) + "_" + std::string(name)), &import);
  if (!is_new && place->second->level < import.level) place->second = &import;
}

const OurImport* SignatureIndex::LongestAt(std::string_view flat) const {
  for (std::size_t end = flat.size(); end != flat.npos && end > 0;
       end = flat.find_last_of('_', end - 1)) {
    const auto found = by_flat_name_.find(std::string(flat.substr(0, end)));
    if (found != by_flat_name_.end()) return found->second;
  }
  return nullptr;
}

const OurImport* SignatureIndex::Find(std::string_view signature) const {
  if (by_flat_name_.empty()) return nullptr;
  const std::string flat = Flat(signature.substr(std::min(kPrefix.size(), signature.size())));
  std::string_view rest = flat;
  while (true) {
    const std::size_t mark = rest.find('_');
    if (mark == rest.npos) return nullptr;
    rest.remove_prefix(mark + 1);
    if (const OurImport* import = LongestAt(rest)) return import;
  }
}

}  // namespace counterscan

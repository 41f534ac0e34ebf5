#include "scanner/container/oddity.h"

#include <algorithm>
#include <functional>

namespace counterscan::container {
namespace {

bool HasParentStep(std::string_view name) {
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

bool IsAbsolute(std::string_view name) {
  const bool drive = name.size() > 1 && name[1] == ':';
  return name.starts_with('/') || name.starts_with('\\') || drive;
}

}  // namespace

bool LeavesFolder(std::string_view name) { return IsAbsolute(name) || HasParentStep(name); }

bool HasOddCharacters(std::string_view name) {
  return std::ranges::any_of(
      name, [](char c) { return c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void MemberNames::Check(const std::string& name, std::optional<std::uint64_t> offset,
                        std::vector<Oddity>& oddities) {
  if (!hashes_.insert(std::hash<std::string>{}(name)).second) {
    oddities.push_back({"ARC-103", name, offset, "the name was already taken"});
  }
  if (LeavesFolder(name)) {
    oddities.push_back({"ARC-104", name, std::nullopt, "unpacks outside its folder"});
  }
  if (HasOddCharacters(name)) {
    oddities.push_back({"ARC-105", name, std::nullopt, "control character or backslash in name"});
  }
}

}  // namespace counterscan::container

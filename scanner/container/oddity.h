// Oddity: something about an archive that honest writers do not do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace counterscan::container {

struct Oddity {
  std::string_view rule;  // "ARC-109"
  std::string member;     // raw name, "" for the archive itself
  std::optional<std::uint64_t> offset{};
  std::string message;
};

// What is odd about the names of one archive's members, asked of each in turn.
class MemberNames {
 public:
  // Adds what is odd about `name` to `oddities`. `offset` is where its record stands.
  void Check(const std::string& name, std::optional<std::uint64_t> offset,
             std::vector<Oddity>& oddities);

 private:
  // Of the names, so that a hundred thousand long ones take no memory. That two have one hash only
  // happens where somebody wants a finding.
  std::unordered_set<std::size_t> hashes_;
};

// True when a name leads out of the folder it is unpacked in: absolute, or by "..".
bool LeavesFolder(std::string_view name);

// True for names that readers see differently: with control characters or backslashes.
bool HasOddCharacters(std::string_view name);

}  // namespace counterscan::container

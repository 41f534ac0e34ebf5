// Level: how bad a finding is, in the Hub's own words so that both sides compare.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace counterscan {

// Ordered: a greater value is worse. kClean is the level of a harmless import, never of a finding.
enum class Level : std::uint8_t { kClean, kCaution, kSuspicious, kUnsafe };

constexpr std::string_view Name(Level level) {
  switch (level) {
    case Level::kClean:
      return "clean";
    case Level::kCaution:
      return "caution";
    case Level::kSuspicious:
      return "suspicious";
    case Level::kUnsafe:
      return "unsafe";
  }
  return "unsafe";
}

constexpr std::optional<Level> LevelFromName(std::string_view name) {
  for (const Level level : {Level::kClean, Level::kCaution, Level::kSuspicious, Level::kUnsafe}) {
    if (Name(level) == name) return level;
  }
  return std::nullopt;
}

constexpr Level Worse(Level a, Level b) { return a < b ? b : a; }

}  // namespace counterscan

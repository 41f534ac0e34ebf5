// What was found in a file, what it imports, and which bytes nobody could speak for.
//
// Plain data. Text here may still hold hostile characters: each writer escapes for its own format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scanner/base/level.h"
#include "scanner/model/gap_reason.h"

namespace counterscan {

enum class EngineId : std::uint8_t { kPickle, kClamav, kFormat, kArchive, kScan };

// "pickle", "clamav", "format", "archive", "scan".
std::string_view Name(EngineId engine);
std::optional<EngineId> EngineFromName(std::string_view name);

// A finding says what the input *is*.
struct Finding {
  std::string rule;  // id of a row in a rule table: "PKL-101"
  Level level = Level::kSuspicious;
  EngineId engine = EngineId::kPickle;
  std::string where{};                    // member inside the file, "" for the file itself
  std::optional<std::uint64_t> offset{};  // byte in that member
  std::string message{};                  // one line of evidence
  std::optional<std::string> suppressed{};

  bool operator==(const Finding&) const = default;
};

// One (module, name) that unpickling would resolve. A part that cannot be known statically is
// absent.
struct Import {
  std::optional<std::string> module{};
  std::optional<std::string> name{};
  Level level = Level::kClean;
  std::string where{};
  std::uint64_t offset = 0;

  bool operator==(const Import&) const = default;
};

// Bytes, or a whole engine, that nobody can speak for. A file with a gap is never "clean".
struct Gap {
  GapReason reason = GapReason::kUnreadable;
  EngineId engine = EngineId::kScan;
  std::string where{};      // member inside the file, "" for the file itself
  std::uint64_t first = 0;  // range of bytes [first, last) in `where`
  std::uint64_t last = 0;
  std::string detail{};  // "zip member is encrypted"

  bool operator==(const Gap&) const = default;
};

}  // namespace counterscan

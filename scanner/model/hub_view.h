// What the Hub says of one file's bytes, and the class of holding that against our own verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/level.h"

namespace counterscan {

// What the Hub says of *these bytes*, or why it says nothing. Only kSafe confirms anything.
enum class HubState : std::uint8_t {
  kNotAsked,
  kSafe,
  kCaution,
  kSuspicious,
  kUnsafe,
  kPending,
  kError,
  kMissing,
  kUnreachable,
  kDenied,
  kNotFound,
  kStale,
  kDisabled,
  kMismatch,
};
inline constexpr int kHubStateCount = 14;

// "not-asked", "safe", ..., "not-found", ...
std::string_view Name(HubState state);
std::optional<HubState> HubStateFromName(std::string_view name);
// The level of a flag, and nothing for every other state.
std::optional<Level> FlagLevel(HubState state);

// The class of a file: what happened when both sides were held together (design: one row per cell).
enum class Agreement : std::uint8_t {
  kAgreeClear,
  kLocalOnly,
  kLocalGap,
  kHubOnly,
  kAgreeFlagged,
  kHubOnlyGap,
  kUnconfirmed,
  kLocalUnconfirmed,
  kUnknownBoth,
  kWithdrawn,
  kWithdrawnFlagged,
  kMismatch,
  kMismatchFlagged,
  kMismatchGap,
  kNotCompared,
  kNotComparedFlagged,
  kNotComparedGap,
};
inline constexpr int kAgreementCount = 17;

// "agree-clear", "local-only", ...
std::string_view Name(Agreement agreement);
// What each side saw and what to do: "Found here; the Hub calls it \"safe\". Treat as unsafe until
// explained."
std::string_view Sentence(Agreement agreement);

struct HubImport {
  std::string module;
  std::string name;
  std::string safety;  // the Hub's word, verbatim: "innocuous", "suspicious", "dangerous"
};

// One of the Hub's scanners. Text is verbatim and hostile until escaped.
struct HubScanner {
  std::string name;    // "avScan", "pickleImportScan", "protectAiScan", ...
  std::string status;  // verbatim: "safe", "unsafe", "queued", ...
  std::string message;
  std::string version;
  std::string report_link;
  std::vector<HubImport> imports;
};

// One thing that a scanner of the Hub and we see differently. The parts make one sentence:
// "posix.system is unsafe here; the Hub's pickleImportScan lists 3 imports without it: look at what
// it does". Text of files and servers in them is escaped.
struct Disagreement {
  std::string scanner;  // "pickleImportScan"; several are separated by ", "
  std::string here;
  std::string hub;
  std::string next;  // what to do about it

  bool operator==(const Disagreement&) const = default;
};

struct HubView {
  HubState state = HubState::kNotAsked;
  std::string reason;  // why it says nothing, or a contradiction it contains; may be empty
  // Why it says nothing, as a word for programs: "dns", "gated-pending", ...; "" where the state
  // says it all.
  std::string cause{};
  std::string next_step{};  // what the reader can do about it
  std::vector<HubScanner> scanners;
  std::string asked_at;                     // RFC 3339, "" when not asked
  std::vector<Disagreement> disagreements;  // worst first
  std::vector<std::string> notes;           // what the Hub contradicts itself in, or qualifies
};

}  // namespace counterscan

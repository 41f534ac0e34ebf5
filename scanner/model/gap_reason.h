// GapReason: why bytes were not, or not fully, looked at.
//
// The names are a promise: `--accept NAME` and reports use them. Not an enum so much as a table;
// each row's sentence is what the text report prints.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace counterscan {

enum class GapReason : std::uint8_t {
  kUnreadable,
  kNotRegular,
  kSymlinkEscapes,
  kChanged,
  kPointer,
  kNoSignatures,
  kOldSignatures,
  kEngineFailed,
  kWindowed,
  kWorkerCrashed,
  kForbiddenCall,
  kTimedOut,
  kOutOfMemory,
  kNotFinished,
  kNoAnalyser,
  kUnknownType,
  kEncryptedMember,
  kMemberUnreadable,
  kUnsupportedMethod,
  kUnparsedBytes,
  kBrokenPickle,
  kBrokenFormat,
  kLimitDepth,
  kLimitMembers,
  kLimitUnpacked,
  kLimitMemory,
  kLimitOpcodes,
  kLimitTime,
  kLimitScan,
  kLimitReport,
  kSandbox,
  kNotAnalysed,
  kSignatureFile,
  kClamd,
};

struct GapReasonRow {
  GapReason reason;
  std::string_view name;      // "no-signatures"
  std::string_view sentence;  // "the file could not be opened or read"
};

// One row per reason, in order of the enumeration.
std::span<const GapReasonRow> GapReasons();

std::string_view Name(GapReason reason);
std::string_view Sentence(GapReason reason);
std::optional<GapReason> GapReasonFromName(std::string_view name);

}  // namespace counterscan

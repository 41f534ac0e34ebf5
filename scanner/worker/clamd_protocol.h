// What clamd says, taken apart: it is another program, of any version, and its word is checked.
//
// Part of the parent's half, because it is the parent that speaks to clamd: the workers have no
// sockets. Nothing of a model is parsed for it.
//
// Protocol: clamd(8), COMMANDS. Commands begin with 'z', so that replies end with a NUL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/base/result.h"

namespace counterscan {

// The longest reply that is read: a name of a signature, or a path.
inline constexpr std::size_t kClamdReplyBytes = 64 * 1024;

// The reply to INSTREAM or FILDES.
struct ClamdReply {
  enum class Kind : std::uint8_t { kOk, kFound, kError };
  Kind kind = Kind::kError;
  std::string text;  // the signature's name, or what went wrong; raw bytes
};

// A reply without the NUL behind it. An Error: clamd does not speak so.
Result<ClamdReply> ParseClamdReply(std::string_view reply);

// The reply to VERSION: "ClamAV 1.4.6", or "ClamAV 1.4.6/27817/Fri Nov 20 09:00:00 2026".
struct ClamdVersion {
  std::string engine;                 // "1.4.6"
  std::uint64_t database = 0;         // of daily.cvd; 0 where there is none
  std::optional<std::int64_t> built;  // seconds since 1970, to the day: the zone is not said
};
Result<ClamdVersion> ParseClamdVersion(std::string_view reply);

// What a name that clamd found means: some say that it did not look.
enum class ClamdName : std::uint8_t { kSignature, kLimit, kEncrypted };
ClamdName MeaningOf(std::string_view name);

}  // namespace counterscan

// Anchors: bytes that must lie in a file for a signature to match it.
//
// A file that holds no anchor of a signature need not be shown to libclamav for it. What is read
// here of a line is only what that promise rests on; where any part of a line is not understood, or
// has no bytes that are both certain and rare, or where a signature only matches together with
// others, there is no anchor, and the signature must be held against every byte. Whether a line is
// one that libclamav loads is not asked.
//
// Format: ClamAV documentation, "Body-based" and "Logical" signature formats; where it is silent,
// what libclamav 1.4 does (readdb.c, cli_ac_chklsig).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace counterscan {

// Shorter ones turn up by chance in any gigabyte.
inline constexpr std::size_t kShortestAnchor = 6;
// Longer ones tell no more apart.
inline constexpr std::size_t kLongestAnchor = 16;

struct Anchor {
  std::string bytes;      // kShortestAnchor to kLongestAnchor
  bool any_case = false;  // ASCII letters match in either case; they are lower case in `bytes`
  bool operator==(const Anchor&) const = default;
};

// At least one of these lies in every file that the signature matches. Empty: no such promise.
using Anchors = std::vector<Anchor>;

// A line of .ndb (Name:Target:Offset:Hex).
Anchors AnchorsOfExtended(std::string_view line);

// A line of .ldb (Name;Attributes;Expression;Subsignature;...).
Anchors AnchorsOfLogical(std::string_view line);

// A line of .db (Name=Hex).
Anchors AnchorsOfPlain(std::string_view line);

}  // namespace counterscan

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
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/engine/clamav_expression.h"

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

// Parts of these, which are also parts of YARA rules.

struct BodyModifiers {
  bool any_case = false;
  bool wide = false;   // as UTF-16: a zero after each byte
  bool ascii = false;  // with `wide`: also without the zeros
};
// A body such as "6f73??{2-9}(0a|0d0a)".
Anchors AnchorsOfBody(std::string_view body, const BodyModifiers& modifiers);

// What an expression over subsignatures with these anchors needs.
Anchors AnchorsOfExpression(const LogicalExpression& expression, std::span<const Anchors> known);

}  // namespace counterscan

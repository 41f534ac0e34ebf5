// One line of a ClamAV signature file, read only as far as feeding the matcher needs.
//
// libclamav parses and matches signatures. What it cannot tell is whether a signature keeps its
// meaning when a file is matched window by window, so that much is read here: can it match raw
// bytes at all, how many bytes must lie side by side, is it tied to the file's start or end. A line
// that is not understood counts as needing the whole file, which is always right.
//
// Format: ClamAV documentation, "Body-based", "Logical" and "File hash" signature formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace counterscan {

// Signatures that reach further than this are not matched in windows. libclamav itself overlaps the
// pieces it reads by at most 65,535 bytes.
inline constexpr std::uint64_t kLongestReach = 64 * 1024 - 2;

enum class SignatureNeeds : std::uint8_t {
  kNothing,    // never matches raw bytes: for executables, HTML and so on only
  kReach,      // `reach` bytes side by side, anywhere
  kStart,      // the first `reach` bytes of the file
  kEnd,        // the last `reach` bytes of the file
  kWholeFile,  // parts any distance apart, the file's size, or something not understood
};

struct SignatureLine {
  std::string_view name;  // part of the line that was parsed
  SignatureNeeds needs = SignatureNeeds::kWholeFile;
  std::uint64_t reach = 0;
  bool text = false;   // for text alone, in the form that libclamav's parser rewrites it to
  bool regex = false;  // libclamav wants the whole file in memory to match it
};

// A line of .ndb (extended signatures: Name:Target:Offset:Hex).
SignatureLine ParseExtendedSignature(std::string_view line);

// A line of .ldb (logical signatures: Name;Attributes;Expression;Subsignature;...).
SignatureLine ParseLogicalSignature(std::string_view line);

// A line of .db (Name=Hex).
SignatureLine ParsePlainSignature(std::string_view line);

// Most bytes that a hexadecimal body such as "6f73??{2-9}(0a|0d0a)" can cover; nothing when there
// is no limit or the body is not understood.
std::optional<std::uint64_t> LongestMatch(std::string_view body);

}  // namespace counterscan

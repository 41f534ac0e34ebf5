// Text that came from outside, made fit to print.
//
// Text from a file, a server or a file name is hostile wherever it is shown: escape sequences
// rewrite the terminal, newlines forge result lines, direction overrides reorder a name.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace counterscan {

// One line of printable UTF-8. Control characters (C0, DEL, C1), invalid UTF-8, backslashes,
// line and paragraph separators, direction overrides, zero-width and other invisible characters
// become \n \r \t \\ \xNN or \u{NNNN}. The result holds no byte below 0x20.
std::string Printable(std::string_view text);

// Printable(), cut after about `limit` characters with "..." where it was cut.
std::string Printable(std::string_view text, std::size_t limit);

// The same for text that was made printable elsewhere and has crossed a trust boundary since: a
// worker's messages. Backslashes stay as they are, so that nothing is escaped twice.
std::string PrintableAgain(std::string_view text);
std::string PrintableAgain(std::string_view text, std::size_t limit);

// True for characters that Printable() escapes though they are valid: they act on a terminal, or
// show as nothing, as a blank that is not a space, or as whatever a font likes.
bool IsHidden(char32_t character);

// True when `text` is valid UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

// Length in bytes of the valid UTF-8 sequence at the start of `text`, and its code point.
struct CodePoint {
  char32_t value;
  std::size_t length;
};
std::optional<CodePoint> FirstCodePoint(std::string_view text);

// Lower-case hexadecimal digits, two a byte.
std::string Hex(std::span<const std::byte> bytes);

// Standard base64 with padding (RFC 4648 section 4).
std::string Base64(std::string_view bytes);

// "68 B", "1.2 KB", "4.9 GB": powers of 1000, one decimal.
std::string HumanBytes(std::uint64_t bytes);

// A to Z in small letters; all other bytes stay.
std::string AsciiLower(std::string_view text);
constexpr char LowerOf(char c) {
  return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

// AsciiLower(text) begins or ends with `lower`, which has no capital ASCII letters.
bool StartsWithLower(std::string_view text, std::string_view lower);
bool EndsWithLower(std::string_view text, std::string_view lower);

}  // namespace counterscan

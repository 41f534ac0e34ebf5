#include "scanner/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace counterscan {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Sorted. Unassigned characters are left alone: fonts show them as boxes, which hides nothing.
constexpr auto kHidden = std::to_array<Range>({
    {0x00, 0x1F},         // C0 controls
    {0x7F, 0xA0},         // DEL, C1 controls, no-break space
    {0xAD, 0xAD},         // soft hyphen
    {0x34F, 0x34F},       // combining grapheme joiner
    {0x61C, 0x61C},       // Arabic letter mark
    {0x115F, 0x1160},     // Hangul fillers
    {0x1680, 0x1680},     // Ogham space
    {0x17B4, 0x17B5},     // Khmer inherent vowels
    {0x180B, 0x180F},     // Mongolian variation selectors, vowel separator
    {0x2000, 0x200F},     // spaces, zero width characters, direction marks
    {0x2028, 0x202F},     // line separators, direction overrides, narrow no-break space
    {0x205F, 0x206F},     // mathematical space, word joiner, direction isolates
    {0x2800, 0x2800},     // Braille blank
    {0x3000, 0x3000},     // ideographic space
    {0x3164, 0x3164},     // Hangul filler
    {0xE000, 0xF8FF},     // private use: a font decides what shows
    {0xFDD0, 0xFDEF},     // noncharacters
    {0xFE00, 0xFE0F},     // variation selectors
    {0xFEFF, 0xFEFF},     // byte order mark
    {0xFFA0, 0xFFA0},     // half-width Hangul filler
    {0xFFF0, 0xFFFB},     // interlinear annotation
    {0x1BCA0, 0x1BCA3},   // shorthand format controls
    {0x1D173, 0x1D17A},   // musical format controls
    {0xE0000, 0xE0FFF},   // tags, more variation selectors
    {0xF0000, 0x10FFFF},  // private use
});

// Appends what stands for the character at the start of `text` and returns its length in `text`.
std::size_t AppendPrintable(std::string_view text, bool escape_backslash, std::string& out) {
  const auto point = FirstCodePoint(text);
  if (!point) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    return 1;
  }
  const auto value = static_cast<std::uint32_t>(point->value);
  if (value == '\n') {
    out += "\\n";
  } else if (value == '\r') {
    out += "\\r";
  } else if (value == '\t') {
    out += "\\t";
  } else if (value == '\\' && escape_backslash) {
    out += "\\\\";
  } else if (value < 0x20 || value == 0x7F) {
    out += fmt::format("\\x{:02x}", value);
  } else if (IsHidden(point->value)) {
    out += fmt::format("\\u{{{:x}}}", value);
  } else {
    out.append(text.substr(0, point->length));
  }
  return point->length;
}

std::string MakePrintable(std::string_view text, std::size_t limit, bool escape_backslash) {
  std::string out;
  out.reserve(std::min(text.size(), limit));
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown >= limit) {
      out += "...";
      break;
    }
    text.remove_prefix(AppendPrintable(text, escape_backslash, out));
  }
  return out;
}

}  // namespace

std::optional<CodePoint> FirstCodePoint(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return CodePoint{first, 1};
  std::size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2, value = first & 0x1Fu, smallest = 0x80;
  } else if ((first & 0xF0u) == 0xE0) {
    length = 3, value = first & 0x0Fu, smallest = 0x800;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4, value = first & 0x07u, smallest = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < length) return std::nullopt;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80) return std::nullopt;
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    return std::nullopt;
  }
  return CodePoint{value, length};
}

bool IsUtf8(std::string_view text) {
  for (;;) {
    // Nearly all text is runs of ASCII.
    const auto other = std::find_if(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    text.remove_prefix(static_cast<std::size_t>(other - text.begin()));
    if (text.empty()) return true;
    const auto point = FirstCodePoint(text);
    if (!point) return false;
    text.remove_prefix(point->length);
  }
}

bool IsHidden(char32_t character) {
  // ASCII is nearly all of it.
  if (character >= 0x20 && character < 0x7F) return false;
  // The last two of each plane are noncharacters.
  if ((character & 0xFFFE) == 0xFFFE) return true;
  const auto* const range = std::lower_bound(kHidden.begin(), kHidden.end(), character,
                                             [](const Range& r, char32_t c) { return r.last < c; });
  return range != kHidden.end() && range->first <= character;
}

std::string Printable(std::string_view text) { return MakePrintable(text, text.size(), true); }
std::string Printable(std::string_view text, std::size_t limit) {
  return MakePrintable(text, limit, true);
}

std::string PrintableAgain(std::string_view text) {
  return MakePrintable(text, text.size(), false);
}
std::string PrintableAgain(std::string_view text, std::size_t limit) {
  return MakePrintable(text, limit, false);
}

std::string Hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    out += kDigits[std::to_integer<unsigned>(b) >> 4];
    out += kDigits[std::to_integer<unsigned>(b) & 15u];
  }
  return out;
}

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j <= bytes.size() ? kAlphabet[(group >> (18 - 6 * j)) & 63u] : '=';
    }
  }
  return out;
}

std::string HumanBytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 6> kUnits = {"KB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = LowerOf(c);
  return lower;
}

bool StartsWithLower(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(),
                    [](char wanted, char c) { return wanted == LowerOf(c); });
}

bool EndsWithLower(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         StartsWithLower(text.substr(text.size() - lower.size()), lower);
}

}  // namespace counterscan

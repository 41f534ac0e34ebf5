#include "scanner/base/text.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace counterscan {
namespace {

// Characters that are valid but must not reach a terminal or a reviewer's eye unseen.
bool IsInvisible(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) ||  // C0, DEL, C1
         c == 0xAD ||                             // soft hyphen
         c == 0x61C || c == 0x180E ||             // Arabic letter mark, Mongolian vowel separator
         (c >= 0x200B && c <= 0x200F) ||          // zero width, direction marks
         (c >= 0x2028 && c <= 0x202E) ||          // line separators, direction overrides
         (c >= 0x2060 && c <= 0x206F) ||          // word joiner, direction isolates
         (c >= 0xFE00 && c <= 0xFE0F) ||          // variation selectors
         c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE0FFF) ||        // tags
         (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000;  // private use: a font decides what shows
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
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    if (!point) return false;
    text.remove_prefix(point->length);
  }
  return true;
}

std::string Printable(std::string_view text) { return Printable(text, text.size()); }

std::string Printable(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit) + 8);
  std::size_t shown = 0;
  while (!text.empty()) {
    if (shown++ >= limit) {
      out += "...";
      break;
    }
    const auto point = FirstCodePoint(text);
    if (!point) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (point->value == '\n') {
      out += "\\n";
    } else if (point->value == '\r') {
      out += "\\r";
    } else if (point->value == '\t') {
      out += "\\t";
    } else if (point->value == '\\') {
      out += "\\\\";
    } else if (point->value < 0x20 || point->value == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(point->value));
    } else if (IsInvisible(point->value)) {
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(point->value));
    } else {
      out.append(text.substr(0, point->length));
    }
    text.remove_prefix(point->length);
  }
  return out;
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

}  // namespace counterscan

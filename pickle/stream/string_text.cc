#include "pickle/stream/string_text.h"

#include <cstdint>
#include <optional>

namespace counterscan::pickle {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::uint32_t> HexNumber(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const int digit = HexDigit(c);
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

void AppendUtf8(std::string& out, std::uint32_t code) {
  const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xc0 | code >> 6);
    add(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3f));
    add(0x80 | (code & 0x3f));
  } else {
    add(0xf0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3f));
    add(0x80 | (code >> 6 & 0x3f));
    add(0x80 | (code & 0x3f));
  }
}

// One-letter escapes and what they stand for.
constexpr std::string_view kEscapeLetters = "\\'\"abfnrtv";
constexpr std::string_view kEscapeValues = "\\'\"\a\b\f\n\r\t\v";

}  // namespace

bool IsQuoted(std::string_view line) {
  return line.size() >= 2 && (line.front() == '\'' || line.front() == '"') &&
         line.front() == line.back();
}

std::string UnescapeQuoted(std::string_view line) {
  // Python 2's cPickle takes every byte from 0x80 on for a blank, too, at the end of the line.
  std::string_view stripped = line;
  while (!stripped.empty() && static_cast<signed char>(stripped.back()) <= ' ') {
    stripped.remove_suffix(1);
  }
  if (!IsQuoted(line) && IsQuoted(stripped)) line = stripped;
  if (IsQuoted(line)) line = line.substr(1, line.size() - 2);
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      out += line[i];
      continue;
    }
    const char next = line[++i];
    if (const auto letter = kEscapeLetters.find(next); letter != std::string_view::npos) {
      out += kEscapeValues[letter];
    } else if (next == 'x' && i + 2 < line.size() && HexNumber(line.substr(i + 1, 2))) {
      out += static_cast<char>(*HexNumber(line.substr(i + 1, 2)));
      i += 2;
    } else if (next >= '0' && next <= '7') {
      std::uint32_t value = 0;
      std::size_t digits = 0;
      while (digits < 3 && i < line.size() && line[i] >= '0' && line[i] <= '7') {
        value = value * 8 + static_cast<std::uint32_t>(line[i] - '0');
        ++i;
        ++digits;
      }
      --i;
      out += static_cast<char>(value & 0xff);
    } else {
      out += '\\';
      out += next;
    }
  }
  return out;
}

std::string UnescapeRawUnicode(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  std::size_t backslashes = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const std::size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits != 0 && backslashes % 2 == 1 && i + digits < line.size()) {
      const auto code = HexNumber(line.substr(i + 1, digits));
      if (code && *code <= 0x10ffff) {
        out.pop_back();  // the backslash
        AppendUtf8(out, *code);
        i += digits;
        backslashes = 0;
        continue;
      }
    }
    backslashes = c == '\\' ? backslashes + 1 : 0;
    AppendUtf8(out, static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace counterscan::pickle

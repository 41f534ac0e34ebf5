#include "pickle/stream/number_text.h"

#include <cctype>
#include <cstdlib>
#include <limits>
#include <string>

namespace counterscan::pickle {
namespace {

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// Digits in `base`, single underscores between them.
ParsedNumber ParseDigits(std::string_view digits, int base, bool negative) {
  ParsedNumber parsed;
  if (digits.empty()) return parsed;
  bool too_big = false;
  bool after_digit = false;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    const int digit = DigitOf(c);
    if (digit >= base) return parsed;
    after_digit = true;
    const auto unsigned_base = static_cast<std::uint64_t>(base);
    if (value > (std::uint64_t{1} << 62) / unsigned_base) too_big = true;
    if (!too_big) value = value * unsigned_base + static_cast<std::uint64_t>(digit);
  }
  if (!after_digit) return parsed;
  parsed.form = too_big ? NumberForm::kTooBig : NumberForm::kPlain;
  parsed.value = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
  return parsed;
}

// The form a pickler writes: an optional minus sign and digits, no leading zero.
bool IsPlain(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

ParsedNumber Parse(std::string_view line, bool any_base) {
  const bool plain = IsPlain(line);
  // PyLong_FromString sees a C string: NUL ends it.
  std::string_view text = Trim(line.substr(0, line.find('\0')));
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (any_base && text.size() > 1 && text[0] == '0') {
    const char prefix = static_cast<char>(std::tolower(static_cast<unsigned char>(text[1])));
    base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 10;
    if (base != 10) {
      text.remove_prefix(2);
      if (!text.empty() && text.front() == '_') text.remove_prefix(1);
    } else {
      // strtol in base 0 reads a leading zero as octal; pickle.py reads base 10.
      const ParsedNumber octal = ParseDigits(text, 8, negative);
      if (octal.form != NumberForm::kInvalid) base = 8;
    }
  }
  ParsedNumber parsed = ParseDigits(text, base, negative);
  if (parsed.form == NumberForm::kPlain && !plain) parsed.form = NumberForm::kOdd;
  return parsed;
}

}  // namespace

ParsedNumber ParseInteger(std::string_view line) {
  if (line == "00" || line == "01") return {line == "01" ? 1 : 0, NumberForm::kBool};
  // strtol reads nothing before NUL as zero, and CPython takes it.
  if (line.starts_with('\0')) return {0, NumberForm::kOdd};
  if (!line.empty() && line.back() == 'L') line.remove_suffix(1);
  return Parse(line, true);
}

ParsedNumber ParseMemoIndex(std::string_view line) { return Parse(line, false); }

bool IsPlainFloat(std::string_view line) {
  const auto skip_digits = [&line] {
    const std::size_t had = line.size();
    while (!line.empty() && line.front() >= '0' && line.front() <= '9') line.remove_prefix(1);
    return line.size() < had;
  };
  if (line.starts_with('-')) line.remove_prefix(1);
  if (!skip_digits()) return false;
  if (line.starts_with('.')) {
    line.remove_prefix(1);
    if (!skip_digits()) return false;
  }
  if (line.starts_with('e')) {
    line.remove_prefix(1);
    if (line.starts_with('-') || line.starts_with('+')) line.remove_prefix(1);
    if (!skip_digits()) return false;
  }
  return line.empty();
}

bool IsFloatText(std::string_view line) {
  if (IsPlainFloat(line)) return true;
  std::string text(Trim(line.substr(0, line.find('\0'))));
  std::erase(text, '_');
  // strtod's hexadecimal floats and "nan(...)" are unknown to Python.
  if (text.empty() || text.find_first_of("xX(") != std::string::npos) return false;
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return *end == '\0';
}

}  // namespace counterscan::pickle

#include "hubclient/json_parser.h"

#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace counterscan {
namespace {

// Bytes that a string holds as they are: all but '"', '\\' and control characters.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < plain.size(); ++byte) {
    plain[byte] = byte != '"' && byte != '\\';
  }
  return plain;
}();

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<unsigned> HexDigit(char c) {
  if (IsDigit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

void AppendUtf8(std::string& out, unsigned point) {
  const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

class Parser {
 public:
  Parser(std::string_view text, JsonEvents& events) : text_(text), events_(events) {}

  std::optional<std::size_t> Parse() {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    SkipSpace();
    if (!Value()) return at_;
    // Each turn stands behind a value of the innermost open array or object.
    while (!open_.empty()) {
      SkipSpace();
      const bool in_object = open_.back();
      if (Take(in_object ? '}' : ']')) {
        open_.pop_back();
        if (!(in_object ? events_.EndObject() : events_.EndArray())) return at_;
      } else {
        if (!Take(',')) return at_;
        SkipSpace();
        if ((in_object && !Name()) || !Value()) return at_;
      }
    }
    SkipSpace();
    if (at_ != text_.size()) return at_;
    return std::nullopt;
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
      ++at_;
    }
  }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  // A value, or the beginning of one that is not empty, up to its first value.
  bool Value() {
    while (true) {
      if (at_ >= text_.size()) return false;
      switch (text_[at_]) {
        case '{':
          ++at_;
          if (!events_.BeginObject()) return false;
          SkipSpace();
          if (Take('}')) return events_.EndObject();
          open_.push_back(true);
          if (!Name()) return false;
          break;
        case '[':
          ++at_;
          if (!events_.BeginArray()) return false;
          SkipSpace();
          if (Take(']')) return events_.EndArray();
          open_.push_back(false);
          break;
        case '"': {
          std::string value;
          return String(value) && events_.String(std::move(value));
        }
        case 't':
          return TakeWord("true") && events_.Bool(true);
        case 'f':
          return TakeWord("false") && events_.Bool(false);
        case 'n':
          return TakeWord("null") && events_.Null();
        default:
          return Number();
      }
    }
  }

  bool Name() {
    std::string name;
    if (!String(name) || !events_.Key(std::move(name))) return false;
    SkipSpace();
    if (!Take(':')) return false;
    SkipSpace();
    return true;
  }

  // RFC 8259 section 7.
  bool String(std::string& out) {
    if (!Take('"')) return false;
    while (true) {
      std::size_t end = at_;
      while (end < text_.size() && kPlain[static_cast<unsigned char>(text_[end])]) ++end;
      out.append(text_.substr(at_, end - at_));
      at_ = end;
      if (Take('"')) return true;
      if (!Take('\\') || !Escape(out)) return false;
    }
  }

  bool Escape(std::string& out) {
    if (at_ >= text_.size()) return false;
    switch (text_[at_++]) {
      case '"':
        out += '"';
        return true;
      case '\\':
        out += '\\';
        return true;
      case '/':
        out += '/';
        return true;
      case 'b':
        out += '\b';
        return true;
      case 'f':
        out += '\f';
        return true;
      case 'n':
        out += '\n';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'u':
        return CodePoint(out);
      default:
        --at_;
        return false;
    }
  }

  bool CodePoint(std::string& out) {
    const auto first = Unit();
    if (!first) return false;
    unsigned point = *first;
    if (point >= 0xDC00 && point <= 0xDFFF) return false;
    if (point >= 0xD800 && point <= 0xDBFF) {
      if (!TakeWord("\\u")) return false;
      const auto second = Unit();
      if (!second || *second < 0xDC00 || *second > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10) + (*second - 0xDC00);
    }
    AppendUtf8(out, point);
    return true;
  }

  std::optional<unsigned> Unit() {
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) {
      const auto digit = at_ < text_.size() ? HexDigit(text_[at_]) : std::nullopt;
      if (!digit) return std::nullopt;
      unit = unit * 16 + *digit;
      ++at_;
    }
    return unit;
  }

  bool Digits() {
    const std::size_t first = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ > first;
  }

  // RFC 8259 section 6: no '+', no leading zeros, digits on both sides of a '.'.
  bool Number() {
    const std::size_t first = at_;
    const bool negative = Take('-');
    bool whole = !negative;
    if (!Take('0') && !Digits()) return false;
    const std::size_t integer_end = at_;
    if (Take('.')) {
      whole = false;
      if (!Digits()) return false;
    }
    if (Take('e') || Take('E')) {
      whole = false;
      if (!Take('+')) Take('-');
      if (!Digits()) return false;
    }
    std::uint64_t value = 0;
    if (!whole || std::from_chars(text_.data() + first, text_.data() + integer_end, value).ec !=
                      std::errc()) {
      return events_.Number(std::nullopt);
    }
    return events_.Number(value);
  }

  const std::string_view text_;
  JsonEvents& events_;
  std::size_t at_ = 0;
  std::vector<bool> open_;  // true for an object
};

}  // namespace

std::optional<std::size_t> ParseJson(std::string_view text, JsonEvents& events) {
  return Parser(text, events).Parse();
}

}  // namespace counterscan

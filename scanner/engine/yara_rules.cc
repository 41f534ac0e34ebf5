#include "scanner/engine/yara_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"
#include "scanner/engine/clamav_expression.h"

namespace counterscan {
namespace {

// What may stand in a condition without a "$" in front and is no rule's name.
constexpr auto kConditionWords = std::to_array<std::string_view>({
    "all",   "and",     "any",    "at",       "entrypoint", "false",    "filesize", "for",     "in",
    "int16", "int16be", "int32",  "int32be",  "int8",       "int8be",   "not",      "of",      "or",
    "them",  "true",    "uint16", "uint16be", "uint32",     "uint32be", "uint8",    "uint8be",
});

// Deeper nesting is no person's.
constexpr int kMostNesting = 100;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWord(char c) { return IsWordStart(c) || IsDigit(c); }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// "7", "10KB", "2MB", "0x1F": what libclamav takes for one number. In "1or" it takes the number and
// then the word.
bool IsNumber(std::string_view token) {
  if (token.starts_with("0x")) {
    token.remove_prefix(2);
    return !token.empty() && token.find_first_not_of("0123456789abcdefABCDEF") == token.npos;
  }
  if (token.ends_with("KB") || token.ends_with("MB")) token.remove_suffix(2);
  return std::all_of(token.begin(), token.end(), IsDigit);
}

using Tokens = std::span<const std::string_view>;

struct YaraString {
  std::string_view name;  // "$a"
  Anchors anchors;
};

// One file being read. Each step says false, or nothing, when something is not understood.
class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  std::optional<std::vector<YaraRule>> Rules() {
    std::vector<YaraRule> rules;
    while (true) {
      if (!SkipBlanks()) return std::nullopt;
      if (at_ == file_.size()) return rules;
      YaraRule& rule = rules.emplace_back();
      const std::size_t start = at_;
      rule.line = LineOf(start);
      if (!Rule(rule)) return std::nullopt;
      rule.text = file_.substr(start, at_ - start);
    }
  }

 private:
  // Of a place behind those asked for before.
  std::size_t LineOf(std::size_t place) {
    const std::string_view passed = file_.substr(counted_to_, place - counted_to_);
    line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    counted_to_ = place;
    return line_;
  }
  char Peek() const { return at_ < file_.size() ? file_[at_] : '\0'; }

  // Also comments.
  bool SkipBlanks() {
    while (at_ < file_.size()) {
      const std::string_view rest = file_.substr(at_);
      std::size_t length = 0;
      if (IsBlank(rest.front())) {
        length = 1;
      } else if (rest.starts_with("//")) {
        length = std::min(rest.find('\n'), rest.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = rest.find("*/", 2);
        if (end == std::string_view::npos) return false;
        length = end + 2;
      } else {
        return true;
      }
      at_ += length;
    }
    return true;
  }

  // The characters from here on for which `is` holds.
  template <class Is>
  std::string_view While(const Is& is) {
    const std::size_t start = at_;
    while (at_ < file_.size() && is(file_[at_])) ++at_;
    return file_.substr(start, at_ - start);
  }

  std::string_view Word() {
    if (!SkipBlanks() || !IsWordStart(Peek())) return {};
    return While(IsWord);
  }

  bool Sign(char wanted) {
    if (!SkipBlanks() || Peek() != wanted) return false;
    ++at_;
    return true;
  }

  bool NextIs(char c) { return SkipBlanks() && Peek() == c; }

  bool Rule(YaraRule& rule) {
    // "global", "private", "import", "include" end here.
    if (Word() != "rule" || Word().empty()) return false;
    if (NextIs(':')) {
      ++at_;
      if (Word().empty()) return false;
      while (!NextIs('{')) {
        if (Word().empty()) return false;
      }
    }
    if (!Sign('{')) return false;
    std::vector<YaraString> strings;
    std::string_view section = Word();
    if (section == "meta") {
      if (!Sign(':') || !Meta(section)) return false;
    }
    if (section == "strings") {
      if (!Sign(':') || !Strings(strings)) return false;
      section = Word();
    }
    if (section != "condition" || !Sign(':')) return false;
    std::vector<std::string_view> tokens;
    if (!ConditionTokens(tokens)) return false;
    const std::optional<LogicalExpression> condition = Condition(tokens, strings, kMostNesting);
    if (!condition) return false;
    std::vector<Anchors> known;
    known.reserve(strings.size());
    for (YaraString& string : strings) known.push_back(std::move(string.anchors));
    rule.anchors = AnchorsOfExpression(*condition, known);
    return true;
  }

  // Ends with the name of the section that follows.
  bool Meta(std::string_view& section) {
    while (true) {
      const std::string_view name = Word();
      if (name.empty()) return false;
      if (NextIs(':')) {
        section = name;
        return true;
      }
      if (!Sign('=') || !SkipBlanks()) return false;
      if (Peek() == '"') {
        std::string text;
        if (!Text(text)) return false;
      } else if (While([](char c) { return IsWord(c) || c == '-'; }).empty()) {
        return false;
      }
    }
  }

  bool Strings(std::vector<YaraString>& strings) {
    while (NextIs('$')) {
      YaraString& string = strings.emplace_back();
      const std::size_t start = at_++;
      While(IsWord);
      string.name = file_.substr(start, at_ - start);
      if (!Sign('=') || !SkipBlanks()) return false;
      if (Peek() == '"') {
        std::string text;
        BodyModifiers modifiers;
        if (!Text(text) || !TextModifiers(modifiers)) return false;
        string.anchors = AnchorsOfBody(Hex(AsBytes(text)), modifiers);
      } else if (Peek() == '{') {
        if (!HexString(string.anchors)) return false;
      } else {
        BodyModifiers modifiers;
        if (!Regex() || !TextModifiers(modifiers)) return false;
      }
    }
    return true;
  }

  bool Text(std::string& text) {
    for (++at_; at_ < file_.size(); ++at_) {
      const char c = file_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\n') return false;
      if (c != '\\') {
        text += c;
        continue;
      }
      ++at_;
      if (Peek() == 'x') {
        const std::string_view digits = file_.substr(at_, 3).substr(1);
        const auto byte = ByteOf(digits);
        if (!byte) return false;
        text += *byte;
        at_ += 2;
      } else if (Peek() == 't') {
        text += '\t';
      } else if (Peek() == 'n') {
        text += '\n';
      } else if (Peek() == '"' || Peek() == '\\') {
        text += Peek();
      } else {
        return false;
      }
    }
    return false;
  }

  static std::optional<char> ByteOf(std::string_view digits) {
    int value = 0;
    for (const char c : digits) {
      const char lower = static_cast<char>(c | 0x20);
      if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
      value = value * 16 + (IsDigit(c) ? c - '0' : lower - 'a' + 10);
    }
    if (digits.size() != 2) return std::nullopt;
    return static_cast<char>(value);
  }

  bool TextModifiers(BodyModifiers& modifiers) {
    while (SkipBlanks() && IsWordStart(Peek())) {
      const std::size_t before = at_;
      const std::string_view word = While(IsWord);
      if (word == "nocase") {
        modifiers.any_case = true;
      } else if (word == "wide") {
        modifiers.wide = true;
      } else if (word == "ascii") {
        modifiers.ascii = true;
      } else if (word == "condition") {
        at_ = before;
        return true;
      } else if (word != "fullword") {
        return false;
      }
    }
    return true;
  }

  // As in other signatures, but for blanks.
  bool HexString(Anchors& anchors) {
    const std::size_t end = file_.find('}', at_);
    if (end == std::string_view::npos) return false;
    std::string body;
    for (const char c : file_.substr(at_ + 1, end - at_ - 1)) {
      if (c == '/' || c == '"' || c == '{') return false;  // a comment, which may hold a brace
      if (!IsBlank(c)) body += c;
    }
    anchors = AnchorsOfBody(body, {});
    at_ = end + 1;
    return true;
  }

  bool Regex() {
    if (Peek() != '/') return false;
    for (++at_; at_ < file_.size() && file_[at_] != '\n'; ++at_) {
      if (file_[at_] == '\\') {
        ++at_;
      } else if (file_[at_] == '/') {
        ++at_;
        While([](char c) { return c == 'i' || c == 's'; });
        return true;
      }
    }
    return false;
  }

  // Up to the brace that ends the rule, which is passed over.
  bool ConditionTokens(std::vector<std::string_view>& tokens) {
    constexpr std::string_view kSigns = "()[]<>=!+-*%&|^~,:";
    while (true) {
      if (!SkipBlanks() || at_ == file_.size()) return false;
      const std::size_t start = at_;
      const char c = file_[at_++];
      if (c == '}') return true;
      if (c == '$' || c == '#' || c == '@' || c == '!') {
        While(IsWord);
        if (c == '$' && Peek() == '*') ++at_;
      } else if (IsWordStart(c)) {
        While(IsWord);
        const std::string_view word = file_.substr(start, at_ - start);
        // A rule's name, a loop's variable, a module: who knows.
        if (std::find(kConditionWords.begin(), kConditionWords.end(), word) ==
            kConditionWords.end()) {
          return false;
        }
      } else if (IsDigit(c)) {
        While(IsWord);
        if (!IsNumber(file_.substr(start, at_ - start))) return false;
      } else if (c == '.' && Peek() == '.') {
        ++at_;
      } else if (kSigns.find(c) == std::string_view::npos) {
        return false;
      }
      tokens.push_back(file_.substr(start, at_ - start));
    }
  }

  // The parts of `tokens` between those that are `word`, outside of parentheses.
  static std::optional<std::vector<Tokens>> SplitAt(std::string_view word, Tokens tokens) {
    std::vector<Tokens> parts;
    std::size_t start = 0;
    int depth = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] == "(" || tokens[i] == "[") ++depth;
      if ((tokens[i] == ")" || tokens[i] == "]") && --depth < 0) return std::nullopt;
      if (depth != 0 || tokens[i] != word) continue;
      parts.push_back(tokens.subspan(start, i - start));
      start = i + 1;
    }
    if (depth != 0) return std::nullopt;
    parts.push_back(tokens.subspan(start));
    return parts;
  }

  static LogicalExpression Unknown() {
    LogicalExpression unknown;
    unknown.needs_match = false;
    return unknown;
  }
  static LogicalExpression Joined(LogicalExpression::Kind kind,
                                  std::vector<LogicalExpression> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return {.kind = kind, .subsignature = 0, .parts = std::move(parts), .needs_match = true};
  }

  // "or" binds less than "and", and that less than "not".
  static std::optional<LogicalExpression> Condition(Tokens tokens,
                                                    const std::vector<YaraString>& strings,
                                                    int nesting) {
    using Kind = LogicalExpression::Kind;
    if (nesting == 0) return std::nullopt;
    const auto alternatives = SplitAt("or", tokens);
    if (!alternatives) return std::nullopt;
    std::vector<LogicalExpression> any;
    for (const Tokens alternative : *alternatives) {
      const auto needed = SplitAt("and", alternative);
      if (!needed) return std::nullopt;
      std::vector<LogicalExpression> all;
      for (const Tokens part : *needed) {
        auto term = Term(part, strings, nesting);
        if (!term) return std::nullopt;
        all.push_back(std::move(*term));
      }
      any.push_back(Joined(Kind::kAll, std::move(all)));
    }
    return Joined(Kind::kAny, std::move(any));
  }

  static std::optional<LogicalExpression> Term(Tokens tokens,
                                               const std::vector<YaraString>& strings,
                                               int nesting) {
    if (tokens.empty()) return std::nullopt;
    if (tokens.front() == "(" && tokens.back() == ")" && OneBracket(tokens)) {
      return Condition(tokens.subspan(1, tokens.size() - 2), strings, nesting - 1);
    }
    if (tokens.front().starts_with('$')) {
      // "$a", "$a at 0", "$a in (0..100)".
      if (tokens.size() > 1 && tokens[1] != "at" && tokens[1] != "in") return Unknown();
      for (std::size_t i = 0; i < strings.size(); ++i) {
        if (strings[i].name == tokens.front()) return OfString(i);
      }
      return Unknown();
    }
    if (tokens.size() >= 3 && tokens[1] == "of") return Of(tokens, strings);
    return Unknown();
  }

  // The first closes with the last.
  static bool OneBracket(Tokens tokens) {
    int depth = 0;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      if (tokens[i] == "(") ++depth;
      if (tokens[i] == ")" && --depth == 0) return false;
    }
    return true;
  }

  static LogicalExpression OfString(std::size_t number) {
    LogicalExpression one;
    one.subsignature = number;
    return one;
  }

  // "any of them", "all of ($a*, $b)", "2 of them".
  static LogicalExpression Of(Tokens tokens, const std::vector<YaraString>& strings) {
    using Kind = LogicalExpression::Kind;
    const std::string_view count = tokens.front();
    const bool all = count == "all";
    const bool number = std::all_of(count.begin(), count.end(), IsDigit) &&
                        count.find_first_not_of('0') != std::string_view::npos;
    if (!all && count != "any" && !number) return Unknown();
    const auto named = NamedStrings(tokens.subspan(2), strings);
    if (!named || named->empty()) return Unknown();
    std::vector<LogicalExpression> parts;
    for (const std::size_t i : *named) parts.push_back(OfString(i));
    return Joined(all ? Kind::kAll : Kind::kAny, std::move(parts));
  }

  // Nothing when one of the names stands for no string, or more follows than names.
  static std::optional<std::vector<std::size_t>> NamedStrings(
      Tokens tokens, const std::vector<YaraString>& strings) {
    std::vector<std::size_t> named;
    if (tokens.size() == 1 && tokens.front() == "them") {
      for (std::size_t i = 0; i < strings.size(); ++i) named.push_back(i);
      return named;
    }
    if (tokens.size() < 3 || tokens.front() != "(" || tokens.back() != ")") return std::nullopt;
    for (std::size_t t = 1; t + 1 < tokens.size(); ++t) {
      if (t % 2 == 0) {
        if (tokens[t] != ",") return std::nullopt;
        continue;
      }
      std::string_view wanted = tokens[t];
      if (!wanted.starts_with('$')) return std::nullopt;
      const bool family = wanted.ends_with('*');
      if (family) wanted.remove_suffix(1);
      bool any = false;
      for (std::size_t i = 0; i < strings.size(); ++i) {
        const std::string_view name = strings[i].name;
        if (family ? !name.starts_with(wanted) : name != wanted) continue;
        named.push_back(i);
        any = true;
      }
      if (!any) return std::nullopt;
    }
    return named;
  }

  std::string_view file_;
  std::size_t at_ = 0;
  std::size_t counted_to_ = 0;
  std::size_t line_ = 0;
};

}  // namespace

std::optional<std::vector<YaraRule>> ParseYaraRules(std::string_view file) {
  // Of a string with a zero in it libclamav drops what follows the zero.
  if (file.find('\0') != std::string_view::npos) return std::nullopt;
  return Reader(file).Rules();
}

}  // namespace counterscan

#include "scanner/format/python_literal.h"

#include <utility>

namespace counterscan::format {
namespace {

constexpr int kMaxDepth = 32;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<PythonLiteral> Whole() {
    PythonLiteral value = TRY(Value(0));
    SkipBlanks();
    if (at_ < text_.size()) return Unexpected();
    return value;
  }

 private:
  static constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  tl::unexpected<Error> Unexpected() const {
    return Fail(ErrorCode::kMalformed, "not a plain Python literal", at_);
  }

  Result<PythonLiteral> Value(int depth) {
    if (depth > kMaxDepth) return Fail(ErrorCode::kLimit, "literal nested too deeply", at_);
    SkipBlanks();
    const char c = Peek();
    if (c == '{') return Items('{', '}', PythonLiteral::Kind::kDict, depth);
    if (c == '(') return Items('(', ')', PythonLiteral::Kind::kSequence, depth);
    if (c == '[') return Items('[', ']', PythonLiteral::Kind::kSequence, depth);
    if (c == '\'' || c == '"' || ((c == 'u' || c == 'b') && at_ + 1 < text_.size())) {
      return String();
    }
    if (IsDigit(c)) return Number();
    return Bool();
  }

  Result<PythonLiteral> Items(char open, char close, PythonLiteral::Kind kind, int depth) {
    Take(open);
    PythonLiteral value{.kind = kind, .text = {}, .items = {}};
    for (;;) {
      SkipBlanks();
      if (Take(close)) return value;
      value.items.push_back(TRY(Value(depth + 1)));
      SkipBlanks();
      if (kind == PythonLiteral::Kind::kDict) {
        if (!Take(':')) return Unexpected();
        value.items.push_back(TRY(Value(depth + 1)));
        SkipBlanks();
      }
      if (Take(',')) continue;
      if (Take(close)) return value;
      return Unexpected();
    }
  }

  Result<PythonLiteral> String() {
    if (Peek() == 'u' || Peek() == 'b') ++at_;
    const char quote = Peek();
    if (quote != '\'' && quote != '"') return Unexpected();
    ++at_;
    PythonLiteral value{.kind = PythonLiteral::Kind::kString, .text = {}, .items = {}};
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      // numpy writes repr() of field names; only quotes and backslashes need an escape.
      if (c == '\\') {
        c = Peek();
        if (c != '\\' && c != '\'' && c != '"') return Unexpected();
        ++at_;
      }
      value.text += c;
    }
    if (!Take(quote)) return Unexpected();
    return value;
  }

  Result<PythonLiteral> Number() {
    PythonLiteral value{.kind = PythonLiteral::Kind::kNumber, .text = {}, .items = {}};
    while (IsDigit(Peek())) {
      const auto digit = static_cast<std::uint64_t>(Peek() - '0');
      if (__builtin_mul_overflow(value.number, std::uint64_t{10}, &value.number) ||
          __builtin_add_overflow(value.number, digit, &value.number)) {
        return Fail(ErrorCode::kMalformed, "number too large", at_);
      }
      ++at_;
    }
    Take('L');  // as Python 2 wrote long numbers
    return value;
  }

  Result<PythonLiteral> Bool() {
    for (const auto& [word, number] : {std::pair<std::string_view, std::uint64_t>{"True", 1},
                                       std::pair<std::string_view, std::uint64_t>{"False", 0}}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return PythonLiteral{
          .kind = PythonLiteral::Kind::kBool, .text = {}, .number = number, .items = {}};
    }
    return Unexpected();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<PythonLiteral> ParsePythonLiteral(std::string_view text) { return Parser(text).Whole(); }

}  // namespace counterscan::format

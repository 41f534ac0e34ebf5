#include "scanner/engine/clamav_expression.h"

#include <charconv>
#include <utility>

namespace counterscan {
namespace {

// Deeper than any real one; the parser calls itself once for each.
constexpr int kDeepest = 16;

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<LogicalExpression> Whole() {
    std::optional<LogicalExpression> expression = Operands(0);
    if (!rest_.empty()) return std::nullopt;
    return expression;
  }

 private:
  using Kind = LogicalExpression::Kind;

  // Operands with one operator between them all.
  std::optional<LogicalExpression> Operands(int depth) {
    std::optional<LogicalExpression> first = Operand(depth);
    if (!first || (Next() != '&' && Next() != '|')) return first;
    const char join = Next();
    LogicalExpression all{.kind = join == '&' ? Kind::kAll : Kind::kAny, .parts = {}};
    all.parts.push_back(std::move(*first));
    while (Next() == join) {
      rest_.remove_prefix(1);
      std::optional<LogicalExpression> part = Operand(depth);
      if (!part) return std::nullopt;
      all.parts.push_back(std::move(*part));
    }
    if (Next() == '&' || Next() == '|') return std::nullopt;
    return all;
  }

  std::optional<LogicalExpression> Operand(int depth) {
    std::optional<LogicalExpression> operand;
    if (Next() == '(') {
      if (depth == kDeepest) return std::nullopt;
      rest_.remove_prefix(1);
      operand = Operands(depth + 1);
      // Around a single operand libclamav drops the parentheses without looking at what follows.
      if (!operand || operand->kind == Kind::kSubsignature || Next() != ')') return std::nullopt;
      rest_.remove_prefix(1);
      if (operand->parts.size() < 2) return std::nullopt;
    } else {
      const std::optional<std::size_t> number = Number();
      if (!number) return std::nullopt;
      operand.emplace().subsignature = *number;
    }
    return Counted(std::move(*operand));
  }

  // ">n", "=n", "<n", each perhaps with ",m": at least m different ones.
  std::optional<LogicalExpression> Counted(LogicalExpression operand) {
    const char comparison = Next();
    if (comparison != '>' && comparison != '=' && comparison != '<') return operand;
    rest_.remove_prefix(1);
    const std::optional<std::size_t> count = Number();
    if (!count) return std::nullopt;
    if (Next() == ',') {
      rest_.remove_prefix(1);
      if (!Number()) return std::nullopt;
    }
    // What is counted where the operand does not hold is zero.
    if (comparison == '<' || (comparison == '=' && *count == 0)) operand.needs_match = false;
    return operand;
  }

  std::optional<std::size_t> Number() {
    constexpr std::size_t kMostDigits = 6;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const auto digits = static_cast<std::size_t>(end - rest_.data());
    if (error != std::errc{} || digits > kMostDigits) return std::nullopt;
    rest_.remove_prefix(digits);
    return value;
  }

  char Next() const { return rest_.empty() ? '\0' : rest_.front(); }

  std::string_view rest_;
};

}  // namespace

std::optional<LogicalExpression> ParseLogicalExpression(std::string_view text) {
  return Parser(text).Whole();
}

}  // namespace counterscan

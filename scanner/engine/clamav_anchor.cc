#include "scanner/engine/clamav_anchor.h"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>

#include "scanner/engine/clamav_expression.h"

namespace counterscan {
namespace {

// libclamav cuts longer lines in two (FILEBUFF, CLI_DEFAULT_LSIG_BUFSIZE).
constexpr std::size_t kExtendedLineBytes = 8 * 1024 - 2;
constexpr std::size_t kLogicalLineBytes = 32 * 1024 - 2;

// More than libclamav takes (MAX_LDB_SUBSIGS).
constexpr std::size_t kMostSubsignatures = 64;

// Begins a macro: "${min-max}group$", and the offset "$group$" of signatures that are its group.
// Such signatures only match together, so none of them may be left out.
constexpr char kMacro = '$';

// Fewer different bytes than this stand side by side in padding, tables and weights.
constexpr std::size_t kFewestDifferent = 4;

// How rare an anchor is likely to be: how many different bytes it has.
std::size_t Strength(std::string_view bytes) {
  std::bitset<256> seen;
  for (const char c : bytes) seen.set(static_cast<unsigned char>(c));
  return seen.count();
}

std::size_t Weakest(const Anchors& anchors) {
  std::size_t weakest = kLongestAnchor;
  for (const Anchor& anchor : anchors) weakest = std::min(weakest, Strength(anchor.bytes));
  return weakest;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The strongest piece among the runs of certain bytes that it is shown.
class Strongest {
 public:
  Strongest(bool any_case, bool wide) : any_case_(any_case), wide_(wide) {}

  void Byte(int value) {
    run_ += static_cast<char>(any_case_ && value >= 'A' && value <= 'Z' ? value + 32 : value);
    if (wide_) run_ += '\0';
  }

  void EndRun() {
    for (std::size_t start = 0; start + kShortestAnchor <= run_.size(); start += kStep) {
      const std::string_view piece = std::string_view(run_).substr(start, kLongestAnchor);
      const std::size_t strength = Strength(piece);
      if (strength > strength_) {
        strength_ = strength;
        best_ = piece;
      }
    }
    run_.clear();
  }

  std::optional<Anchor> Take() {
    if (strength_ < kFewestDifferent) return std::nullopt;
    return Anchor{.bytes = std::move(best_), .any_case = any_case_};
  }

 private:
  // Even, so that a wide piece keeps the letter before its zero.
  static constexpr std::size_t kStep = 8;

  bool any_case_;
  bool wide_;
  std::string run_;
  std::string best_;
  std::size_t strength_ = 0;
};

// The length of "{...}", "[...]" or "(...)" at the start of `body`; 0 when it is not understood.
std::size_t BracketLength(std::string_view body) {
  if (body.front() == '(') {
    int depth = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
      const char c = body[i];
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) return i + 1;
      if (HexDigit(c) < 0 && std::string_view("()?|!BLW").find(c) == std::string_view::npos) {
        return 0;
      }
    }
    return 0;
  }
  const std::size_t end = body.find(body.front() == '{' ? '}' : ']');
  if (end == std::string_view::npos || end < 2) return 0;
  const std::string_view range = body.substr(1, end - 1);
  const bool numbers = std::all_of(range.begin(), range.end(),
                                   [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
  return numbers ? end + 1 : 0;
}

// Of a body such as "6f73??{2-9}(0a|0d0a)*7379": what every match holds in one piece.
std::optional<Anchor> AnchorOfBody(std::string_view body, bool any_case, bool wide) {
  Strongest strongest(any_case, wide);
  while (!body.empty()) {
    const char c = body.front();
    const int high = HexDigit(c);
    if (high >= 0 || c == '?') {
      if (body.size() < 2) return std::nullopt;
      const int low = HexDigit(body[1]);
      if (low < 0 && body[1] != '?') return std::nullopt;
      if (high >= 0 && low >= 0) {
        strongest.Byte(high * 16 + low);
      } else {
        strongest.EndRun();
      }
      body.remove_prefix(2);
      continue;
    }
    strongest.EndRun();
    if (c == '*') {
      body.remove_prefix(1);
      continue;
    }
    if (c == '!') body.remove_prefix(1);
    if (body.empty() || (c == '!' && body.front() != '(') ||
        std::string_view("{[(").find(body.front()) == std::string_view::npos) {
      return std::nullopt;
    }
    const std::size_t length = BracketLength(body);
    if (length == 0) return std::nullopt;
    body.remove_prefix(length);
  }
  strongest.EndRun();
  return strongest.Take();
}

// As libclamav does it (cli_ldbtokenize): the separator does not count between slashes, once
// `skipped` fields are over.
std::vector<std::string_view> Fields(std::string_view text, char separator, std::size_t skipped) {
  std::vector<std::string_view> fields;
  bool in_regex = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!in_regex && text[i] == separator) {
      fields.push_back(text.substr(start, i - start));
      start = i + 1;
    } else if (fields.size() >= skipped && i > 0 && text[i] == '/' && text[i - 1] != '\\') {
      in_regex = !in_regex;
    }
  }
  fields.push_back(text.substr(start));
  return fields;
}

// "[Offset:]Trigger/regex/[flags]": tried only where the trigger, an expression over the
// subsignatures before it, holds.
Anchors AnchorsOfRegex(std::string_view text, std::span<const Anchors> before) {
  const std::vector<std::string_view> fields = Fields(text, ':', 0);
  const std::string_view regex = fields.size() == 2 ? fields[1] : fields[0];
  const std::string_view trigger = regex.substr(0, regex.find('/'));
  const std::optional<LogicalExpression> expression = ParseLogicalExpression(trigger);
  return expression ? AnchorsOfExpression(*expression, before) : Anchors();
}

// "Subsignature(offset#options#comparisons)": looks beside a match of another subsignature.
Anchors AnchorsOfByteCompare(std::string_view text, std::span<const Anchors> before) {
  const std::string_view number = text.substr(0, text.find('('));
  std::size_t other = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), other);
  if (error != std::errc{} || end != number.data() + number.size() || other >= before.size()) {
    return {};
  }
  return before[other];
}

// "[Offset:]Hex[::modifiers]".
Anchors AnchorsOfContent(std::string_view text) {
  const std::vector<std::string_view> fields = Fields(text, ':', 0);
  if (fields.size() > 4) return {};
  BodyModifiers modifiers;
  for (const char c : fields.size() >= 3 ? fields.back() : std::string_view()) {
    if (c == 'i') {
      modifiers.any_case = true;
    } else if (c == 'w') {
      modifiers.wide = true;
    } else if (c == 'a') {
      modifiers.ascii = true;
    } else if (c != 'f') {  // "full word" only adds conditions
      return {};
    }
  }
  return AnchorsOfBody(fields.size() % 2 == 0 ? fields[1] : fields[0], modifiers);
}

Anchors AnchorsOfSubsignature(std::string_view text, std::span<const Anchors> before) {
  if (text.starts_with("fuzzy_img#")) return {};
  if (text.find('/') != std::string_view::npos) return AnchorsOfRegex(text, before);
  if (text.find('#') != std::string_view::npos) return AnchorsOfByteCompare(text, before);
  return AnchorsOfContent(text);
}

}  // namespace

Anchors AnchorsOfBody(std::string_view body, const BodyModifiers& modifiers) {
  Anchors anchors;
  for (const bool wide : {true, false}) {
    if (wide ? !modifiers.wide : modifiers.wide && !modifiers.ascii) continue;
    std::optional<Anchor> anchor = AnchorOfBody(body, modifiers.any_case, wide);
    if (!anchor) return {};
    anchors.push_back(std::move(*anchor));
  }
  return anchors;
}

Anchors AnchorsOfExpression(const LogicalExpression& expression, std::span<const Anchors> known) {
  using Kind = LogicalExpression::Kind;
  if (!expression.needs_match) return {};
  if (expression.kind == Kind::kSubsignature) {
    return expression.subsignature < known.size() ? known[expression.subsignature] : Anchors();
  }
  Anchors result;
  for (const LogicalExpression& part : expression.parts) {
    Anchors anchors = AnchorsOfExpression(part, known);
    if (expression.kind == Kind::kAll) {
      // Any part would do: that with the rarest anchors, and few of them.
      if (anchors.empty()) continue;
      const std::size_t strength = Weakest(anchors);
      const std::size_t so_far = result.empty() ? 0 : Weakest(result);
      if (strength > so_far || (strength == so_far && anchors.size() < result.size())) {
        result = std::move(anchors);
      }
      continue;
    }
    if (anchors.empty()) return {};
    for (Anchor& anchor : anchors) {
      if (std::find(result.begin(), result.end(), anchor) == result.end()) {
        result.push_back(std::move(anchor));
      }
    }
  }
  return result;
}

Anchors AnchorsOfExtended(std::string_view line) {
  if (line.size() > kExtendedLineBytes) return {};
  std::vector<std::string_view> fields;
  for (std::size_t start = 0; start <= line.size();) {
    const std::size_t end = std::min(line.find(':', start), line.size());
    fields.push_back(line.substr(start, end - start));
    start = end + 1;
  }
  // Levels of the engine may follow.
  if (fields.size() < 4 || fields.size() > 6) return {};
  if (fields[2].find(kMacro) != std::string_view::npos) return {};
  return AnchorsOfBody(fields[3], {});
}

Anchors AnchorsOfLogical(std::string_view line) {
  constexpr std::size_t kBeforeSubsignatures = 3;
  if (line.size() > kLogicalLineBytes) return {};
  // The slash counts from the third field on, as in libclamav.
  const std::vector<std::string_view> fields = Fields(line, ';', 2);
  if (fields.size() <= kBeforeSubsignatures ||
      fields.size() > kBeforeSubsignatures + kMostSubsignatures) {
    return {};
  }
  const std::optional<LogicalExpression> expression = ParseLogicalExpression(fields[2]);
  if (!expression) return {};
  std::vector<Anchors> known;
  known.reserve(fields.size());
  for (const std::string_view text : std::span(fields).subspan(kBeforeSubsignatures)) {
    if (text.starts_with(kMacro)) return {};
    known.push_back(AnchorsOfSubsignature(text, known));
  }
  return AnchorsOfExpression(*expression, known);
}

Anchors AnchorsOfPlain(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (line.size() > kExtendedLineBytes || equals == std::string_view::npos) return {};
  return AnchorsOfBody(line.substr(equals + 1), {});
}

}  // namespace counterscan

#include "scanner/engine/clamav_signature.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace counterscan {
namespace {

// A number this large is a mistake in the line; sums of two stay far from overflow.
constexpr std::uint64_t kLargestNumber = std::uint64_t{1} << 40;

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > kLargestNumber) {
    return std::nullopt;
  }
  return value;
}

// Takes the text up to `separator`, or all of it, off the front of `rest`.
std::string_view TakeField(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

bool IsHexOrWildcard(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '?';
}

// The upper bound of "{n}", "{-m}", "{n-m}" or "[n-m]", without its brackets; none for "{n-}".
std::optional<std::uint64_t> UpperBound(std::string_view range) {
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return Number(range);
  return Number(range.substr(dash + 1));
}

// The longest branch of "(aa|bbbb)". One letter stands for a boundary: (B), (L), (W).
std::optional<std::uint64_t> LongestBranch(std::string_view branches) {
  std::uint64_t longest = 1;
  while (!branches.empty()) {
    const std::string_view branch = TakeField(branches, '|');
    if (branch == "B" || branch == "L" || branch == "W") continue;
    if (!std::all_of(branch.begin(), branch.end(), IsHexOrWildcard)) return std::nullopt;
    longest = std::max<std::uint64_t>(longest, (branch.size() + 1) / 2);
  }
  return longest;
}

char ClosingBracket(char opening) { return opening == '(' ? ')' : opening == '{' ? '}' : ']'; }

// A kind of file, where 0 is any. libclamav reads numbers so large that they wrap around to 0.
bool IsOtherTarget(std::string_view text) {
  constexpr std::uint64_t kLargestTarget = 255;
  const std::optional<std::uint64_t> value = Number(text);
  return value && *value != 0 && *value <= kLargestTarget;
}

// Target 7: "normalised ASCII text file".
bool IsTextTarget(std::string_view text) {
  constexpr std::uint64_t kText = 7;
  return Number(text) == kText;
}

// Fills in what "Offset" and the body's length mean together.
void Place(std::string_view offset, std::uint64_t longest, SignatureLine& signature) {
  using enum SignatureNeeds;
  signature.reach = longest;
  signature.needs = kReach;
  if (offset != "*") {
    // "n", "n,shift", "EOF-n" or "EOF-n,shift". What else there is (EP+n, Sx+n, SL+n, VI) speaks of
    // executables.
    const bool from_end = offset.starts_with("EOF-");
    if (from_end) offset.remove_prefix(4);
    const std::optional<std::uint64_t> base = Number(TakeField(offset, ','));
    const std::optional<std::uint64_t> shift = offset.empty() ? 0 : Number(offset);
    if (!base || !shift) {
      signature.needs = kWholeFile;
      return;
    }
    signature.needs = from_end ? kEnd : kStart;
    signature.reach = from_end ? std::max(*base, longest) : *base + *shift + longest;
  }
  if (signature.reach > kLongestReach) signature.needs = kWholeFile;
}

}  // namespace

std::optional<std::uint64_t> LongestMatch(std::string_view body) {
  std::uint64_t digits = 0;
  std::uint64_t bytes = 0;
  while (!body.empty()) {
    const char c = body.front();
    if (IsHexOrWildcard(c)) {
      ++digits;
      body.remove_prefix(1);
      continue;
    }
    if (c == '!') {  // "!(aa|bb)": any bytes but these
      body.remove_prefix(1);
      continue;
    }
    if (c != '{' && c != '[' && c != '(') return std::nullopt;  // "*" among others
    const std::size_t end = body.find(ClosingBracket(c));
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = body.substr(1, end - 1);
    const std::optional<std::uint64_t> more = c == '(' ? LongestBranch(inside) : UpperBound(inside);
    if (!more) return std::nullopt;
    bytes += *more;
    if (bytes > kLargestNumber) return std::nullopt;
    body.remove_prefix(end + 1);
  }
  return bytes + (digits + 1) / 2;
}

SignatureLine ParseExtendedSignature(std::string_view line) {
  SignatureLine signature;
  signature.name = TakeField(line, ':');
  const std::string_view target = TakeField(line, ':');
  const std::string_view offset = TakeField(line, ':');
  const std::string_view body = TakeField(line, ':');
  if (IsOtherTarget(target)) {
    signature.text = IsTextTarget(target);
    signature.needs = SignatureNeeds::kNothing;
    return signature;
  }
  if (const std::optional<std::uint64_t> longest = LongestMatch(body)) {
    Place(offset, *longest, signature);
  }
  return signature;
}

SignatureLine ParseLogicalSignature(std::string_view line) {
  SignatureLine signature;
  signature.name = TakeField(line, ';');
  std::string_view attributes = TakeField(line, ';');
  bool other = false;
  bool any = false;
  while (!attributes.empty()) {
    std::string_view value = TakeField(attributes, ',');
    const std::string_view key = TakeField(value, ':');
    if (key != "Target") continue;
    (IsOtherTarget(value) ? other : any) = true;
    signature.text = signature.text || IsTextTarget(value);
  }
  // Which of several libclamav takes depends on how many attributes there are.
  if (other && !any) signature.needs = SignatureNeeds::kNothing;
  // A regular expression stands between slashes in a subsignature: "0/evil.*code/i".
  signature.regex = signature.needs != SignatureNeeds::kNothing && line.find('/') != line.npos;
  return signature;
}

SignatureLine ParsePlainSignature(std::string_view line) {
  SignatureLine signature;
  signature.name = TakeField(line, '=');
  if (const std::optional<std::uint64_t> longest = LongestMatch(line)) {
    Place("*", *longest, signature);
  }
  return signature;
}

}  // namespace counterscan

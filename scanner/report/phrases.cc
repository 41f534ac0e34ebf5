#include "scanner/report/phrases.h"

#include <fmt/format.h>

#include <algorithm>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

std::string WithCommas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

bool IsPlainInShell(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_./@%+:,-").find(c) != std::string_view::npos;
}

}  // namespace

std::string Count(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", WithCommas(count), thing, count == 1 ? "" : "s");
}

std::string Place(std::string_view path, std::string_view where,
                  std::optional<std::uint64_t> offset) {
  std::string place = Printable(path);
  if (!path.empty() && !where.empty()) place += "::";
  place += Printable(where);
  if (offset) place += fmt::format("+0x{:x}", *offset);
  return place;
}

std::string ImportName(const Import& import) {
  return fmt::format("{}.{}", import.module ? Printable(*import.module, 200) : "(unknown)",
                     import.name ? Printable(*import.name, 200) : "(unknown)");
}

std::string_view Shout(Level level) {
  switch (level) {
    case Level::kClean:
      return "CLEAN";
    case Level::kCaution:
      return "CAUTION";
    case Level::kSuspicious:
      return "SUSPICIOUS";
    case Level::kUnsafe:
      return "UNSAFE";
  }
  return "UNSAFE";
}

Tint TintOf(Level level) {
  if (level == Level::kUnsafe) return Tint::kRed;
  return level == Level::kClean ? Tint::kNone : Tint::kYellow;
}

std::string HubSays(HubState state) {
  switch (state) {
    case HubState::kSafe:
    case HubState::kCaution:
    case HubState::kSuspicious:
    case HubState::kUnsafe:
      return fmt::format("the Hub: \"{}\"", Name(state));
    case HubState::kNotAsked:
      return "the Hub was not asked";
    case HubState::kPending:
      return "the Hub has not finished its scan";
    case HubState::kError:
      return "the Hub's own scan failed";
    case HubState::kMissing:
      return "the Hub gave no word about these bytes";
    case HubState::kUnreachable:
      return "the Hub could not be reached";
    case HubState::kDenied:
      return "the Hub refused access";
    case HubState::kNotFound:
      return "the Hub does not have this file";
    case HubState::kStale:
      return "the Hub's answer is too old, or about other content";
    case HubState::kDisabled:
      return "the Hub has disabled this repository";
    case HubState::kMismatch:
      return "the Hub describes other bytes";
  }
  return "the Hub gave no answer";
}

std::string Quoted(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  for (const char c : Printable(text, limit)) {
    if (c == '"') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

std::string SomeOf(std::span<const std::string_view> names, std::size_t most) {
  std::string out;
  const std::size_t shown = std::min(names.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ", ";
    out += Printable(names[i]);
  }
  if (shown < names.size()) out += fmt::format(" and {} more", WithCommas(names.size() - shown));
  return out;
}

std::string ShortHash(std::string_view hash) {
  constexpr std::size_t kRecognised = 12;
  if (hash.size() <= kRecognised) return Printable(hash);
  return Printable(hash.substr(0, kRecognised)) + "…";
}

std::string ShellWord(std::string_view bytes) {
  const std::string_view prefix = bytes.starts_with('-') ? "./" : "";
  if (!bytes.empty() && std::all_of(bytes.begin(), bytes.end(), IsPlainInShell)) {
    return fmt::format("{}{}", prefix, bytes);
  }
  const std::string printable = Printable(bytes);
  // Backslashes are harmless in single quotes, but Printable() doubles them: then the other form.
  if (printable == bytes && bytes.find('\'') == std::string_view::npos) {
    return fmt::format("'{}{}'", prefix, bytes);
  }
  // $'...' as bash, zsh and POSIX.1-2024 read it. Octal escapes take three digits at most, so the
  // character that follows is never taken for part of one.
  std::string out = fmt::format("$'{}", prefix);
  for (const char c : bytes) {
    if (IsPlainInShell(c) || c == ' ') {
      out += c;
    } else {
      out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
  }
  out += '\'';
  return out;
}

}  // namespace counterscan

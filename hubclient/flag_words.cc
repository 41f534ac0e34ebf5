#include "hubclient/flag_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

void TakeWorse(std::string& word, std::string candidate) {
  const HubState state = StateOfWord(candidate);
  if (!FlagLevel(state)) return;
  if (word.empty() || Worse(StateOfWord(word), state) != StateOfWord(word)) {
    word = std::move(candidate);
  }
}

// "is_safe", "Is-Safe" and "isSafe" are one name.
std::string PlainName(std::string_view name) {
  std::string plain = AsciiLower(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return plain;
}

// How one says in a word that there is nothing.
bool DeniesAThreat(std::string_view text) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"clean", "innocuous", "no", "none", "ok", "pending",
                                       "queued", "safe", "unknown", "unscanned"});
  return std::find(kWords.begin(), kWords.end(), AsciiLower(text)) != kWords.end();
}

}  // namespace

bool HoldsNothing(const JsonValue& value) {
  const std::string text = AsciiLower(value.text);
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      return true;
    case JsonValue::Kind::kBool:
      return !value.boolean;
    case JsonValue::Kind::kNumber:
      return value.number == 0u;
    case JsonValue::Kind::kString:
      return text.empty() || text == "false" || text == "0" || text == "no";
    case JsonValue::Kind::kArray:
    case JsonValue::Kind::kObject:
      break;
  }
  return value.items.empty() && value.members.empty();
}

bool NamesAThreat(std::string_view name) {
  const std::string plain = PlainName(name);
  constexpr auto kParts = std::to_array<std::string_view>(
      {"danger", "infected", "malicious", "malware", "threat", "trojan", "unsafe", "virus"});
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return plain.find(part) != plain.npos; });
}

std::string FlagOfMember(std::string_view name, const JsonValue& value) {
  std::string word = FlagWordIn(value);
  if (!word.empty()) return word;
  const std::string plain = PlainName(name);
  if ((plain == "safe" || plain == "issafe") && value.kind == JsonValue::Kind::kBool &&
      !value.boolean) {
    return "unsafe";
  }
  // An object says for itself what it is: {"malwareScan": {"status": "safe"}}.
  if (!NamesAThreat(name) || value.IsObject() || HoldsNothing(value)) return "";
  if (value.kind == JsonValue::Kind::kString && DeniesAThreat(value.text)) return "";
  return "unsafe";
}

// Recursion is bounded by HubLimits::json_depth.
std::string FlagWordIn(const JsonValue& value) {
  std::string word;
  if (value.kind == JsonValue::Kind::kString) {
    TakeWorse(word, value.text);
    // No words of the Hub's for a file, but there is no doubt what is meant.
    for (const std::string_view other : {"dangerous", "infected", "malicious", "malware"}) {
      if (AsciiLower(value.text) == other) TakeWorse(word, "unsafe");
    }
  }
  for (const JsonValue& item : value.items) TakeWorse(word, FlagWordIn(item));
  for (const JsonValue::Member& member : value.members) {
    TakeWorse(word, FlagOfMember(member.name, member.value));
  }
  return word;
}

}  // namespace counterscan

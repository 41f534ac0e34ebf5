#include "hubclient/flag_words.h"

#include "hubclient/status_words.h"

namespace counterscan {
namespace {

void TakeWorse(std::string& word, std::string candidate) {
  const HubState state = StateOfWord(candidate);
  if (!FlagLevel(state)) return;
  if (word.empty() || Worse(StateOfWord(word), state) != StateOfWord(word)) {
    word = std::move(candidate);
  }
}

}  // namespace

// Recursion is bounded by HubLimits::json_depth.
std::string FlagWordIn(const JsonValue& value) {
  std::string word;
  if (value.kind == JsonValue::Kind::kString) TakeWorse(word, value.text);
  for (const JsonValue& item : value.items) TakeWorse(word, FlagWordIn(item));
  for (const JsonValue::Member& member : value.members) TakeWorse(word, FlagWordIn(member.value));
  return word;
}

}  // namespace counterscan

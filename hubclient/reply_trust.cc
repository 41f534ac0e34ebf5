#include "hubclient/reply_trust.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "hubclient/flag_words.h"
#include "hubclient/http_date.h"
#include "hubclient/http_outcome.h"
#include "hubclient/rfc3339.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

std::string AboutAnother(std::string_view said, std::string_view asked) {
  return fmt::format("the Hub's reply is about commit {}, not {}", Printable(said, 40), asked);
}

}  // namespace

std::string AboutAnotherCommit(const HubExchange& exchange, const HubUrl& url,
                               const JsonValue& root) {
  std::optional<std::string> asked = CommitFrom(url.revision);
  if (url.kind == HubUrl::Kind::kInfo) {
    const std::string* sha = root.Text("sha");
    const auto said = sha != nullptr ? CommitFrom(*sha) : std::nullopt;
    if (asked && sha != nullptr && said != asked) return AboutAnother(*sha, *asked);
    if (!asked) asked = said;  // of a branch
  }
  const auto header = exchange.headers.find("x-repo-commit");
  if (!asked || header == exchange.headers.end() || CommitFrom(header->second) == asked) {
    return "";
  }
  return AboutAnother(header->second, *asked);
}

std::string DistrustOf(const HubExchange& exchange, const JsonDocument& document) {
  if (document.broken) {
    return fmt::format("the Hub's reply is damaged: {}", document.broken->message);
  }
  if (document.repaired_utf8) return "the Hub's reply is damaged: it is not UTF-8";
  if (std::string doubt = DoubtOf(exchange); !doubt.empty()) return doubt;
  const JsonValue* error = document.root.Find("error");
  if (error != nullptr && !error->IsNull()) {
    return "the Hub's reply is an answer and an error at once";
  }
  // No reply of the Hub but a list of files is an array.
  const auto& items = document.root.items;
  if (!std::all_of(items.begin(), items.end(),
                   [](const JsonValue& item) { return item.IsObject(); })) {
    return "the Hub's reply is damaged: its list of files holds what is no file";
  }
  return "";
}

std::string TimeOf(const HubExchange& exchange) {
  // Clocks that differ by less are in order.
  constexpr std::chrono::minutes kTolerance(10);
  const auto came = ParseRfc3339(exchange.time);
  if (!came) return exchange.time;
  std::chrono::sys_seconds made = *came;
  if (const auto date = exchange.headers.find("date"); date != exchange.headers.end()) {
    const auto parsed = ParseHttpDate(date->second);
    if (!parsed) return "";  // none, or several: of any time
    made = std::min(made, *parsed);
  }
  // RFC 9111 section 5.1: how long the reply has lain in caches.
  if (const auto age = exchange.headers.find("age"); age != exchange.headers.end()) {
    constexpr std::size_t kDigits = 9;  // thirty years
    const std::string& text = age->second;
    if (text.empty() || text.size() > kDigits ||
        text.find_first_not_of("0123456789") != text.npos) {
      return "";
    }
    made = std::min(made, *came - std::chrono::seconds(std::stoul(text)));
  }
  return *came - made > kTolerance ? FormatRfc3339(made) : exchange.time;
}

Withdrawal WithdrawalIn(const JsonValue& info) {
  Withdrawal found = Withdrawal::kNo;
  for (const auto& [key, value] : info.members) {
    const std::string name = AsciiLower(key);
    const bool is_the_hubs = name == "disabled";
    constexpr auto kUnclear = std::to_array<std::string_view>(
        {"banned", "blocked", "deleted", "disabledreason", "quarantine", "quarantined", "removed",
         "suspended", "takedown"});
    if (std::find(kUnclear.begin(), kUnclear.end(), name) != kUnclear.end() &&
        !HoldsNothing(value)) {
      found = Withdrawal::kUnclear;
    }
    if (!is_the_hubs && name != "isdisabled" && name != "withdrawn" && name != "takendown")
      continue;
    if (!HoldsNothing(value)) return Withdrawal::kYes;
    if (is_the_hubs && value.kind != JsonValue::Kind::kBool) found = Withdrawal::kUnclear;
  }
  return found;
}

}  // namespace counterscan

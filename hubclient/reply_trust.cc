#include "hubclient/reply_trust.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "hubclient/http_date.h"
#include "hubclient/http_outcome.h"
#include "hubclient/rfc3339.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

std::string AboutAnother(std::string_view said, std::string_view asked) {
  return fmt::format("the Hub's reply is about commit {}, not {}", Printable(said, 40), asked);
}

// What is said of another commit than was asked for is not about these files.
std::string CommitDistrust(const HubExchange& exchange, const HubUrl& url, const JsonValue& root) {
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

// What no language takes for true: null, 0, "", "false", [], {}.
bool IsNothing(const JsonValue& value) {
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

}  // namespace

std::string DistrustOf(const HubExchange& exchange, const HubUrl& url,
                       const JsonDocument& document) {
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
  return CommitDistrust(exchange, url, document.root);
}

std::string TimeOf(const HubExchange& exchange) {
  // Clocks that differ by less are in order.
  constexpr std::chrono::minutes kTolerance(10);
  const auto header = exchange.headers.find("date");
  const auto came = ParseRfc3339(exchange.time);
  if (header == exchange.headers.end() || !came) return exchange.time;
  const auto made = ParseHttpDate(header->second);
  return made && *came - *made > kTolerance ? FormatRfc3339(*made) : exchange.time;
}

Withdrawal WithdrawalIn(const JsonValue& info) {
  Withdrawal found = Withdrawal::kNo;
  for (const auto& [key, value] : info.members) {
    if (AsciiLower(key) != "disabled") continue;
    if (!IsNothing(value)) return Withdrawal::kYes;
    if (value.kind != JsonValue::Kind::kBool) found = Withdrawal::kUnclear;
  }
  return found;
}

}  // namespace counterscan

#include "hubclient/scanner_word.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hubclient/flag_words.h"
#include "hubclient/rfc3339.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

// What stands beside the scanners without being one.
constexpr auto kNoScanners =
    std::to_array<std::string_view>({"blobId", "highestSafetyLevel", "name", "repositoryId",
                                     "revision", "safe", "status", "virusFound", "virusNames"});

// What a scanner says in words, and lists that are read for themselves: the imports have words of
// their own.
constexpr auto kNoStatus = std::to_array<std::string_view>(
    {"imports", "message", "pickleImports", "reportLink", "version"});

// A list of names that is not empty. Null, and an empty list, are how the Hub says "none".
bool NamesAVirus(const JsonValue& names) {
  return !names.items.empty() || !names.members.empty() || !names.text.empty() || names.boolean ||
         names.kind == JsonValue::Kind::kNumber;
}

// A text of the Hub's that came as something else.
bool IsNoText(std::string_view name, const JsonValue& value) {
  constexpr auto kTexts =
      std::to_array<std::string_view>({"blobId", "message", "name", "reportLabel", "reportLink",
                                       "repositoryId", "revision", "version"});
  return value.kind != JsonValue::Kind::kString && !value.IsNull() &&
         std::find(kTexts.begin(), kTexts.end(), name) != kTexts.end();
}

// The worst of the flags inside an object where none is expected: "" for none.
std::string StrayFlagIn(const JsonValue& scanner) {
  std::string worst;
  const auto take = [&](std::string flag) {
    if (FlagLevel(StateOfWord(flag)) &&
        Worse(StateOfWord(worst), StateOfWord(flag)) != StateOfWord(worst)) {
      worst = std::move(flag);
    }
  };
  const bool has_highest = scanner.Find("highestSafetyLevel") != nullptr;
  for (const auto& [name, value] : scanner.members) {
    const bool is_known =
        IsNoScanner(name) || std::find(kNoStatus.begin(), kNoStatus.end(), name) != kNoStatus.end();
    if (!is_known || IsNoText(name, value)) take(FlagOfMember(name, value));
    // The highest level is that of the list beside it, or it is not the highest.
    if (!has_highest || (name != "imports" && name != "pickleImports")) continue;
    for (const JsonValue& import : value.items) {
      if (const std::string* safety = import.Text("safety")) take(StatusOfSafety(*safety));
    }
  }
  return worst;
}

void ReadImports(const JsonValue& list, const HubLimits& limits, std::vector<HubImport>& imports) {
  for (const JsonValue& item : list.items) {
    const std::string* module = item.Text("module");
    const std::string* name = item.Text("name");
    const std::string* safety = item.Text("safety");
    if (module == nullptr || name == nullptr) continue;
    if (imports.size() >= limits.imports_per_scanner) {
      if (imports.empty() || safety == nullptr || *safety != "dangerous") continue;
      imports.pop_back();  // what is left out must not be what decides
    }
    imports.push_back({KeptText(*module, limits), KeptText(*name, limits),
                       safety != nullptr ? KeptText(*safety, limits) : std::string()});
  }
}

constexpr std::string_view kDigits = "0123456789";

// " vendors of 76" without its first word.
std::string_view WithoutFirstWord(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(std::min(text.find(' ', begin), text.size()));
}

// "3/76 engines detect it as malicious.", "detected by 3 of 76 engines", "3 vendors of 76": true
// when the first number is not 0. `message` is in small letters.
bool CountsEngines(std::string_view message) {
  constexpr auto kEngines = std::to_array<std::string_view>({"antivirus", "engine", "vendor"});
  const bool names_engines =
      std::any_of(kEngines.begin(), kEngines.end(),
                  [&](std::string_view word) { return message.find(word) != message.npos; });
  while (true) {
    const std::size_t first = message.find_first_of(kDigits);
    if (first == message.npos) return false;
    const bool is_begin = message.substr(0, first).find_first_not_of(' ') == message.npos;
    message.remove_prefix(first);
    const std::size_t length = std::min(message.find_first_not_of(kDigits), message.size());
    const bool is_zero = message.substr(0, length).find_first_not_of('0') == message.npos;
    message.remove_prefix(length);
    if (is_zero) continue;
    const bool is_fraction = message.starts_with('/');
    const bool is_share = message.starts_with(" of ") || message.starts_with(" / ") ||
                          WithoutFirstWord(message).starts_with(" of ");
    if ((is_fraction && is_begin) || ((is_fraction || is_share) && names_engines)) return true;
  }
}

// "Detected malware signatures: Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL", "Infected: X
// FOUND". What stands behind a "no" or a "0" may be good news: "0/76 engines detect it as
// malicious.", "No malware found". In small letters.
bool SentenceNamesMalware(std::string_view message) {
  constexpr auto kAlways = std::to_array<std::string_view>(
      {"cve-", "detected malware", "not safe", "pait-", "py.malware."});
  constexpr auto kThreats = std::to_array<std::string_view>(
      {"arbitrary code", "backdoor", "blocked",    "dangerous", "exploit", "flagged",
       "harmful",        "infected", "keylogger",  "malicious", "malware", "quarantine",
       "ransomware",     "spyware",  "suspicious", "threat",    "trojan",  "unsafe",
       "virus ",         "vulnerab", "worm"});
  constexpr auto kGoodNews = std::to_array<std::string_view>(
      {"0", "clean", "free", "never", "no", "none", "not", "without"});
  const auto holds = [&](std::string_view part) { return message.find(part) != message.npos; };
  if (std::any_of(kAlways.begin(), kAlways.end(), holds) || message.ends_with(" found")) {
    return !message.starts_with("no ");
  }
  if (std::none_of(kThreats.begin(), kThreats.end(), holds)) return false;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789'";
  std::string_view rest = message;
  while (true) {
    const std::size_t begin = rest.find_first_of(kLetters);
    if (begin == rest.npos) return true;
    rest.remove_prefix(begin);
    const std::size_t end = std::min(rest.find_first_not_of(kLetters), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (std::find(kGoodNews.begin(), kGoodNews.end(), word) != kGoodNews.end()) return false;
    rest.remove_prefix(end);
  }
}

// Good news are good to the end of their sentence: "No malware. But this file is malicious".
bool NamesMalware(std::string_view message) {
  while (!message.empty()) {
    std::size_t end = 1;
    while (end < message.size()) {
      const std::string_view rest = message.substr(end);
      const bool ends_sentence =
          std::string_view(".!?").find(message[end - 1]) != std::string_view::npos &&
          (rest[0] == ' ' || rest[0] == '\n');
      if (ends_sentence || rest[0] == ';' || rest.starts_with(" but ")) break;
      ++end;
    }
    if (SentenceNamesMalware(message.substr(0, end))) return true;
    message.remove_prefix(end);
    message.remove_prefix(std::min(message.find_first_not_of("; \n"), message.size()));
  }
  return false;
}

// What the Hub's scanners say of nearly every file: no need to take it apart each time.
bool IsUsual(std::string_view message) {
  constexpr auto kTexts = std::to_array<std::string_view>(
      {"", "No security issues detected", "This file has no security findings.",
       "Safe PyTorch model", "Safe model, does not support code execution on load.",
       "Not a machine-learning model"});
  if (std::find(kTexts.begin(), kTexts.end(), message) != kTexts.end()) return true;
  constexpr std::string_view kNone = "0/";  // "0/76 engines detect it as malicious."
  if (!message.starts_with(kNone)) return false;
  message.remove_prefix(kNone.size());
  const std::size_t digits = std::min(message.find_first_not_of(kDigits), message.size());
  return message.substr(digits) == " engines detect it as malicious.";
}

bool IsKnownMember(std::string_view name) {
  return IsNoScanner(name) || name == "reportLabel" ||
         std::find(kNoStatus.begin(), kNoStatus.end(), name) != kNoStatus.end();
}

// What says, when it is true, that the scan was made.
bool NamesTheEnd(std::string_view plain_name) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"clean", "complete", "completed", "done", "finished",
                                       "issafe", "ok", "scanned", "scansdone", "success"});
  return std::find(kNames.begin(), kNames.end(), plain_name) != kNames.end();
}

bool IsGoodNews(std::string_view text) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"clean", "complete", "completed", "done", "finished",
                                       "innocuous", "none", "ok", "safe", "success"});
  return std::find(kWords.begin(), kWords.end(), AsciiLower(text)) != kWords.end();
}

// What tells who looked and when, and says nothing of what was found.
bool IsDescription(std::string_view plain_name, const JsonValue& value) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"_id", "date", "duration", "engine", "engineversion", "id", "link", "scanner", "size",
       "time", "timestamp", "total", "type", "url"});
  const bool is_simple =
      value.kind == JsonValue::Kind::kString || value.kind == JsonValue::Kind::kNumber;
  if (is_simple && std::find(kNames.begin(), kNames.end(), plain_name) != kNames.end()) return true;
  return value.kind == JsonValue::Kind::kString && ParseRfc3339(value.text).has_value();
}

// In names, and written as in none of the Hub's own: "safetensors" is about tensors.
bool NamesSafety(std::string_view name) {
  constexpr auto kParts = std::to_array<std::string_view>(
      {"alert",      "blocked",   "danger", "flag",   "infect",  "issue", "level",    "malicious",
       "malware",    "quarantin", "risk",   "safe",   "scan",    "secur", "severity", "status",
       "suspicious", "threat",    "trojan", "unsafe", "verdict", "virus", "vulnerab", "warning"});
  const std::string plain = AsciiLower(name);
  return plain != "safetensors" &&
         std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return plain.find(part) != std::string::npos; });
}

// In any of the texts of `value`. Recursion is bounded by HubLimits::json_depth.
bool TellsOfAThreat(const JsonValue& value) {
  return DeniesItsWord(value.text) ||
         std::any_of(value.items.begin(), value.items.end(), &TellsOfAThreat) ||
         std::any_of(value.members.begin(), value.members.end(),
                     [](const JsonValue::Member& m) { return TellsOfAThreat(m.value); });
}

}  // namespace

// Recursion is bounded by HubLimits::json_depth.
bool GoesWithSafe(std::string_view name, const JsonValue& value) {
  const std::string plain = AsciiLower(name);
  if (NamesTheEnd(plain)) {
    return (value.kind == JsonValue::Kind::kBool && value.boolean) || IsGoodNews(value.text);
  }
  if (HoldsNothing(value) || IsDescription(plain, value)) return true;
  if (value.IsArray()) {
    return std::all_of(value.items.begin(), value.items.end(),
                       [](const JsonValue& item) { return GoesWithSafe("", item); });
  }
  if (value.IsObject()) {
    return std::all_of(value.members.begin(), value.members.end(),
                       [](const JsonValue::Member& m) { return GoesWithSafe(m.name, m.value); });
  }
  return value.kind == JsonValue::Kind::kString && IsGoodNews(value.text);
}

bool SpeaksOfSafety(std::string_view name, const JsonValue& value) {
  return NamesSafety(name) || TellsOfAThreat(value);
}

std::string_view MemberBesideSafe(const JsonValue& scanner) {
  for (const auto& [name, value] : scanner.members) {
    if (!IsKnownMember(name) && !GoesWithSafe(name, value)) return name;
    if (IsNoText(name, value)) return name;
    const bool is_label = name == "version" || name == "reportLabel";
    const bool is_number = value.text.find_first_not_of("0123456789./") == value.text.npos;
    if (is_label && !is_number && DeniesItsWord(value.text)) return name;
  }
  return "";
}

bool TellsOfNoScan(std::string_view message) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"could not", "encrypted", "failed", "in progress", "not analy", "not scanned",
       "not supported", "password", "pending", "queued", "scan error", "skipped", "timed out",
       "timeout", "too big", "too large", "unable to", "unscanned", "unsupported"});
  if (IsUsual(message)) return false;
  const std::string plain = AsciiLower(message);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

std::string KeptText(std::string_view text, const HubLimits& limits) {
  return std::string(text.substr(0, limits.kept_text_bytes));
}

bool IsNoScanner(std::string_view name) {
  return std::find(kNoScanners.begin(), kNoScanners.end(), name) != kNoScanners.end();
}

std::optional<std::string> WordOf(const JsonValue& object) {
  std::optional<std::string> word;
  const auto take = [&](std::string_view candidate) {
    if (!word || Worse(StateOfWord(*word), StateOfWord(candidate)) != StateOfWord(*word)) {
      word = std::string(candidate);
    }
  };
  for (const auto& [name, value] : object.members) {
    const bool is_bool = value.kind == JsonValue::Kind::kBool;
    if (name == "status") {
      take(value.kind == JsonValue::Kind::kString ? value.text : FlagWordIn(value));
    } else if (name == "safe") {
      take(!is_bool ? "" : value.boolean ? "safe" : "unsafe");
    } else if (name == "virusFound") {
      take(!is_bool ? "" : value.boolean ? "unsafe" : "safe");
    } else if (name == "virusNames" && NamesAVirus(value)) {
      take("unsafe");
    } else if (name == "highestSafetyLevel") {
      take(StatusOfSafety(value.text));
    }
  }
  return word;
}

HubScanner ReadScanner(std::string_view name, const JsonValue& object, const HubLimits& limits) {
  HubScanner scanner;
  scanner.name = KeptText(name, limits);
  const std::optional<std::string> word = WordOf(object);
  scanner.status = KeptText(word ? *word : FlagWordIn(object), limits);
  const std::string stray = StrayFlagIn(object);
  if (!stray.empty() &&
      Worse(StateOfWord(scanner.status), StateOfWord(stray)) != StateOfWord(scanner.status)) {
    scanner.status = KeptText(stray, limits);
  }
  for (const auto& [key, value] : object.members) {
    if (value.kind == JsonValue::Kind::kString) {
      if (key == "message") scanner.message = KeptText(value.text, limits);
      if (key == "version") scanner.version = KeptText(value.text, limits);
      if (key == "reportLink") scanner.report_link = KeptText(value.text, limits);
    } else if (value.IsArray()) {
      if (key == "pickleImports" || key == "imports") ReadImports(value, limits, scanner.imports);
      if (key == "virusNames") {
        for (const JsonValue& virus : value.items) {
          if (!scanner.message.empty()) scanner.message += ", ";
          scanner.message = KeptText(scanner.message + virus.text, limits);
        }
      }
    }
  }
  return scanner;
}

std::string_view PlainWord(const JsonValue& scanner) {
  if (const std::string* status = scanner.Text("status")) return *status;
  if (scanner.Bool("safe") == true || scanner.Bool("virusFound") == false) return "safe";
  const std::string* highest = scanner.Text("highestSafetyLevel");
  return highest != nullptr && *highest == "innocuous" ? "safe" : "";
}

bool DeniesItsWord(std::string_view message) {
  if (IsUsual(message)) return false;
  const std::string plain = AsciiLower(message);
  return CountsEngines(plain) || NamesMalware(plain);
}

}  // namespace counterscan

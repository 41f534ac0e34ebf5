#include "hubclient/scanner_word.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hubclient/flag_words.h"
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
    {"imports", "message", "pickleImports", "reportLabel", "reportLink", "version"});

// A list of names that is not empty. Null, and an empty list, are how the Hub says "none".
bool NamesAVirus(const JsonValue& names) {
  return !names.items.empty() || !names.members.empty() || !names.text.empty() || names.boolean ||
         names.kind == JsonValue::Kind::kNumber;
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
    if (!is_known) take(FlagWordIn(value));
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

// "3/76 engines detect it as malicious.": true when the first number is not 0.
bool CountsEngines(std::string_view message) {
  const std::size_t end = std::min(message.find_first_not_of("0123456789"), message.size());
  return message.substr(end).starts_with('/') &&
         message.substr(0, end).find_first_not_of('0') < end;
}

// "Detected malware signatures: Py.Malware.CodeExec_builtins_eval_STACK_GLOBAL".
bool NamesMalware(std::string_view message) {
  return message.find("Py.Malware.") != message.npos ||
         AsciiLower(message).find("detected malware") != std::string::npos;
}

}  // namespace

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
  return CountsEngines(message) || NamesMalware(message);
}

}  // namespace counterscan

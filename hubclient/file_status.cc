#include "hubclient/file_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "hubclient/flag_words.h"
#include "hubclient/status_words.h"

namespace counterscan {
namespace {

constexpr auto kKnownScanners = std::to_array<std::string_view>(
    {"avScan", "jFrogScan", "pickleImportScan", "protectAiScan", "virusTotalScan"});

// What stands beside the scanners without being one.
constexpr auto kNoScanners =
    std::to_array<std::string_view>({"blobId", "highestSafetyLevel", "name", "repositoryId",
                                     "revision", "safe", "status", "virusFound", "virusNames"});

bool IsNoScanner(std::string_view name) {
  return std::find(kNoScanners.begin(), kNoScanners.end(), name) != kNoScanners.end();
}
bool IsKnownScanner(std::string_view name) {
  return std::find(kKnownScanners.begin(), kKnownScanners.end(), name) != kKnownScanners.end();
}

std::string Cut(std::string_view text, const HubLimits& limits) {
  return std::string(text.substr(0, limits.kept_text_bytes));
}

// The word of `object`, in any dialect. Of repeated keys the worst counts; a word in the wrong kind
// ("status": null) reads as "", but for a flag inside it.
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
    } else if (name == "highestSafetyLevel") {
      take(StatusOfSafety(value.text));
    }
  }
  return word;
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
    imports.push_back({Cut(*module, limits), Cut(*name, limits),
                       safety != nullptr ? Cut(*safety, limits) : std::string()});
  }
}

HubScanner ReadScanner(std::string_view name, const JsonValue& object, const HubLimits& limits) {
  HubScanner scanner;
  scanner.name = Cut(name, limits);
  const std::optional<std::string> word = WordOf(object);
  scanner.status = Cut(word ? *word : FlagWordIn(object), limits);
  for (const auto& [key, value] : object.members) {
    if (value.kind == JsonValue::Kind::kString) {
      if (key == "message") scanner.message = Cut(value.text, limits);
      if (key == "version") scanner.version = Cut(value.text, limits);
      if (key == "reportLink") scanner.report_link = Cut(value.text, limits);
    } else if (value.IsArray()) {
      if (key == "pickleImports" || key == "imports") ReadImports(value, limits, scanner.imports);
      if (key == "virusNames") {
        for (const JsonValue& virus : value.items) {
          if (!scanner.message.empty()) scanner.message += ", ";
          scanner.message = Cut(scanner.message + virus.text, limits);
        }
      }
    }
  }
  return scanner;
}

// What several copies or dialects of a status add up to.
class Reading {
 public:
  explicit Reading(const HubLimits& limits) : limits_(limits) {}

  void Read(const JsonValue& object, bool nested) {
    const std::optional<std::string> word = WordOf(object);
    if (word) own_words_.push_back(Cut(*word, limits_));
    for (const auto& [name, value] : object.members) {
      if (value.IsNull() || IsNoScanner(name)) continue;
      if (!value.IsObject()) {
        AddShapeless(name, value);
      } else if (!nested && !IsKnownScanner(name) && IsStatus(value)) {
        Read(value, true);  // 2024: "security": {"hf": {"safe": ..., "avScan": ...}}
      } else {
        CheckImports(name, value);
        Add(ReadScanner(name, value, limits_));
      }
    }
  }
  void AddMalformed(std::string reason) { malformed_ = std::move(reason); }
  void AddWord(std::string word) {
    if (!word.empty()) own_words_.push_back(std::move(word));
  }

  FileStatus Finish() {
    FileStatus status;
    RollUp(status);
    NoteContradictions(status);
    std::stable_sort(scanners_.begin(), scanners_.end(),
                     [](const HubScanner& a, const HubScanner& b) { return a.name < b.name; });
    if (scanners_.size() > limits_.scanners_per_file) {
      status.notes.push_back(
          fmt::format("the Hub names {} scanners for this file", scanners_.size()));
      scanners_.resize(limits_.scanners_per_file);
    }
    status.scanners = std::move(scanners_);
    return status;
  }

 private:
  static bool IsStatus(const JsonValue& object) {
    return std::any_of(object.members.begin(), object.members.end(),
                       [](const JsonValue::Member& m) { return IsKnownScanner(m.name); });
  }

  // Imports in a shape we do not know say nothing, but where they hold the word "dangerous".
  void CheckImports(std::string_view scanner, const JsonValue& object) {
    for (const auto& [key, value] : object.members) {
      if ((key != "pickleImports" && key != "imports") || value.IsNull()) continue;
      const bool well_formed =
          value.IsArray() && std::all_of(value.items.begin(), value.items.end(), &IsImport);
      if (well_formed) continue;
      AddMalformed(fmt::format("the imports of \"{}\" are malformed", Cut(scanner, limits_)));
      if (HoldsDangerous(value)) AddWord("unsafe");
    }
  }

  static bool IsImport(const JsonValue& item) {
    const std::string* safety = item.Text("safety");
    return item.IsObject() && item.Text("module") != nullptr && item.Text("name") != nullptr &&
           safety != nullptr &&
           (*safety == "innocuous" || *safety == "suspicious" || *safety == "dangerous");
  }

  // In any case. Recursion is bounded by HubLimits::json_depth.
  static bool HoldsDangerous(const JsonValue& value) {
    constexpr std::string_view kWord = "dangerous";
    const auto same = [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    };
    return (value.kind == JsonValue::Kind::kString &&
            std::equal(value.text.begin(), value.text.end(), kWord.begin(), kWord.end(), same)) ||
           std::any_of(value.items.begin(), value.items.end(), &HoldsDangerous) ||
           std::any_of(value.members.begin(), value.members.end(),
                       [](const JsonValue::Member& m) { return HoldsDangerous(m.value); });
  }

  // A scanner that is no object: only a flag in it says anything.
  void AddShapeless(std::string_view name, const JsonValue& value) {
    HubScanner scanner;
    scanner.name = Cut(name, limits_);
    scanner.status = FlagWordIn(value);
    if (scanner.status.empty()) {
      AddMalformed(fmt::format("\"{}\" is malformed", scanner.name));
    } else {
      Add(std::move(scanner));
    }
  }

  void Add(HubScanner scanner) { scanners_.push_back(std::move(scanner)); }

  static bool Looked(const HubScanner& scanner) { return scanner.status != "unscanned"; }

  void RollUp(FileStatus& status) const {
    status.state = own_words_.empty() ? HubState::kMissing : HubState::kSafe;
    for (const std::string& word : own_words_) {
      status.state = Worse(status.state, StateOfWord(word));
    }
    bool somebody_said_safe = false;
    for (const HubScanner& scanner : scanners_) {
      for (const HubImport& import : scanner.imports) {
        if (import.safety == "dangerous") status.state = Worse(status.state, HubState::kUnsafe);
      }
      if (!Looked(scanner)) continue;
      status.state = Worse(status.state, StateOfWord(scanner.status));
      somebody_said_safe |= StateOfWord(scanner.status) == HubState::kSafe;
    }
    if (!malformed_.empty()) status.state = Worse(status.state, HubState::kMissing);
    if (status.state == HubState::kSafe && !somebody_said_safe) {
      status.state = HubState::kMissing;
      status.reason = "the Hub says \"safe\" but names no scanner that looked";
      return;
    }
    status.reason = Reason(status.state);
  }

  std::string Reason(HubState state) const {
    if (state == HubState::kSafe || FlagLevel(state)) return "";
    if (!malformed_.empty()) return malformed_;
    for (const HubScanner& scanner : scanners_) {
      if (!Looked(scanner) || StateOfWord(scanner.status) != state) continue;
      if (state != HubState::kMissing) return fmt::format("{}: {}", scanner.name, scanner.status);
      if (scanner.status.empty()) return fmt::format("{} has no status", scanner.name);
      return fmt::format("{}: unknown status \"{}\"", scanner.name, scanner.status);
    }
    for (const std::string& word : own_words_) {
      if (StateOfWord(word) != state) continue;
      if (state != HubState::kMissing) return fmt::format("file status: {}", word);
      if (word.empty()) return "the file's status is not a word";
      return fmt::format("unknown status \"{}\"", word);
    }
    return "the Hub's status object has no status";
  }

  // "3/76 engines detect it as malicious.": true when the first number is not 0.
  static bool CountsEngines(std::string_view message) {
    const std::size_t end = std::min(message.find_first_not_of("0123456789"), message.size());
    return message.substr(end).starts_with('/') &&
           message.substr(0, end).find_first_not_of('0') < end;
  }

  void NoteContradictions(FileStatus& status) const {
    const HubScanner* flags = nullptr;
    const HubScanner* safe = nullptr;
    for (const HubScanner& scanner : scanners_) {
      const HubState state = StateOfWord(scanner.status);
      if (state == HubState::kSafe && CountsEngines(scanner.message)) {
        status.notes.push_back(
            fmt::format("the Hub's {} says \"safe\", and adds: {}", scanner.name, scanner.message));
      }
      if (FlagLevel(state) && flags == nullptr) flags = &scanner;
      if (state == HubState::kSafe && safe == nullptr) safe = &scanner;
      for (const HubImport& import : scanner.imports) {
        if (import.safety != "dangerous" || state == HubState::kUnsafe) continue;
        status.notes.push_back(fmt::format("the Hub calls {}.{} dangerous, its {} says \"{}\"",
                                           import.module, import.name, scanner.name,
                                           scanner.status));
        break;
      }
    }
    if (flags != nullptr && safe != nullptr) {
      status.notes.push_back(
          fmt::format("the Hub's scanners differ: {} says \"{}\", {} \"safe\"; the worse counts",
                      flags->name, flags->status, safe->name));
    }
    for (const std::string& word : own_words_) NoteRollUp(word, status);
  }

  // The file's own word should be the worst of its scanners'.
  void NoteRollUp(const std::string& word, FileStatus& status) const {
    const HubState own = StateOfWord(word);
    const HubScanner* worst = nullptr;
    for (const HubScanner& scanner : scanners_) {
      if (!Looked(scanner)) continue;
      const HubState state = StateOfWord(scanner.status);
      if (worst == nullptr ||
          Worse(StateOfWord(worst->status), state) != StateOfWord(worst->status)) {
        worst = &scanner;
      }
    }
    if (worst == nullptr) return;
    const HubState theirs = StateOfWord(worst->status);
    if (theirs != own && Worse(theirs, own) == theirs) {
      status.notes.push_back(
          fmt::format("the Hub's file status is \"{}\", its {} says \"{}\"; the worse counts", word,
                      worst->name, worst->status));
    } else if (FlagLevel(own) && !FlagLevel(theirs)) {
      status.notes.push_back(fmt::format(
          "the Hub's file status is \"{}\", though none of its scanners flags the file; the status "
          "counts",
          word));
    }
  }

  const HubLimits& limits_;
  std::vector<std::string> own_words_;
  std::vector<HubScanner> scanners_;
  std::string malformed_;
};

}  // namespace

FileStatus ReadFileStatus(const JsonValue& file, const HubLimits& limits) {
  Reading reading(limits);
  bool present = false;
  for (const auto& [name, value] : file.members) {
    if (name != "securityFileStatus" && name != "security") continue;
    present = true;
    if (value.IsObject()) {
      reading.Read(value, false);
    } else {
      reading.AddMalformed(
          fmt::format("\"{}\" is {}", name, value.IsNull() ? "null" : "malformed"));
      reading.AddWord(FlagWordIn(value));
    }
  }
  if (!present) reading.AddMalformed("the Hub's reply has no security status for this file");
  return reading.Finish();
}

}  // namespace counterscan

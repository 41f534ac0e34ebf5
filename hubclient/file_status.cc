#include "hubclient/file_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "hubclient/flag_words.h"
#include "hubclient/scanner_word.h"
#include "hubclient/status_words.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::string_view kAntivirus = "avScan";
constexpr auto kKnownScanners = std::to_array<std::string_view>(
    {kAntivirus, "jFrogScan", "pickleImportScan", "protectAiScan", "virusTotalScan"});

bool IsKnownScanner(std::string_view name) {
  return std::find(kKnownScanners.begin(), kKnownScanners.end(), name) != kKnownScanners.end();
}

// Members of a file that hold no word on it: names, hashes, and what people write.
bool IsNoWord(std::string_view name, const JsonValue& value) {
  if (name == "lastCommit") return true;
  constexpr auto kMembers = std::to_array<std::string_view>(
      {"blobId", "oid", "path", "rfilename", "size", "type", "xetHash"});
  return !value.IsObject() && !value.IsArray() &&
         std::find(kMembers.begin(), kMembers.end(), name) != kMembers.end();
}

// What several copies or dialects of a status add up to.
class Reading {
 public:
  explicit Reading(const HubLimits& limits) : limits_(limits) {}

  void Read(const JsonValue& object, bool nested) {
    const std::optional<std::string> word = WordOf(object);
    if (word) own_words_.insert(KeptText(*word, limits_));
    for (const auto& [name, value] : object.members) {
      if (value.IsNull() || IsNoScanner(name)) continue;
      if (!value.IsObject()) {
        AddShapeless(name, value);
      } else if (!nested && !IsKnownScanner(name) && IsStatus(value)) {
        Read(value, true);  // 2024: "security": {"hf": {"safe": ..., "avScan": ...}}
      } else {
        CheckImports(name, value);
        HubScanner scanner = ReadScanner(name, value, limits_);
        CheckAgainstItself(scanner, PlainWord(value));
        CheckWhetherItLooked(scanner, value);
        CheckWhatDidNotLook(scanner, value);
        Add(std::move(scanner));
      }
    }
  }
  // A member whose name is none of the Hub's: it confirms nothing, and a flag inside it counts.
  void ReadUnknown(std::string_view name, const JsonValue& value) {
    if (IsNoWord(name, value)) return;
    std::string flag = FlagOfMember(name, value);
    if (flag.empty()) {
      CheckWhatIsNoFlag(name, value);
      if (name != "lfs") CheckWhatIsUnknown(name, value);
      return;
    }
    NoteAgainstItself(fmt::format("the Hub says \"{}\" of this file in \"{}\"", flag,
                                  KeptText(name, limits_).substr(0, 60)));
    AddWord(std::move(flag));
  }
  void AddMalformed(std::string reason) { malformed_ = std::move(reason); }
  void AddWord(std::string word) {
    if (!word.empty()) own_words_.insert(KeptText(word, limits_));
  }

  FileStatus Finish() {
    FileStatus status;
    RollUp(status);
    NoteContradictions(status);
    NoteAntivirus(status);
    // Those that flag the file are not among those left out.
    std::stable_partition(scanners_.begin(), scanners_.end(), [](const HubScanner& scanner) {
      return FlagLevel(StateOfWord(scanner.status)).has_value();
    });
    const std::size_t scanner_count = scanners_.size();
    scanners_.resize(std::min(scanner_count, limits_.scanners_per_file));
    std::stable_sort(scanners_.begin(), scanners_.end(),
                     [](const HubScanner& a, const HubScanner& b) { return a.name < b.name; });
    if (scanner_count > scanners_.size()) {
      status.notes.push_back(fmt::format("the Hub names {} scanners for this file", scanner_count));
    }
    status.scanners = std::move(scanners_);
    return status;
  }

 private:
  static bool IsStatus(const JsonValue& object) {
    return std::any_of(object.members.begin(), object.members.end(),
                       [](const JsonValue::Member& m) { return IsKnownScanner(m.name); });
  }

  // Of a file that cannot be had, or whose scan failed or waits, nothing is confirmed.
  void CheckWhatIsNoFlag(std::string_view name, const JsonValue& value) {
    constexpr auto kTakenAway = std::to_array<std::string_view>(
        {"blocked", "deleted", "disabled", "quarantined", "removed"});
    constexpr auto kFailed = std::to_array<std::string_view>({"error", "errors", "failed"});
    const std::string plain = AsciiLower(name);
    const auto is_one_of = [&](const auto& names) {
      return std::find(names.begin(), names.end(), plain) != names.end();
    };
    if (value.kind == JsonValue::Kind::kString) {
      const HubState state = StateOfWord(value.text);
      if (state == HubState::kPending || state == HubState::kError) AddWord(value.text);
    }
    if (HoldsNothing(value)) return;
    if (is_one_of(kTakenAway)) AddMalformed(fmt::format("the Hub calls this file {}", plain));
    if (is_one_of(kFailed)) AddMalformed("the Hub tells of an error with this file");
  }

  // The Hub may learn to tell more of a file. What sounds as if it were about safety is not known
  // to be good, so that nothing is confirmed; the rest is said.
  void CheckWhatIsUnknown(std::string_view name, const JsonValue& value) {
    const HubState word = StateOfWord(value.text);
    if (word == HubState::kPending || word == HubState::kError) return;  // which is understood
    if (GoesWithSafe(name, value)) return;
    std::string note = fmt::format("the Hub adds \"{}\" to this file, which is not known here",
                                   KeptText(name, limits_).substr(0, 60));
    if (SpeaksOfSafety(name, value)) AddMalformed(note);
    NoteAgainstItself(std::move(note));
  }

  void NoteAgainstItself(std::string note) {
    if (self_notes_.size() < limits_.notes_per_file) self_notes_.push_back(std::move(note));
  }

  // One scanner that says two things of the same bytes.
  void CheckAgainstItself(const HubScanner& scanner, std::string_view plain) {
    const HubState said = StateOfWord(plain);
    if (plain != "unscanned" && said != HubState::kSafe) return;
    const bool by_message = DeniesItsWord(scanner.message);
    if (!by_message && StateOfWord(scanner.status) == said) return;
    std::string note = fmt::format("the Hub's {} says \"{}\", and adds: {}", scanner.name, plain,
                                   scanner.message.empty() ? scanner.status : scanner.message);
    if (by_message) AddMalformed(note);
    NoteAgainstItself(std::move(note));
  }

  // One that says "safe" of a scan that failed or is not done, or that adds what we do not know: a
  // new dialect may say there what the file is.
  void CheckWhetherItLooked(const HubScanner& scanner, const JsonValue& object) {
    if (StateOfWord(scanner.status) != HubState::kSafe) return;
    const std::string_view member = MemberBesideSafe(object);
    std::string beside;
    if (!member.empty()) {
      beside =
          fmt::format("\"{}\" says more than is known", KeptText(member, limits_).substr(0, 60));
    } else if (TellsOfNoScan(scanner.message)) {
      beside = "adds: " + scanner.message;
    } else {
      return;
    }
    std::string note = fmt::format("the Hub's {} says \"safe\", and {}", scanner.name, beside);
    AddMalformed(note);
    NoteAgainstItself(std::move(note));
  }

  // One that did not look, and adds something all the same.
  void CheckWhatDidNotLook(const HubScanner& scanner, const JsonValue& object) {
    if (Looked(scanner)) return;
    const std::string_view member = MemberBesideSafe(object);
    if (member.empty()) return;
    std::string note =
        fmt::format("the Hub's {} says \"unscanned\", and \"{}\" says more than is known",
                    scanner.name, KeptText(member, limits_).substr(0, 60));
    if (SpeaksOfSafety(member, *object.Find(member))) AddMalformed(note);
    NoteAgainstItself(std::move(note));
  }

  // Imports in a shape we do not know say nothing, but where they hold the word "dangerous".
  void CheckImports(std::string_view scanner, const JsonValue& object) {
    for (const auto& [key, value] : object.members) {
      if ((key != "pickleImports" && key != "imports") || value.IsNull()) continue;
      const bool well_formed =
          value.IsArray() && std::all_of(value.items.begin(), value.items.end(), &IsImport);
      for (const JsonValue& item : value.items) AddWord(FlagBesideSafety(item));
      if (well_formed) continue;
      AddMalformed(fmt::format("the imports of \"{}\" are malformed", KeptText(scanner, limits_)));
      if (HoldsDangerous(value)) AddWord("unsafe");
    }
  }

  static bool IsImport(const JsonValue& item) {
    const std::string* safety = item.Text("safety");
    return item.IsObject() && item.Text("module") != nullptr && item.Text("name") != nullptr &&
           safety != nullptr &&
           (*safety == "innocuous" || *safety == "suspicious" || *safety == "dangerous") &&
           std::all_of(item.members.begin(), item.members.end(), [](const JsonValue::Member& m) {
             return m.name == "module" || m.name == "name" || m.name == "safety" ||
                    GoesWithSafe(m.name, m.value);
           });
  }

  // A flag of an import under another name than the Hub's.
  static std::string FlagBesideSafety(const JsonValue& import) {
    for (const auto& [name, value] : import.members) {
      if (name == "module" || name == "name" || name == "safety") continue;
      std::string word = FlagOfMember(name, value);
      if (!word.empty()) return word;
    }
    return "";
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
    scanner.name = KeptText(name, limits_);
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
        const HubState state = StateOfWord(StatusOfSafety(import.safety));
        if (FlagLevel(state)) status.state = Worse(status.state, state);
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

  // Every file of the Hub is read by its antivirus (security-malware.md). A "safe" that others gave
  // must not be taken for one of ClamAV.
  void NoteAntivirus(FileStatus& status) const {
    if (status.state != HubState::kSafe) return;
    const auto found =
        std::find_if(scanners_.begin(), scanners_.end(),
                     [](const HubScanner& scanner) { return scanner.name == kAntivirus; });
    if (found != scanners_.end() && Looked(*found)) return;
    status.notes.push_back(fmt::format(
        "the Hub's answer {}: its \"safe\" is not the word of an antivirus",
        found == scanners_.end() ? "has no avScan" : "says that avScan did not look at this file"));
  }

  void NoteContradictions(FileStatus& status) const {
    status.notes = self_notes_;
    const HubScanner* flags = nullptr;
    const HubScanner* safe = nullptr;
    for (const HubScanner& scanner : scanners_) {
      const HubState state = StateOfWord(scanner.status);
      if (FlagLevel(state) && flags == nullptr) flags = &scanner;
      if (state == HubState::kSafe && safe == nullptr) safe = &scanner;
      if (status.notes.size() < limits_.notes_per_file) NoteImport(scanner, state, status);
    }
    if (flags != nullptr && safe != nullptr) {
      status.notes.push_back(
          fmt::format("the Hub's scanners differ: {} says \"{}\", {} \"safe\"; the worse counts",
                      flags->name, flags->status, safe->name));
    }
    const HubScanner* const worst = WorstScanner();
    if (worst != nullptr) {
      for (const std::string& word : own_words_) NoteRollUp(word, *worst, status);
    }
    if (status.notes.size() > limits_.notes_per_file) status.notes.resize(limits_.notes_per_file);
  }

  // The worst import that the scanner's own word is better than.
  static void NoteImport(const HubScanner& scanner, HubState said, FileStatus& status) {
    const HubImport* worst = nullptr;
    for (const HubImport& import : scanner.imports) {
      const HubState state = StateOfWord(StatusOfSafety(import.safety));
      const HubState before = worst == nullptr ? said : StateOfWord(StatusOfSafety(worst->safety));
      if (FlagLevel(state) && state != before && Worse(state, before) == state) worst = &import;
    }
    if (worst == nullptr) return;
    status.notes.push_back(fmt::format("the Hub calls {}.{} {}, its {} says \"{}\"", worst->module,
                                       worst->name, worst->safety, scanner.name, scanner.status));
  }

  const HubScanner* WorstScanner() const {
    const HubScanner* worst = nullptr;
    for (const HubScanner& scanner : scanners_) {
      if (!Looked(scanner)) continue;
      const HubState state = StateOfWord(scanner.status);
      if (worst == nullptr ||
          Worse(StateOfWord(worst->status), state) != StateOfWord(worst->status)) {
        worst = &scanner;
      }
    }
    return worst;
  }

  // The file's own word should be the worst of its scanners'.
  void NoteRollUp(const std::string& word, const HubScanner& worst, FileStatus& status) const {
    if (status.notes.size() >= limits_.notes_per_file) return;
    const HubState own = StateOfWord(word);
    const HubState theirs = StateOfWord(worst.status);
    if (theirs != own && Worse(theirs, own) == theirs) {
      status.notes.push_back(
          fmt::format("the Hub's file status is \"{}\", its {} says \"{}\"; the worse counts", word,
                      worst.name, worst.status));
    } else if (FlagLevel(own) && !FlagLevel(theirs)) {
      status.notes.push_back(fmt::format(
          "the Hub's file status is \"{}\", though none of its scanners flags the file; the status "
          "counts",
          word));
    }
  }

  const HubLimits& limits_;
  std::set<std::string> own_words_;
  std::vector<HubScanner> scanners_;
  std::vector<std::string> self_notes_;  // what one scanner says against itself
  std::string malformed_;
};

}  // namespace

std::string FlagBesideStatus(const JsonValue& file) {
  for (const auto& [name, value] : file.members) {
    if (IsNoWord(name, value)) continue;
    std::string flag = FlagOfMember(name, value);
    if (!flag.empty()) return flag;
  }
  return "";
}

FileStatus ReadFileStatus(const JsonValue& file, const HubLimits& limits) {
  Reading reading(limits);
  bool present = false;
  for (const auto& [name, value] : file.members) {
    if (name != "securityFileStatus" && name != "security") {
      reading.ReadUnknown(name, value);
      continue;
    }
    present = true;
    if (value.IsObject() && !value.members.empty()) {
      reading.Read(value, false);
    } else {
      reading.AddMalformed(fmt::format("\"{}\" is {}", name,
                                       value.IsNull()     ? "null"
                                       : value.IsObject() ? "empty"
                                                          : "malformed"));
      reading.AddWord(FlagWordIn(value));
    }
  }
  if (!present) reading.AddMalformed("the Hub's reply has no security status for this file");
  return reading.Finish();
}

}  // namespace counterscan

#include "scanner/crosscheck/disagreements.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "hubclient/status_words.h"
#include "scanner/base/text.h"
#include "scanner/crosscheck/import_differences.h"
#include "scanner/crosscheck/import_names.h"
#include "scanner/crosscheck/pickle_signature.h"
#include "scanner/crosscheck/same_bytes.h"

namespace counterscan {
namespace {

constexpr std::size_t kShownCharacters = 160;
constexpr std::string_view kImportScanner = "pickleImportScan";
constexpr std::string_view kAntivirus = "avScan";
constexpr std::string_view kGoByOurs = "go by what was found here";

bool IsFlag(const HubScanner& scanner) {
  return FlagLevel(StateOfWord(scanner.status)).has_value();
}

// The worst finding of one engine, or of any.
const Finding* WorstFinding(const FileReport& file, std::optional<EngineId> engine) {
  const Finding* worst = nullptr;
  for (const Finding& finding : file.findings) {
    if (finding.suppressed || finding.level == Level::kClean) continue;
    if (engine && finding.engine != *engine) continue;
    if (worst == nullptr || finding.level > worst->level) worst = &finding;
  }
  return worst;
}

class Collector {
 public:
  Collector(const FileReport& file, const HubLimits& limits)
      : file_(file), limit_(limits.notes_per_file), ours_(ImportsOf(file)) {}

  std::vector<Disagreement> Take() {
    for (const HubScanner& scanner : file_.hub.scanners) {
      if (scanner.name == kImportScanner) Keep(ImportDifferences(file_, ours_, scanner));
    }
    for (const HubScanner& scanner : file_.hub.scanners) {
      if (scanner.name == kAntivirus) Antivirus(scanner);
    }
    for (const HubScanner& scanner : file_.hub.scanners) {
      if (IsFlag(scanner)) Flags(scanner);
    }
    if (WorstFinding(file_, std::nullopt) != nullptr) WhoSaysSafe();
    NoImportScanner();
    if (left_out_ > 0) {
      found_.push_back({"", fmt::format("{} more differences", left_out_), "they are not listed",
                        "go by those above"});
    }
    return std::move(found_);
  }

 private:
  void Keep(std::vector<Disagreement> more) {
    for (Disagreement& difference : more) Add(std::move(difference));
  }
  void Add(Disagreement difference) {
    if (found_.size() < limit_) {
      found_.push_back(std::move(difference));
    } else {
      ++left_out_;
    }
  }

  // Where avScan gives pickle names, it is our pickle analyser that they are held against.
  void Antivirus(const HubScanner& scanner) {
    const Finding* ours = WorstFinding(file_, EngineId::kClamav);
    const std::vector<std::string> pickle_names = PickleSignaturesIn(scanner.message);
    if (!pickle_names.empty()) PickleSignatures(scanner, pickle_names);
    if (ours != nullptr && StateOfWord(scanner.status) == HubState::kSafe) {
      std::string_view match = ours->message;
      constexpr std::string_view kEngine = "ClamAV: ";
      if (match.starts_with(kEngine)) match.remove_prefix(kEngine.size());
      Add({scanner.name,
           fmt::format("ClamAV matches {} here", PrintableAgain(match, kShownCharacters)),
           fmt::format("the Hub's {} says \"safe\"", Scanner(scanner)), std::string(kGoByOurs)});
    } else if (ours == nullptr && IsFlag(scanner) && pickle_names.empty()) {
      const bool builtin_only =
          std::any_of(file_.gaps.begin(), file_.gaps.end(),
                      [](const Gap& gap) { return gap.reason == GapReason::kNoSignatures; });
      Add({scanner.name,
           builtin_only ? "none of the few built-in signatures matched here"
                        : "no signature matched here",
           Says(scanner),
           builtin_only ? "go by the Hub; to see it here, fetch signatures (sudo freshclam)"
                        : "go by the Hub"});
    }
  }

  void PickleSignatures(const HubScanner& scanner, const std::vector<std::string>& names) {
    const SignatureIndex index(ours_);
    for (const std::string& name : names) {
      const OurImport* import = index.Find(name);
      if (import != nullptr && import->level != Level::kClean) continue;
      const std::string here =
          import == nullptr
              ? "no import here fits that name"
              : fmt::format("{}.{} is harmless here", Printable(import->module, kShownCharacters),
                            Printable(import->name, kShownCharacters));
      Add({scanner.name, here,
           fmt::format("the Hub's {} names {}", Scanner(scanner),
                       Printable(name, kShownCharacters)),
           "go by the Hub until you know why"});
    }
  }

  // Any scanner that flags what nothing was found in here, and that nothing was said of yet.
  void Flags(const HubScanner& scanner) {
    if (WorstFinding(file_, std::nullopt) != nullptr) return;
    const std::string name = Printable(scanner.name, 40);
    const bool said = std::any_of(found_.begin(), found_.end(),
                                  [&](const Disagreement& d) { return d.scanner == name; });
    if (said) return;
    Add({name, WhyNothingHere(), Says(scanner),
         scanner.report_link.empty() ? "go by the Hub" : "go by the Hub, and read its report"});
  }

  std::string WhyNothingHere() const {
    const bool excused = std::any_of(file_.findings.begin(), file_.findings.end(),
                                     [](const Finding& f) { return f.suppressed.has_value(); });
    if (excused) return "what was found here is excused by your policy";
    return file_.gaps.empty() && !file_.nothing_read
               ? "nothing found here"
               : "nothing found here in what could be checked";
  }

  // One line for all of them: each only says less than we do.
  void WhoSaysSafe() {
    std::string names;
    for (const HubScanner& scanner : file_.hub.scanners) {
      if (StateOfWord(scanner.status) != HubState::kSafe) continue;
      // Held against its like above.
      if (scanner.name == kImportScanner || scanner.name == kAntivirus) continue;
      names += (names.empty() ? "" : ", ") + Printable(scanner.name, 40);
    }
    if (names.empty()) return;
    const Finding& worst = *WorstFinding(file_, std::nullopt);
    const bool several = names.find(',') != names.npos;
    Add({names, fmt::format("{} here by {}", Name(worst.level), Printable(worst.rule, 40)),
         fmt::format("the Hub's {} {} \"safe\"", names, several ? "say" : "says"),
         std::string(kGoByOurs)});
  }

  // A word on the file without a word on its imports.
  void NoImportScanner() {
    if (ours_.named.empty() || file_.hub.scanners.empty()) return;
    const bool has = std::any_of(file_.hub.scanners.begin(), file_.hub.scanners.end(),
                                 [](const HubScanner& s) { return s.name == kImportScanner; });
    if (has) return;
    Add({std::string(kImportScanner),
         fmt::format("{} import{} found here", ours_.named.size(),
                     ours_.named.size() == 1 ? "" : "s"),
         fmt::format("the Hub's answer has no {}", kImportScanner),
         "only what was found here speaks for them"});
  }

  static std::string Scanner(const HubScanner& scanner) {
    std::string text = Printable(scanner.name, 40);
    if (!scanner.version.empty()) text += " " + Printable(scanner.version, 40);
    return text;
  }
  static std::string Says(const HubScanner& scanner) {
    std::string text =
        fmt::format("the Hub's {} says \"{}\"", Scanner(scanner), Printable(scanner.status, 40));
    if (!scanner.message.empty()) text += ", " + Printable(scanner.message, kShownCharacters);
    if (text.ends_with('.')) text.pop_back();  // more follows in the same sentence
    return text;
  }

  const FileReport& file_;
  const std::size_t limit_;
  const OurImports ours_;
  std::vector<Disagreement> found_;
  std::size_t left_out_ = 0;
};

}  // namespace

std::vector<Disagreement> DisagreementsOf(const FileReport& file, const HubLimits& limits) {
  // The Hub's scanners speak of the content that a pointer stands for, which is not here.
  if (file.hub.scanners.empty() || IsPointer(file)) return {};
  return Collector(file, limits).Take();
}

}  // namespace counterscan

#include <fmt/format.h>

#include <algorithm>

#include "scanner/base/text.h"
#include "scanner/report/phrases.h"
#include "scanner/report/text_sections.h"

namespace counterscan {
namespace {

// Without -v: enough to judge by, and no file fills the screen alone.
constexpr std::size_t kFindingsShown = 5;
constexpr std::size_t kScannersShown = 8;
constexpr std::size_t kNotesShown = 5;
constexpr std::size_t kMessageCharacters = 300;

std::size_t Most(const TextLayout& layout, std::size_t most, std::size_t all) {
  return layout.options().verbose ? all : std::min(most, all);
}

void AppendFindings(TextLayout& layout, const FileReport& file) {
  const std::size_t shown = Most(layout, kFindingsShown, file.findings.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = file.findings[i];
    const std::string place = Place("", finding.where, finding.offset);
    std::string text = place.empty() ? "" : place + ": ";
    text += layout.options().verbose ? PrintableAgain(finding.message)
                                     : PrintableAgain(finding.message, kMessageCharacters);
    if (finding.suppressed) {
      text += fmt::format(" (suppressed: {})", finding.suppressed->empty()
                                                   ? "no reason given"
                                                   : Printable(*finding.suppressed, 120));
    }
    layout.MarkedLine(kTextColumn, text, "[" + Printable(finding.rule) + "]");
  }
  if (shown < file.findings.size()) {
    layout.Line(kTextColumn, fmt::format("and {} (-v shows all)",
                                         Count(file.findings.size() - shown, "more finding")));
  }
}

// A scanner's own word, and what it adds when it is not simply "safe".
std::string ScannerText(const HubScanner& scanner) {
  std::string text = Printable(scanner.name, 40) + " " + Quoted(scanner.status, 40);
  if (scanner.status == "safe") return text;
  if (!scanner.message.empty()) text += ": " + Quoted(scanner.message, 160);
  return text;
}

// A flag is why the line is read; then come words that confirm nothing. Who did not scan at all has
// said least.
int ReadingOrder(const HubScanner& scanner) {
  if (LevelFromName(scanner.status)) return 0;
  if (scanner.status == "unscanned") return 3;
  return scanner.status == "safe" ? 2 : 1;
}

void AppendHub(TextLayout& layout, const HubView& hub) {
  std::string text = HubSays(hub.state);
  if (!hub.reason.empty()) text += "; " + PrintableAgain(hub.reason, kMessageCharacters);
  std::vector<const HubScanner*> scanners;
  for (const HubScanner& scanner : hub.scanners) scanners.push_back(&scanner);
  std::stable_sort(scanners.begin(), scanners.end(), [](const HubScanner* x, const HubScanner* y) {
    return ReadingOrder(*x) < ReadingOrder(*y);
  });
  const std::size_t shown = Most(layout, kScannersShown, scanners.size());
  for (std::size_t i = 0; i < shown; ++i) {
    text += i == 0 ? " (" : ", ";
    text += ScannerText(*scanners[i]);
  }
  if (shown < scanners.size()) text += fmt::format(" and {} more", scanners.size() - shown);
  if (shown > 0) text += ')';
  layout.Line(kTextColumn, text);
  for (std::size_t i = 0; i < shown; ++i) {
    const HubScanner& scanner = *scanners[i];
    // A link that is broken over two lines cannot be followed.
    if (LevelFromName(scanner.status) && !scanner.report_link.empty()) {
      layout.WholeLine(kTextColumn,
                       Printable(scanner.name, 40) + ": " + Printable(scanner.report_link, 160));
    }
  }
  AppendDisagreements(layout, hub);
  const std::size_t notes = Most(layout, kNotesShown, hub.notes.size());
  for (std::size_t i = 0; i < notes; ++i) {
    layout.Line(kTextColumn, "note: " + PrintableAgain(hub.notes[i], kMessageCharacters));
  }
  if (notes < hub.notes.size()) {
    layout.Line(kTextColumn, fmt::format("and {}", Count(hub.notes.size() - notes, "more note")));
  }
}

// What the user switched off is no gap, and no ground to claim that all was checked.
bool AnEngineIsOff(const Report& report) {
  const std::vector<std::string>& off = report.header.switched_off;
  return std::any_of(off.begin(), off.end(), [](const std::string& option) {
    return option.starts_with("--depth") || option.starts_with("--av");
  });
}

// The names of the reasons, each once.
std::string GapNames(const FileReport& file) {
  std::vector<GapReason> seen;
  std::string text;
  for (const Gap& gap : file.gaps) {
    if (std::find(seen.begin(), seen.end(), gap.reason) != seen.end()) continue;
    seen.push_back(gap.reason);
    if (!text.empty()) text += ", ";
    text += Name(gap.reason);
  }
  return text;
}

}  // namespace

void AppendFlaggedFile(TextLayout& layout, const Report& report, const FileReport& file) {
  const bool verbose = layout.options().verbose;
  const Level level = WorstLevel(file);
  std::string details = HumanBytes(file.size);
  if (!file.type.empty()) details += "   " + Printable(file.type, 40);
  if (!file.sha256.empty() && !verbose) details += "   sha256 " + ShortHash(file.sha256);
  // Nothing found here: the word is the Hub's, and its line below has it.
  const bool here = level != Level::kClean;
  const Level shown = here ? level : FlagLevel(file.hub.state).value_or(Level::kSuspicious);
  layout.LabelledName(2, TintOf(shown), here ? Shout(level) : "FLAGGED", kTextColumn,
                      Printable(file.path), details);
  if (!file.sha256.empty() && verbose) {
    layout.WholeLine(kTextColumn, "sha256 " + Printable(file.sha256));
  }
  AppendFindings(layout, file);
  if (file.hub.state != HubState::kNotAsked) AppendHub(layout, file.hub);
  if (!file.gaps.empty() || file.nothing_read) {
    const std::string names = GapNames(file);
    layout.Line(kTextColumn, names.empty() ? "not checked" : "not checked in full: " + names);
  } else if (!here) {
    layout.Line(kTextColumn, AnEngineIsOff(report) ? "here: nothing found by the engines that ran"
                                                   : "here: nothing found; checked in full");
  }
  const bool explains =
      std::any_of(file.findings.begin(), file.findings.end(),
                  [](const Finding& finding) { return finding.engine == EngineId::kPickle; });
  if (explains && !file.disk_path.empty()) {
    layout.WholeLine(kTextColumn, "see: counterscan explain " + ShellWord(file.disk_path));
  }
}

}  // namespace counterscan

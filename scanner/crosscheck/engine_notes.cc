#include "scanner/crosscheck/engine_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace counterscan {
namespace {

using ImportName = std::pair<std::string, std::string>;

// Python 2 called it __builtin__; pickles of protocols 0 to 2 still do.
std::string CanonicalModule(std::string_view module) {
  return std::string(module == "__builtin__" ? std::string_view("builtins") : module);
}

std::map<ImportName, Level> OurImports(const FileReport& file) {
  std::map<ImportName, Level> ours;
  for (const Import& import : file.imports) {
    if (!import.module || !import.name) continue;
    const auto [known, is_new] =
        ours.try_emplace({CanonicalModule(*import.module), *import.name}, import.level);
    known->second = Worse(known->second, import.level);
  }
  return ours;
}

const HubScanner* FindScanner(const FileReport& file, std::string_view name) {
  for (const HubScanner& scanner : file.hub.scanners) {
    if (scanner.name == name) return &scanner;
  }
  return nullptr;
}

std::string Spell(const ImportName& import) { return import.first + "." + import.second; }

class Notes {
 public:
  Notes(const FileReport& file, const HubLimits& limits)
      : file_(file), limit_(limits.notes_per_file), ours_(OurImports(file)) {}

  std::vector<std::string> Take() {
    if (const HubScanner* scanner = FindScanner(file_, "pickleImportScan")) Imports(*scanner);
    if (const HubScanner* scanner = FindScanner(file_, "avScan")) Antivirus(*scanner);
    if (left_out_ > 0) notes_.push_back(fmt::format("and {} more differences", left_out_));
    return std::move(notes_);
  }

 private:
  void Imports(const HubScanner& scanner) {
    if (scanner.status == "unscanned" && scanner.imports.empty()) {
      if (!ours_.empty()) Add("the Hub's pickleImportScan did not look at this file");
      return;
    }
    std::map<ImportName, std::string> theirs;
    for (const HubImport& import : scanner.imports) {
      theirs.try_emplace({CanonicalModule(import.module), import.name}, import.safety);
    }
    std::size_t harmless = 0;
    for (const auto& [import, level] : ours_) {
      const auto match = theirs.find(import);
      if (match == theirs.end()) {
        if (level == Level::kClean) {
          ++harmless;
        } else {
          Add(fmt::format("{} is not among the Hub's {} imports", Spell(import), theirs.size()));
        }
      } else if (level >= Level::kSuspicious && match->second == "innocuous") {
        Add(fmt::format("{} is {} here, innocuous at the Hub", Spell(import), Name(level)));
      }
    }
    if (harmless > 0) {
      Add(fmt::format("{} harmless imports are not among the Hub's {}", harmless, theirs.size()));
    }
    for (const auto& [import, safety] : theirs) {
      if (ours_.contains(import)) continue;
      Add(fmt::format("the Hub lists {} ({}), which was not found here", Spell(import), safety));
    }
  }

  void Antivirus(const HubScanner& scanner) {
    for (const Finding& finding : file_.findings) {
      if (finding.engine != EngineId::kClamav || scanner.status != "safe") continue;
      Add(fmt::format("here {}; the Hub's avScan says \"safe\"", finding.message));
    }
    std::string_view rest = scanner.message;
    for (std::size_t at = rest.find(kPrefix); at != rest.npos; at = rest.find(kPrefix)) {
      rest.remove_prefix(at + kPrefix.size());
      const std::size_t end = std::min(rest.find_first_of(" ,;\n\t"), rest.size());
      PickleSignature(rest.substr(0, end));
      rest.remove_prefix(end);
    }
  }

  // Py.Malware.{category}_{module}_{function}_{opcode}; modules may hold '_' and '.' themselves.
  void PickleSignature(std::string_view name) {
    if (!seen_signatures_.insert(std::string(name)).second) return;
    const std::string_view tail = name.substr(std::min(name.find('_'), name.size()));
    for (const auto& [import, level] : ours_) {
      if (!tail.starts_with(fmt::format("_{}_{}_", import.first, import.second)) &&
          !tail.starts_with(fmt::format("_{}_{}_", Underscored(import.first), import.second))) {
        continue;
      }
      if (level == Level::kClean) {
        Add(fmt::format("avScan names {}{}; {} is harmless here", kPrefix, name, Spell(import)));
      }
      return;
    }
    Add(fmt::format("avScan names {}{}, which fits no import found here", kPrefix, name));
  }

  static std::string Underscored(std::string module) {
    std::replace(module.begin(), module.end(), '.', '_');
    return module;
  }

  void Add(std::string note) {
    if (notes_.size() < limit_) {
      notes_.push_back(std::move(note));
    } else {
      ++left_out_;
    }
  }

  static constexpr std::string_view kPrefix = "Py.Malware.";

  const FileReport& file_;
  std::size_t limit_;
  std::map<ImportName, Level> ours_;
  std::set<std::string> seen_signatures_;
  std::vector<std::string> notes_;
  std::size_t left_out_ = 0;
};

}  // namespace

std::vector<std::string> EngineNotes(const FileReport& file, const HubLimits& limits) {
  return Notes(file, limits).Take();
}

}  // namespace counterscan

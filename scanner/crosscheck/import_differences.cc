#include "scanner/crosscheck/import_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

constexpr std::size_t kShownCharacters = 160;

std::string Spell(std::string_view module, std::string_view name) {
  return Printable(module, kShownCharacters) + "." + Printable(name, kShownCharacters);
}

std::string Count(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

// How bad the Hub's word for an import is. A word that is not the Hub's is no "innocuous".
Level LevelOfSafety(std::string_view safety) {
  if (safety == "innocuous") return Level::kClean;
  return safety == "dangerous" ? Level::kUnsafe : Level::kSuspicious;
}

// The Hub's scanner writes "unknown" for a part of a name that it could not work out.
bool IsUnresolved(const HubImport& import) {
  return import.module == "unknown" || import.name == "unknown";
}

class Comparison {
 public:
  Comparison(const FileReport& file, const OurImports& ours, const HubScanner& scanner)
      : file_(file), ours_(ours), scanner_(scanner) {
    for (const HubImport& import : scanner.imports) {
      if (IsUnresolved(import)) {
        ++unresolved_;
        continue;
      }
      const HubImport*& known = theirs_[ImportKey(import.module, import.name)];
      if (known == nullptr || LevelOfSafety(known->safety) < LevelOfSafety(import.safety)) {
        known = &import;
      }
    }
  }

  std::vector<Disagreement> Take() {
    for (const Level level : {Level::kUnsafe, Level::kSuspicious, Level::kCaution}) {
      for (const auto& [key, import] : ours_.named) {
        if (import.level == level) OurSide(key, import);
      }
    }
    for (const auto& [key, import] : ours_.named) {
      if (import.level == Level::kClean) OurSide(key, import);
    }
    for (const std::string_view safety : {"dangerous", "suspicious", ""}) {
      for (const auto& [key, import] : theirs_) {
        const bool is_other = import->safety != "dangerous" && import->safety != "suspicious";
        if (safety.empty() ? is_other : import->safety == safety) TheirSide(key, *import);
      }
    }
    Unnamed();
    Harmless();
    return std::move(differences_);
  }

 private:
  void OurSide(const std::string& key, const OurImport& import) {
    const auto match = theirs_.find(key);
    if (match == theirs_.end()) {
      if (import.level == Level::kClean) {
        ++only_ours_;
      } else {
        Add(fmt::format("{} is {} here{}", Spell(import.module, import.name), Name(import.level),
                        import.where.empty() ? "" : " (in " + Printable(import.where, 120) + ")"),
            fmt::format("the Hub's {} {}", Scanner(), ListsWithout()),
            "look at what it does before you believe either");
      }
      return;
    }
    const std::string& word = match->second->safety;
    const Level theirs = LevelOfSafety(word);
    const bool is_blind = theirs < import.level && scanner_.version == "0.0.32" &&
                          IsBlindSpotOf0032(import.module, import.name);
    // "suspicious" is the Hub's word for every name that is on none of its lists.
    const bool is_worse_here = import.level > theirs && import.level > Level::kCaution;
    const bool is_worse_there = theirs > import.level && word != "suspicious";
    if (!is_worse_here && !is_worse_there) return;
    Add(fmt::format("{} is {} here", Spell(import.module, import.name),
                    import.level == Level::kClean ? "harmless" : Name(import.level)),
        fmt::format("the Hub's {} calls it \"{}\"{}", Scanner(), Printable(word, 40),
                    is_blind ? ", and is a version that does not know how dangerous it is" : ""),
        is_worse_here ? "go by what was found here" : "go by the Hub until you know why");
  }

  void TheirSide(const std::string& key, const HubImport& import) {
    if (ours_.named.contains(key)) return;
    if (LevelOfSafety(import.safety) == Level::kClean) {
      ++only_theirs_;
      return;
    }
    Add(fmt::format("{} was not found here{}", Spell(import.module, import.name),
                    file_.gaps.empty() ? "" : ", where not all of the file was checked"),
        fmt::format("the Hub's {} lists it as \"{}\"", Scanner(), Printable(import.safety, 40)),
        "count it as there until you know why");
  }

  // Names that one side or the other could not work out.
  void Unnamed() {
    const bool here = ours_.unnamed > 0;
    if (here && unresolved_ == 0) {
      Add(fmt::format(
              "{} made while loading and cannot be told before",
              ours_.unnamed == 1 ? "one name is" : fmt::format("{} names are", ours_.unnamed)),
          fmt::format("the Hub's {} lists no such name", Scanner()),
          "look at how it is made before you load the file");
    } else if (!here && unresolved_ > 0) {
      Add("every name that the file imports could be told here",
          fmt::format("the Hub's {} could not work out {}", Scanner(),
                      unresolved_ == 1 ? "one of them" : fmt::format("{} of them", unresolved_)),
          "go by the names that were found here");
    }
  }

  void Harmless() {
    if (only_ours_ > 0) {
      Add(fmt::format("{} found here", Count(only_ours_, "harmless import")),
          fmt::format("the Hub's {} does not list {}", Scanner(), only_ours_ == 1 ? "it" : "them"),
          "it did not read all of the file, so do not rely on its list");
    }
    if (only_theirs_ > 0) {
      Add(fmt::format("{} of the Hub not found here{}", Count(only_theirs_, "harmless import"),
                      file_.gaps.empty() ? "" : ", where not all of the file was checked"),
          fmt::format("the Hub's {} lists {}", Scanner(), only_theirs_ == 1 ? "it" : "them"),
          "nothing to do, but one of the two lists is wrong");
    }
  }

  std::string ListsWithout() const {
    if (unresolved_ > 0) {
      return fmt::format("lists {}, of which it could not work out {}",
                         Count(scanner_.imports.size(), "import"), unresolved_);
    }
    if (scanner_.imports.empty()) return "lists no import";
    return fmt::format("lists {} and not this one", Count(scanner_.imports.size(), "import"));
  }

  // "pickleImportScan 0.0.32".
  std::string Scanner() const {
    std::string text = Printable(scanner_.name, 40);
    if (!scanner_.version.empty()) text += " " + Printable(scanner_.version, 40);
    return text;
  }

  void Add(std::string here, std::string hub, std::string next) {
    differences_.push_back(
        {Printable(scanner_.name, 40), std::move(here), std::move(hub), std::move(next)});
  }

  const FileReport& file_;
  const OurImports& ours_;
  const HubScanner& scanner_;
  std::map<std::string, const HubImport*> theirs_;
  std::size_t unresolved_ = 0;
  std::size_t only_ours_ = 0;
  std::size_t only_theirs_ = 0;
  std::vector<Disagreement> differences_;
};

// A list that is not finished is no list.
bool HasList(const HubScanner& scanner) {
  return !scanner.imports.empty() ||
         (scanner.status != "unscanned" && scanner.status != "queued" && scanner.status != "error");
}

}  // namespace

std::vector<Disagreement> ImportDifferences(const FileReport& file, const OurImports& ours,
                                            const HubScanner& scanner) {
  if (HasList(scanner)) return Comparison(file, ours, scanner).Take();
  if (ours.named.empty() && ours.unnamed == 0) return {};
  // That it is not finished is the file's state already, unless there is something to say of.
  const bool is_judged =
      ours.unnamed > 0 || std::any_of(ours.named.begin(), ours.named.end(), [](const auto& named) {
        return named.second.level != Level::kClean;
      });
  if (scanner.status != "unscanned" && !is_judged) return {};
  std::string hub = "the Hub's " + Printable(scanner.name, 40);
  hub += scanner.status == "unscanned" ? " did not look at the file"
                                       : " says \"" + Printable(scanner.status, 40) + "\"";
  const std::size_t count = ours.named.size() + ours.unnamed;
  return {{Printable(scanner.name, 40), Count(count, "import") + " found here", std::move(hub),
           "only what was found here speaks for them"}};
}

}  // namespace counterscan

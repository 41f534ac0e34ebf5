#include "scanner/model/report.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace counterscan {
namespace {

// `less` looks at every member, or equal items might not meet and their order would be the input's.
template <class T, class Less>
void SortUnique(std::vector<T>& items, Less less) {
  std::sort(items.begin(), items.end(), less);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

bool Before(const Finding& a, const Finding& b) {
  if (a.level != b.level) return a.level > b.level;
  return std::tie(a.where, a.offset, a.rule, a.message, a.engine, a.suppressed) <
         std::tie(b.where, b.offset, b.rule, b.message, b.engine, b.suppressed);
}

bool Before(const Import& a, const Import& b) {
  return std::tie(a.where, a.offset, a.module, a.name, a.level) <
         std::tie(b.where, b.offset, b.module, b.name, b.level);
}

bool Before(const Gap& a, const Gap& b) {
  return std::tie(a.reason, a.where, a.first, a.last, a.engine, a.detail) <
         std::tie(b.reason, b.where, b.first, b.last, b.engine, b.detail);
}

}  // namespace

std::string_view Name(Verdict verdict) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"clean", "incomplete", "caution", "suspicious", "unsafe"});
  return kNames[static_cast<std::size_t>(verdict)];
}

Level LevelOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kClean:
    case Verdict::kIncomplete:
      return Level::kClean;
    case Verdict::kCaution:
      return Level::kCaution;
    case Verdict::kSuspicious:
      return Level::kSuspicious;
    case Verdict::kUnsafe:
      return Level::kUnsafe;
  }
  return Level::kUnsafe;
}

std::string_view Name(DatabaseFile::State state) {
  using enum DatabaseFile::State;
  switch (state) {
    case kSigned:
      return "signed";
    case kUnsigned:
      return "unsigned";
    case kSuperseded:
      return "superseded";
    case kLeftOut:
      return "left-out";
  }
  return "left-out";
}

std::string_view Name(CoverageState state) {
  constexpr auto kNames = std::to_array<std::string_view>({"full", "partial", "none"});
  return kNames[static_cast<std::size_t>(state)];
}

Level WorstLevel(const FileReport& file) {
  Level worst = Level::kClean;
  for (const Finding& finding : file.findings) {
    if (!finding.suppressed) worst = Worse(worst, finding.level);
  }
  return worst;
}

Verdict VerdictOf(const FileReport& file) {
  switch (WorstLevel(file)) {
    case Level::kCaution:
      return Verdict::kCaution;
    case Level::kSuspicious:
      return Verdict::kSuspicious;
    case Level::kUnsafe:
      return Verdict::kUnsafe;
    case Level::kClean:
      break;
  }
  // "Clean" would be a lie about a file that nobody looked at, whether or not anyone said why.
  return file.gaps.empty() && !file.nothing_read ? Verdict::kClean : Verdict::kIncomplete;
}

CoverageState CoverageOf(const FileReport& file) {
  if (file.nothing_read) return CoverageState::kNone;
  return file.gaps.empty() ? CoverageState::kFull : CoverageState::kPartial;
}

void Normalise(FileReport& file) {
  const auto before = [](const auto& a, const auto& b) { return Before(a, b); };
  SortUnique(file.findings, before);
  SortUnique(file.imports, before);
  SortUnique(file.gaps, before);
}

}  // namespace counterscan

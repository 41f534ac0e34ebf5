#include "scanner/model/report.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace counterscan {
namespace {

template <class T, class Key>
void SortUnique(std::vector<T>& items, Key key) {
  std::stable_sort(items.begin(), items.end(),
                   [&](const T& a, const T& b) { return key(a) < key(b); });
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

std::string_view Name(Verdict verdict) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"clean", "incomplete", "caution", "suspicious", "unsafe"});
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
  return file.gaps.empty() ? Verdict::kClean : Verdict::kIncomplete;
}

CoverageState CoverageOf(const FileReport& file) {
  if (file.nothing_read) return CoverageState::kNone;
  return file.gaps.empty() ? CoverageState::kFull : CoverageState::kPartial;
}

void Normalise(FileReport& file) {
  SortUnique(file.findings, [](const Finding& f) {
    return std::make_tuple(-static_cast<int>(f.level), f.where, f.offset.value_or(0), f.rule,
                           f.message);
  });
  SortUnique(file.imports, [](const Import& i) {
    return std::make_tuple(i.where, i.offset, i.module.value_or(""), i.name.value_or(""));
  });
  SortUnique(file.gaps, [](const Gap& g) {
    return std::make_tuple(static_cast<int>(g.reason), g.where, g.first, g.last,
                           static_cast<int>(g.engine), g.detail);
  });
}

}  // namespace counterscan

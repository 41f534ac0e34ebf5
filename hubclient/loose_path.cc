#include "hubclient/loose_path.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "hubclient/hub_url.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t kCount>
bool IsIn(const std::array<Range, kCount>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(), [point](const Range& range) {
    return point >= range.first && point <= range.last;
  });
}

// Controls, blanks, and what has no width: nobody sees them in a name.
bool IsInvisible(char32_t point) {
  constexpr auto kRanges = std::to_array<Range>({{0, 0x20},
                                                 {0x7F, 0xA0},
                                                 {0xAD, 0xAD},
                                                 {0x34F, 0x34F},
                                                 {0x61C, 0x61C},
                                                 {0x115F, 0x1160},
                                                 {0x1680, 0x1680},
                                                 {0x17B4, 0x17B5},
                                                 {0x180B, 0x180F},
                                                 {0x2000, 0x200F},
                                                 {0x2028, 0x202F},
                                                 {0x205F, 0x206F},
                                                 {0x3000, 0x3000},
                                                 {0x3164, 0x3164},
                                                 {0xFE00, 0xFE0F},
                                                 {0xFEFF, 0xFEFF},
                                                 {0xFFA0, 0xFFA0},
                                                 {0xFFF0, 0xFFFB},
                                                 {0xE0000, 0xE0FFF}});
  return IsIn(kRanges, point);
}

// Accents that stand behind the letter they belong to.
bool IsCombining(char32_t point) {
  constexpr auto kRanges = std::to_array<Range>(
      {{0x300, 0x36F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F}});
  return IsIn(kRanges, point);
}

// What was escaped twice has to be resolved twice. Each round makes the text shorter.
std::string Unescaped(std::string_view path) {
  constexpr int kRounds = 8;
  std::string text(path);
  for (int i = 0; i < kRounds && text.find('%') != std::string::npos; ++i) {
    std::string decoded = PercentDecoded(text);
    if (decoded == text) break;
    text = std::move(decoded);
  }
  return text;
}

// Only what is seen, in ASCII where it has a form of ASCII.
std::string Seen(std::string_view text) {
  constexpr Range kWide = {0xFF01, 0xFF5E};  // "！" to "～"
  std::string seen;
  seen.reserve(text.size());
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    const std::size_t length = point ? point->length : 1;
    if (!point) {
      seen += text[0];
    } else if (point->value >= kWide.first && point->value <= kWide.last) {
      seen += static_cast<char>(point->value - kWide.first + '!');
    } else if (!IsInvisible(point->value)) {
      seen.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return seen;
}

// Calls `each` with the parts of a '/'-separated path.
void ForEachPart(std::string_view path, const std::function<void(std::string_view)>& each) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    each(path.substr(0, end));
    path.remove_prefix(std::min(path.size(), end + 1));
  }
}

std::string Outline(std::string_view loose) {
  std::string outline;
  outline.reserve(loose.size());
  bool letter_is_kept = false;  // the last one
  while (!loose.empty()) {
    const auto point = FirstCodePoint(loose);
    const std::size_t length = point ? point->length : 1;
    if (point && point->value < 0x80) {
      outline += loose[0];
      letter_is_kept = true;
    } else {
      if (point && IsCombining(point->value) && letter_is_kept) outline.pop_back();
      letter_is_kept = false;
    }
    loose.remove_prefix(length);
  }
  return outline;
}

std::size_t OutlineOfLoose(std::string_view loose) {
  return std::hash<std::string>()(Outline(loose));
}

// Addresses of the Hub, its caches and git put such words before a path.
bool BeginsAnAddress(std::string_view part, const RepoId& repo) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"a", "api", "b", "blob", "datasets", "hf:", "http:", "https:", "main", "models", "raw",
       "resolve", "snapshots", "spaces", "tree"});
  if (std::find(kWords.begin(), kWords.end(), part) != kWords.end()) return true;
  const std::string id = AsciiLower(repo.id);
  const std::string_view name = std::string_view(id).substr(id.rfind('/') + 1);
  return part == name || part == std::string_view(id).substr(0, id.find('/'));
}

}  // namespace

std::string LoosePath(std::string_view path) {
  std::string seen = AsciiLower(Seen(Unescaped(path)));
  std::replace(seen.begin(), seen.end(), '\\', '/');
  std::string loose;
  loose.reserve(seen.size());
  ForEachPart(seen, [&](std::string_view part) {
    if (part.empty() || part == ".") return;
    if (part == "..") {
      loose.resize(loose.rfind('/') == std::string::npos ? 0 : loose.rfind('/'));
      return;
    }
    if (!loose.empty()) loose += '/';
    loose += part;
  });
  return loose;
}

std::size_t PathOutline(std::string_view path) { return OutlineOfLoose(LoosePath(path)); }

std::vector<std::size_t> OutlinesMeantBy(std::string_view path, const RepoId& repo) {
  constexpr std::size_t kMostParts = 8;
  const std::string loose = LoosePath(path);
  std::vector<std::size_t> outlines = {OutlineOfLoose(loose)};
  std::string_view rest = loose;
  if (!BeginsAnAddress(rest.substr(0, rest.find('/')), repo)) return outlines;
  for (std::size_t i = 0; i < kMostParts && rest.find('/') != rest.npos; ++i) {
    rest.remove_prefix(rest.find('/') + 1);
    outlines.push_back(OutlineOfLoose(rest));
  }
  return outlines;
}

}  // namespace counterscan

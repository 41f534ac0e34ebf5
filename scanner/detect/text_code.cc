#include "scanner/detect/text_code.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace counterscan::detect {
namespace {

using namespace std::string_view_literals;

// Longest thing that is looked for, with what stands around it.
constexpr std::size_t kCarried = 96;
constexpr std::size_t kLongestTag = 64;

// `rare` is where four of its bytes begin that text seldom has: the search goes by these.
struct Word {
  std::string_view text;
  std::size_t rare;
  std::uint32_t mark;
};
constexpr auto kWords = std::to_array<Word>({
    {"%TAG"sv, 0, TextCode::kPythonTag},      // a handle that may stand for Python's tags
    {"_target_"sv, 4, TextCode::kTarget},     // Hydra, in YAML and JSON
    {"\"py/"sv, 0, TextCode::kJsonPickle},    // jsonpickle/tags.py
    {"\"py\\/"sv, 0, TextCode::kJsonPickle},  // the same, escaped as JSON allows
    {"__lambda__"sv, 5, TextCode::kLambda},   // keras serialization_lib.py
    {"\"class_name\""sv, 4, TextCode::kClassName},
    {"\"config\""sv, 4, TextCode::kConfig},
    {"meta_graphs"sv, 2, TextCode::kGraph},  // saved_model.proto in text format
    {"node {"sv, 2, TextCode::kNode},        // graph.proto in text format
});
constexpr std::size_t kPart = 4;
static_assert(std::ranges::all_of(kWords, [](const Word& word) {
  return word.text.size() >= word.rare + kPart && word.text.size() < kCarried;
}));

constexpr std::size_t BlockOf(char first, char second) {
  return static_cast<std::size_t>(static_cast<std::uint8_t>(first) |
                                  static_cast<std::uint8_t>(second) << 8);
}
// The last two of a word's rare bytes.
constexpr std::size_t LastBlock(const Word& word) {
  return BlockOf(word.text[word.rare + kPart - 2], word.text[word.rare + kPart - 1]);
}

// How far a search may move on when these two bytes end a place where a word's rare bytes could
// stand (Wu and Manber, A Fast Algorithm for Multi-pattern Searching, 1994).
constexpr std::size_t kBlocks = 65536;
std::array<std::uint8_t, kBlocks> MakeShifts() {
  std::array<std::uint8_t, kBlocks> shifts;
  shifts.fill(kPart - 1);
  for (const Word& word : kWords) {
    for (std::size_t i = 1; i < kPart; ++i) {
      std::uint8_t& shift = shifts[BlockOf(word.text[word.rare + i - 1], word.text[word.rare + i])];
      shift = std::min(shift, static_cast<std::uint8_t>(kPart - 1 - i));
    }
  }
  return shifts;
}

std::optional<unsigned> HexByte(std::string_view digits) {
  unsigned value = 0;
  if (digits.size() < 2) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, value, 16);
  if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
  return value;
}

// Letters, digits and the signs of keys: nobody needs to escape these.
bool IsOfKeys(unsigned c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '/';
}

// A tag of YAML 1.1 (5.6, ns-uri-char) from its '!' on, its %-escapes resolved.
std::string Tag(std::string_view text) {
  std::string tag;
  for (std::size_t i = 0; i < text.size() && tag.size() < kLongestTag; ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) <= ' ') break;
    const auto escaped = c == '%' ? HexByte(text.substr(i + 1)) : std::nullopt;
    tag += escaped ? static_cast<char>(*escaped) : c;
    if (escaped) i += 2;
  }
  return tag;
}

// Tags begin a value: at the start of a line, behind a blank or a flow indicator.
bool MayPrecedeTag(char c) {
  return static_cast<unsigned char>(c) <= ' ' || "[{,:-("sv.find(c) != std::string_view::npos;
}

// dbm.dumb writes its index as lines of a key and a place: "'key', (0, 123)".
bool IsDumbIndex(std::string_view text) {
  if (text[0] != '\'' && text[0] != '"') return false;
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::size_t comma = line.rfind(", ");
  const std::size_t open = line.rfind("', (");
  const std::size_t other = line.rfind("\", (");
  const std::size_t at = open != std::string_view::npos ? open : other;
  if (line.size() < 8 || !line.ends_with(')') || at == std::string_view::npos ||
      comma == std::string_view::npos || comma < at + 4) {
    return false;
  }
  const auto is_number = [](std::string_view digits) {
    return !digits.empty() &&
           std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  };
  return is_number(line.substr(at + 4, comma - at - 4)) &&
         is_number(line.substr(comma + 2, line.size() - comma - 3));
}

}  // namespace

void TextCode::LookAtTags(std::string_view text) {
  for (std::size_t at = text.find('!'); at != std::string_view::npos; at = text.find('!', at + 1)) {
    if (at > 0 && !MayPrecedeTag(text[at - 1])) continue;
    const std::string tag = Tag(text.substr(at));
    if (tag.find("python/") != std::string::npos) marks_ |= kPythonTag;
    for (const std::string_view call : {"!new:"sv, "!apply:"sv, "!name:"sv, "!module:"sv}) {
      if (tag.starts_with(call)) marks_ |= kCallTag;  // HyperPyYAML
    }
  }
}

void TextCode::LookAtWords(std::string_view text) {
  static const std::array<std::uint8_t, kBlocks> kShifts = MakeShifts();
  for (std::size_t end = kPart - 1; end < text.size();) {
    const std::size_t block = BlockOf(text[end - 1], text[end]);
    if (kShifts[block] > 0) {
      end += kShifts[block];
      continue;
    }
    const std::size_t part = end + 1 - kPart;
    ++end;
    for (const Word& word : kWords) {
      if (LastBlock(word) != block || part < word.rare) continue;
      const std::size_t begin = part - word.rare;
      if (!text.substr(begin).starts_with(word.text)) continue;
      const bool line = begin == 0 || text[begin - 1] == '\n' || text[begin - 1] == '\r';
      const char next =
          begin + word.text.size() < text.size() ? text[begin + word.text.size()] : '\n';
      // Directives begin a line, and messages of protobuf's text format have lines of their own.
      if (word.text[0] == '%' && !line) continue;
      if (word.mark == kNode && (!line || (next != '\n' && next != '\r' && next != ' '))) continue;
      marks_ |= word.mark;
    }
  }
}

void TextCode::LookAtEscapes(std::string_view text) {
  for (std::size_t at = text.find('\\'); at != std::string_view::npos;
       at = text.find('\\', at + 1)) {
    if (!text.substr(at).starts_with("\\u00"sv)) continue;
    const auto value = HexByte(text.substr(at + 4));
    if (value && IsOfKeys(*value)) marks_ |= kEscapedLetter;
  }
}

void TextCode::Search(std::string_view text) {
  LookAtTags(text);
  LookAtWords(text);
  LookAtEscapes(text);
}

void TextCode::Feed(std::span<const std::byte> bytes) {
  const std::string_view text = AsText(bytes);
  if (text.empty()) return;
  if (!begun_ && IsDumbIndex(text)) marks_ |= kDumbIndex;
  begun_ = true;
  if (!carried_.empty()) Search(carried_ + std::string(text.substr(0, kCarried)));
  Search(text);
  if (text.size() >= kCarried) {
    carried_ = text.substr(text.size() - kCarried);
  } else {
    carried_ += text;
    if (carried_.size() > kCarried) carried_.erase(0, carried_.size() - kCarried);
  }
}

std::string_view TextCode::Found() const {
  const auto has = [this](std::uint32_t marks) { return (marks_ & marks) == marks; };
  if (has(kPythonTag)) return "yaml: Python's tags are not judged";
  if (has(kCallTag)) return "yaml: tags that call code are not judged";
  if (has(kJsonPickle)) return "json: what jsonpickle makes of it is not judged";
  if (has(kLambda) || has(kClassName | kConfig)) return "json: Keras configurations are not judged";
  if (has(kTarget)) return "configuration: what _target_ calls is not judged";
  if (has(kGraph) || has(kNode)) return "pbtxt: graph operations are not judged";
  if (has(kDumbIndex)) return "dbm.dumb: the pickles that its index leads to are not judged";
  if (has(kEscapedLetter)) return "json: keys in escaped letters are not judged";
  return "";
}

}  // namespace counterscan::detect

#include "scanner/format/encoded_pickle.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan::format {
namespace {

// The shortest pickle that does anything takes more letters than that.
constexpr std::size_t kFewestLetters = 16;
constexpr std::size_t kWindow = 16 * 1024;

// Sixteen bytes that compilers work on at once.
using Bytes16 = std::uint8_t __attribute__((vector_size(16)));

Bytes16 Load(const std::byte* bytes) {
  Bytes16 loaded;
  std::memcpy(&loaded, bytes, sizeof(loaded));
  return loaded;
}

Bytes16 Is(Bytes16 bytes, char c) {
  return static_cast<Bytes16>(bytes == static_cast<std::uint8_t>(c));
}
unsigned Is(char byte, char c) { return byte == c ? 1 : 0; }

// Base64 of 80 02 to 80 05, 1f 8b, and 78 with each second byte that zlib writes, behind a quote;
// and a part of the word "serialized" that is rare. Of one byte, or of sixteen at once.
template <class T>
auto IsMark(T first, T second, T third) {
  const auto pickle = Is(second, 'g') & Is(third, 'A');
  const auto gzip = Is(second, 'H') & Is(third, '4');
  const auto zlib =
      Is(second, 'e') & (Is(third, 'A') | Is(third, 'F') | Is(third, 'J') | Is(third, 'N'));
  const auto word = Is(first, 'l') & Is(second, 'i') & Is(third, 'z');
  return (Is(first, '"') & (pickle | gzip | zlib)) | word;
}

bool IsLetter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '-' || c == '_';
}

std::optional<std::uint32_t> ValueOf(char c, bool url_safe) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a') + 26;
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0') + 52;
  if (c == '+' || (url_safe && c == '-')) return 62;
  if (c == '/' || (url_safe && c == '_')) return 63;
  return std::nullopt;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Reads a text character by character.
class Characters {
 public:
  Characters(const ByteSource& text, std::uint64_t at) : text_(text), at_(at) {}

  std::uint64_t offset() const { return at_ + used_; }
  // Nothing at the end.
  Result<std::optional<char>> Peek() {
    if (used_ == window_.size()) {
      at_ += used_;
      used_ = 0;
      window_ = TRY(Excerpt::Read(text_, at_, kWindow));
      if (window_.size() == 0) return std::optional<char>();
    }
    return std::optional<char>(AsText(window_)[used_]);
  }
  void Skip() { ++used_; }

  Result<bool> Take(std::string_view expected) {
    for (const char c : expected) {
      const auto next = TRY(Peek());
      if (next != c) return false;
      Skip();
    }
    return true;
  }
  Result<void> SkipBlanks() {
    for (;;) {
      const auto next = TRY(Peek());
      if (!next || !IsBlank(*next)) return {};
      Skip();
    }
  }

 private:
  const ByteSource& text_;
  std::uint64_t at_;
  Excerpt window_;
  std::size_t used_ = 0;
};

// A colon, or one in the escape that JSON has for it.
Result<bool> TakeColon(Characters& text) {
  const auto next = TRY(text.Peek());
  if (next == ':') return TRY(text.Take(":"));
  if (!TRY(text.Take("\\u003"))) return false;
  const auto digit = TRY(text.Peek());
  text.Skip();
  return digit && LowerOf(*digit) == 'a';
}

// `place` is that of "liz" in "serialized". Where the value of such a key begins, if it is one.
Result<std::optional<std::uint64_t>> SerializedValue(const ByteSource& text, std::uint64_t place) {
  constexpr std::string_view kBefore = "seria";
  constexpr std::string_view kBehind = "lized";
  const std::optional<std::uint64_t> none;
  for (const std::string_view colon :
       {std::string_view("\":"), std::string_view("\"\\u003a"), std::string_view("\"\\u003A")}) {
    const std::uint64_t before = colon.size() + kBefore.size();
    if (place < before) continue;
    Characters characters(text, place - before);
    if (!TRY(characters.Take(colon)) || !TRY(characters.Take(kBefore)) ||
        !TRY(characters.Take(kBehind)) || !TRY(TakeColon(characters)) ||
        !TRY(characters.Take("\""))) {
      continue;
    }
    TRY(characters.SkipBlanks());
    if (!TRY(characters.Take(":"))) return none;
    TRY(characters.SkipBlanks());
    if (!TRY(characters.Take("\""))) return none;
    return std::optional(characters.offset());
  }
  return none;
}

}  // namespace

void EncodedPickleSearch::LookAt(std::span<const std::byte> mark, std::uint64_t offset) {
  const std::string_view text = AsText(mark);
  if (IsMark(text[0], text[1], text[2]) == 0) return;
  if (places_.size() == kMaxPlaces) {
    cut_ = true;
    return;
  }
  places_.push_back(offset);
}

void EncodedPickleSearch::SearchBlocks(std::span<const std::byte> bytes, std::uint64_t offset) {
  constexpr std::size_t kBlock = 64;
  std::size_t at = 0;
  for (; bytes.size() >= kBlock + kMark - 1 && at <= bytes.size() - kBlock - (kMark - 1);
       at += kBlock) {
    Bytes16 found{};
    for (std::size_t i = at; i < at + kBlock; i += sizeof(Bytes16)) {
      const std::byte* here = bytes.data() + i;
      found |= IsMark(Load(here), Load(here + 1), Load(here + 2));
    }
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &found, sizeof(found));
    if ((halves[0] | halves[1]) == 0) continue;
    for (std::size_t i = at; i < at + kBlock; ++i) LookAt(bytes.subspan(i, kMark), offset + i);
  }
  for (; bytes.size() >= kMark && at <= bytes.size() - kMark; ++at) {
    LookAt(bytes.subspan(at, kMark), offset + at);
  }
}

void EncodedPickleSearch::Feed(std::span<const std::byte> bytes) {
  // Marks that begin in what was fed before.
  std::array<std::byte, 2 * (kMark - 1)> seam{};
  const std::size_t carried = static_cast<std::size_t>(std::min<std::uint64_t>(fed_, kMark - 1));
  const std::size_t fresh = std::min(bytes.size(), kMark - 1);
  std::copy_n(carried_.end() - static_cast<std::ptrdiff_t>(carried), carried, seam.begin());
  std::copy_n(bytes.begin(), fresh, seam.begin() + static_cast<std::ptrdiff_t>(carried));
  for (std::size_t i = 0; i < carried && carried + fresh - i >= kMark; ++i) {
    LookAt(std::span(seam).subspan(i, kMark), fed_ - carried + i);
  }
  SearchBlocks(bytes, fed_);
  fed_ += bytes.size();
  const std::size_t kept = std::min(carried + fresh, kMark - 1);
  if (bytes.size() >= kMark - 1) {
    std::copy_n(bytes.end() - static_cast<std::ptrdiff_t>(kMark - 1), kMark - 1, carried_.begin());
  } else {
    std::copy_n(seam.begin() + static_cast<std::ptrdiff_t>(carried + fresh - kept), kept,
                carried_.end() - static_cast<std::ptrdiff_t>(kept));
  }
}

Result<std::optional<EncodedPickle>> EncodedPickleAt(const ByteSource& text, std::uint64_t place) {
  using Kind = EncodedPickle::Kind;
  const std::optional<EncodedPickle> none;
  constexpr std::size_t kLooked = 64;
  const Excerpt excerpt = TRY(Excerpt::Read(text, place, kLooked));
  std::string_view here = AsText(excerpt);
  if (!here.starts_with('"')) {
    const auto begin = TRY(SerializedValue(text, place));
    if (!begin) return none;
    return std::optional(EncodedPickle{.begin = *begin, .kind = Kind::kSerialized});
  }
  here.remove_prefix(1);
  // Escaped, a letter is still one; who escapes these has something to hide.
  const auto is_part = [](char c) { return IsLetter(c) || c == '\\'; };
  const auto letters = std::ranges::find_if_not(here, is_part) - here.begin();
  if (static_cast<std::size_t>(letters) < kFewestLetters) return none;
  const char third = here[2];
  const bool pickle = here.starts_with("gA") && third >= 'I' && third <= 'X';
  const bool packed = here.starts_with("H4sI") || here.starts_with('e');
  if (!pickle && !packed) return none;
  return std::optional(
      EncodedPickle{.begin = place + 1, .kind = pickle ? Kind::kPickle : Kind::kPacked});
}

Result<std::optional<char>> EncodedStream::NextRaw() {
  if (window_at_ == window_.size()) {
    window_ = TRY(Excerpt::Read(text_, at_, kWindow));
    window_at_ = 0;
    at_ += window_.size();
    if (window_.size() == 0) return std::optional<char>();
  }
  return std::optional(AsText(window_)[window_at_++]);
}

Result<std::optional<char>> EncodedStream::Next() {
  const auto first = TRY(NextRaw());
  if (!first || *first == '"') return std::optional<char>();
  if (*first != '\\') return first;
  const auto escaped = TRY(NextRaw());
  if (!escaped) return escaped;
  if (*escaped == '/') return escaped;
  if (*escaped != 'u') return std::optional('\0');
  unsigned value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto digit = TRY(NextRaw());
    if (!digit) return digit;
    const char c = *digit;
    const bool decimal = c >= '0' && c <= '9';
    const bool low = c >= 'a' && c <= 'f';
    if (!decimal && !low && (c < 'A' || c > 'F')) return std::optional('\0');
    value = value * 16 + static_cast<unsigned>(decimal ? c - '0'
                                               : low   ? c - 'a' + 10
                                                       : c - 'A' + 10);
  }
  return std::optional(value < 0x80 ? static_cast<char>(value) : '\0');
}

Result<std::size_t> EncodedStream::Read(std::span<std::byte> out) {
  constexpr char kPad = '=';
  std::size_t filled = 0;
  while (filled < out.size() && !ended_) {
    const auto next = TRY(Next());
    if (!next) {
      ended_ = true;
      break;
    }
    if (*next == kPad) {
      // Padding ends the text where it completes a group; elsewhere it is passed over.
      if (quad_ >= 2 && quad_ + ++pads_ >= 4) ended_ = true;
      continue;
    }
    const auto value = ValueOf(*next, url_safe_);
    if (!value) continue;
    pads_ = 0;
    bits_ = bits_ << 6 | *value;
    quad_ = (quad_ + 1) % 4;
    // A whole byte stands behind the second, third and fourth character of a group.
    constexpr std::array<int, 4> kBitsBehind = {0, 6, 4, 2};
    if (quad_ == 1) continue;
    out[filled++] = static_cast<std::byte>(bits_ >> kBitsBehind[static_cast<std::size_t>(quad_)]);
  }
  return filled;
}

}  // namespace counterscan::format

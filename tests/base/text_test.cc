#include "scanner/base/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan {
namespace {

// UTF-8 of any number up to 0x1FFFFF, as a sloppy encoder would write it.
std::string Encode(char32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

bool HoldsHidden(std::string_view text) {
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    if (!point || IsHidden(point->value)) return true;
    text.remove_prefix(point->length);
  }
  return false;
}

TEST(Text, OrdinaryTextStaysAsItIs) {
  EXPECT_EQ(Printable("model-00001-of-00002.safetensors"), "model-00001-of-00002.safetensors");
  EXPECT_EQ(Printable("モデル été 模型 \U0001F917"), "モデル été 模型 \U0001F917");
  EXPECT_EQ(Printable(""), "");
}

TEST(Text, EveryByteAloneBecomesPrintable) {
  for (int value = 0; value < 256; ++value) {
    const std::string shown = Printable(std::string(1, static_cast<char>(value)));
    EXPECT_FALSE(HoldsHidden(shown)) << value;
    if (value >= 0x20 && value < 0x7F && value != '\\') {
      EXPECT_EQ(shown, std::string(1, static_cast<char>(value)));
    } else {
      EXPECT_EQ(shown[0], '\\') << value;
    }
  }
}

TEST(Text, EveryPairOfBytesBecomesPrintableAndStaysDistinct) {
  std::set<std::string> seen;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const std::string shown = Printable(text);
      ASSERT_FALSE(HoldsHidden(shown)) << first << ' ' << second;
      ASSERT_TRUE(seen.insert(shown).second) << shown;
    }
  }
}

TEST(Text, ControlCharactersAreSpelled) {
  EXPECT_EQ(Printable("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(Printable("\x1b[2K\x07\x7f"), "\\x1b[2K\\x07\\x7f");
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Text, C1ControlsAreSpelledWhetherEncodedOrNot) {
  // A terminal may take U+009B, encoded, for the start of an escape sequence.
  EXPECT_EQ(Printable("\xC2\x9B"), "\\u{9b}");
  EXPECT_EQ(Printable("\x9B"), "\\x9b");
}

TEST(Text, BackslashesAreDoubledSoThatNoNameForgesAnEscape) {
  EXPECT_EQ(Printable("a\\x1b"), "a\\\\x1b");
  EXPECT_NE(Printable("a\\x1b"), Printable("a\x1b"));
}

TEST(Text, TextThatWasPrintableOnceIsNotEscapedTwice) {
  EXPECT_EQ(PrintableAgain(Printable("a\nb\\c")), Printable("a\nb\\c"));
  // What a hostile worker slips in beside it is caught all the same.
  EXPECT_EQ(PrintableAgain("a\\n\x1b[2K"), "a\\n\\x1b[2K");
  EXPECT_EQ(PrintableAgain("aaaa", 2), "aa...");
}

TEST(Text, DirectionOverridesAndZeroWidthCharactersAreSpelled) {
  EXPECT_EQ(Printable("model\u202Enib.exe"), "model\\u{202e}nib.exe");
  EXPECT_EQ(Printable("a\u200Bb\u2066c\uFEFFd"), "a\\u{200b}b\\u{2066}c\\u{feff}d");
  EXPECT_EQ(Printable("a\u2028b\u2029c"), "a\\u{2028}b\\u{2029}c");
  EXPECT_EQ(Printable("\U000E0041"), "\\u{e0041}");
}

TEST(Text, BlanksThatAreNotTheSpaceAreSpelled) {
  for (const char32_t c : std::initializer_list<char32_t>{0xA0, 0x1680, 0x2002, 0x202F, 0x205F,
                                                          0x2800, 0x3000, 0x3164}) {
    EXPECT_TRUE(IsHidden(c)) << static_cast<std::uint32_t>(c);
  }
  EXPECT_FALSE(IsHidden(U' '));
}

TEST(Text, HiddenRangesEndWhereTheyShould) {
  for (const char32_t c : std::initializer_list<char32_t>{
           0x00,   0x1F,   0x7F,    0x80,    0x9F,    0xAD,    0x2000,  0x200F,
           0x2028, 0x202F, 0x205F,  0x206F,  0xE000,  0xF8FF,  0xFE00,  0xFE0F,
           0xFFFE, 0xFFFF, 0x1FFFE, 0xE0000, 0xE0FFF, 0xF0000, 0x10FFFF}) {
    EXPECT_TRUE(IsHidden(c)) << static_cast<std::uint32_t>(c);
  }
  for (const char32_t c : std::initializer_list<char32_t>{
           0x20, 0x7E, 0xA1, 0xAC, 0xAE, 0x1FFF, 0x2010, 0x2027, 0x2030, 0x205E, 0x2070, 0xD7FF,
           0xF900, 0xFDFF, 0xFE10, 0xFFFD, 0x10000, 0x1F917}) {
    EXPECT_FALSE(IsHidden(c)) << static_cast<std::uint32_t>(c);
  }
}

TEST(Text, EveryCodePointIsDecodedOrRefusedAsRfc3629Says) {
  for (char32_t c = 0; c < 0x110400; c += (c < 0x3000 ? 1 : 0x1F)) {
    const std::string text = Encode(c);
    const bool valid = c < 0xD800 || (c > 0xDFFF && c <= 0x10FFFF);
    const auto point = FirstCodePoint(text);
    ASSERT_EQ(point.has_value(), valid) << static_cast<std::uint32_t>(c);
    if (!point) continue;
    ASSERT_EQ(point->value, c);
    ASSERT_EQ(point->length, text.size());
    // Every truncation of it is refused.
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      ASSERT_FALSE(IsUtf8(text.substr(0, cut))) << static_cast<std::uint32_t>(c);
    }
  }
}

TEST(Text, OverlongFormsAreNotUtf8) {
  EXPECT_FALSE(IsUtf8("\xC0\x80"));          // U+0000
  EXPECT_FALSE(IsUtf8("\xC1\xBF"));          // U+007F
  EXPECT_FALSE(IsUtf8("\xE0\x9F\xBF"));      // U+07FF
  EXPECT_FALSE(IsUtf8("\xF0\x8F\xBF\xBF"));  // U+FFFF
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80"));  // U+110000
  EXPECT_FALSE(IsUtf8("\xF5\x80\x80\x80"));
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));  // a surrogate
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_EQ(Printable("\xC0\xAE"), "\\xc0\\xae");
}

TEST(Text, TruncatedUtf8IsSpelledByteByByte) {
  EXPECT_EQ(Printable("a\xE2\x82"), "a\\xe2\\x82");
  EXPECT_EQ(Printable("\xE2\x82z"), "\\xe2\\x82z");
}

TEST(Text, ALimitCutsAtCharactersAndSaysSo) {
  EXPECT_EQ(Printable("abcd", 4), "abcd");
  EXPECT_EQ(Printable("abcde", 4), "abcd...");
  EXPECT_EQ(Printable("ééé", 2), "éé...");
  EXPECT_EQ(Printable("\n\n\n", 1), "\\n...");
  EXPECT_EQ(Printable("a", 0), "...");
  EXPECT_EQ(Printable("", 0), "");
}

TEST(Text, HexWritesTwoDigitsAByte) {
  EXPECT_EQ(Hex(AsBytes(std::string_view("\x00\x0f\xf0\xff", 4))), "000ff0ff");
  EXPECT_EQ(Hex({}), "");
}

TEST(Text, Base64MatchesTheVectorsOfRfc4648) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xff\xfe\xfb\xef\xbe"), "//77774=");
}

TEST(Text, HumanBytesChangesUnitBeforeItWouldShowAThousand) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(1000), "1.0 KB");
  EXPECT_EQ(HumanBytes(999'949), "999.9 KB");
  EXPECT_EQ(HumanBytes(999'950), "1.0 MB");
  EXPECT_EQ(HumanBytes(1'000'000), "1.0 MB");
  EXPECT_EQ(HumanBytes(4'976'698'672), "5.0 GB");
  EXPECT_EQ(HumanBytes(UINT64_MAX), "18.4 EB");
}

}  // namespace
}  // namespace counterscan

#include "hubclient/token.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace counterscan {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!Streamable<Token>);
static_assert(!fmt::is_formattable<Token>::value);
static_assert(!std::is_copy_constructible_v<Token>);
static_assert(!std::is_convertible_v<Token, std::string> &&
              !std::is_convertible_v<Token, std::string_view>);
static_assert(!Streamable<Token::Header>);

TEST(Token, StandsInAHeaderAndWipesWhatItWasMadeOf) {
  std::string text = "hf_abcDEF123";
  const char* bytes = text.data();
  const auto token = Token::Parse(text);
  ASSERT_TRUE(token);
  EXPECT_TRUE(text.empty());
  EXPECT_NE(std::string_view(bytes, 3), "hf_") << "the memory still holds it";
  EXPECT_STREQ(Token::Header(*token).c_str(), "Authorization: Bearer hf_abcDEF123");
}

TEST(Token, IsHiddenWhereverItIsSentBack) {
  const auto hidden = [](std::string token, std::string text) {
    Token::Parse(token)->HideIn(text);
    return text;
  };
  EXPECT_EQ(hidden("hf_abcDEF123", ""), "");
  EXPECT_EQ(hidden("hf_abcDEF123", "hf_abcDEF12"), "hf_abcDEF12");
  EXPECT_EQ(hidden("hf_abcDEF123", "hf_abcDEF123"), "[token]");
  EXPECT_EQ(hidden("hf_abcDEF123", "a hf_abcDEF123, hf_abcDEF123hf_abcDEF123hf_abc"),
            "a [token], [token][token]hf_abc");
  EXPECT_EQ(hidden("aabaabaab", "aabaabaabaabaabaab"), "[token][token]");
  // As JSON writes it.
  EXPECT_EQ(hidden("hf/ab\"c\\d", R"({"a":"hf/ab\"c\\d","b":"hf\/ab\"c\\d"} hf/ab"c\d)"),
            R"({"a":"[token]","b":"[token]"} [token])");
  // No token, and the words of a reply could be made of it.
  EXPECT_EQ(hidden("unsafe", R"({"status":"unsafe"})"), R"({"status":"unsafe"})");
}

TEST(Token, MovesWithoutLeavingItself) {
  std::string text = "hf_first", other = "hf_second";
  auto token = Token::Parse(text);
  auto second = Token::Parse(other);
  *token = std::move(*second);
  const Token moved = std::move(*token);
  EXPECT_STREQ(Token::Header(moved).c_str(), "Authorization: Bearer hf_second");
}

TEST(Token, WhatCannotStandInAHeaderIsRefusedWithoutAnEcho) {
  for (std::string bad : {std::string("hf_secret\r\nX-Evil: 1"), std::string("hf_secret\n"),
                          std::string("hf secret"), std::string("hf_secret\0", 10),
                          std::string("hf_secret\x7F"), std::string("hf_\xC3\xA9 ecret"),
                          std::string("\thf_secret"), std::string(5000, 's') + "ecret"}) {
    const auto token = Token::Parse(bad);
    ASSERT_FALSE(token);
    EXPECT_THAT(token.error().message, Not(HasSubstr("ecret")));
    EXPECT_TRUE(bad.empty());
  }
  std::string empty;
  EXPECT_FALSE(Token::Parse(empty));
}

}  // namespace
}  // namespace counterscan

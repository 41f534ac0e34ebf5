#include "scanner/detect/text_checker.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"

namespace counterscan::detect {
namespace {

using namespace std::string_view_literals;

bool IsText(std::string_view bytes, std::size_t step) {
  TextChecker checker;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!checker.Feed(AsBytes(bytes.substr(at, step)))) return false;
  }
  return checker.Finish();
}

TEST(TextChecker, GivesTheSameAnswerByteByByte) {
  const std::string_view cases[] = {
      "",
      "plain ASCII, long enough for more than one block of sixty-four bytes, twice over, really.",
      "umlauts \xc3\xa4\xc3\xb6\xc3\xbc, \xe2\x82\xac, \xf0\x9f\x98\x80",
      "tab\t newline\n return\r form feed\f escape\x1b[0m",
      "nul\0"sv,
      "delete\x7f",
      "overlong \xc0\xaf",
      "surrogate \xed\xa0\x80",
      "beyond \xf4\x90\x80\x80",
      "lonely \x80",
      "cut \xe2\x82",
  };
  for (const std::string_view text : cases) {
    EXPECT_EQ(IsText(text, 1), IsText(text, 1000)) << text;
    EXPECT_EQ(IsText(text, 7), IsText(text, 1000)) << text;
  }
  EXPECT_TRUE(IsText(cases[2], 1));
  EXPECT_FALSE(IsText(cases[4], 1));
}

TEST(TextChecker, SaysHowFarTheTextGoes) {
  std::string bytes(200, 'a');
  bytes += '\0';
  TextChecker checker;
  EXPECT_FALSE(checker.Feed(AsBytes(bytes)));
  EXPECT_EQ(checker.text_bytes(), 200U);
}

TEST(TextChecker, EverySingleByteIsJudgedAlikeInsideAndOutsideABlock) {
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    const std::string alone(1, c);
    const std::string inside = std::string(40, 'a') + c + std::string(60, 'a');
    EXPECT_EQ(IsText(alone, 1), IsText(inside, 1000)) << value;
  }
}

}  // namespace
}  // namespace counterscan::detect

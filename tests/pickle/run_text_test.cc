#include "pickle/content/run_text.h"

#include <gtest/gtest.h>

#include <string>

namespace counterscan::pickle {
namespace {

// scipy.stats.gamma's, of SciPy 1.11.
constexpr std::string_view kHonest =
    "\ndef _parse_args(self, a, loc=0, scale=1):\n    return (a,), loc, scale\n\n"
    "def _parse_args_rvs(self, a, loc=0, scale=1, size=None):\n"
    "    return self._argcheck_rvs(a, loc, scale, size=size)\n\n"
    "def _parse_args_stats(self, a, loc=0, scale=1, moments='mv'):\n"
    "    return (a,), loc, scale, moments\n";

TEST(RunText, SciPysOwnTextIsHonest) {
  EXPECT_TRUE(IsArgumentParser(kHonest));
  EXPECT_TRUE(
      IsArgumentParser("\ndef _parse_args(self,  loc=0, scale=1):\n    return (), loc, scale\n"));
}

TEST(RunText, AnyOtherCodeIsNot) {
  for (const std::string_view code :
       {"import os", "__import__('os').system('true')", "x = 1", "\rimport os",
        "    return (a,), loc, eval('1')", "    return (a), b), c",
        "def _parse_args(self, a=open('x')):", "def _parse_args(self, a): import os",
        "    return (a,), loc, scale; x", "    return (\\", "def _parse_args(self, \xe2\x80\xa8):",
        "@x", "    return self._argcheck_rvs(a.b, size=size)", " ", "# coding: x"}) {
    EXPECT_FALSE(IsArgumentParser(std::string(kHonest) + std::string(code) + "\n")) << code;
    EXPECT_FALSE(IsArgumentParser(code)) << code;
  }
}

TEST(RunText, EveryChangedCharacterIsHonestOrNot) {
  for (std::size_t i = 0; i < kHonest.size(); ++i) {
    for (const char c : {'(', ')', '.', '\'', ';', ':', '\n', '\r', '\0', '[', '@', '\\', '#'}) {
      std::string text(kHonest);
      text[i] = c;
      if (c != kHonest[i] && IsArgumentParser(text)) {
        EXPECT_EQ(c, '\n') << i << ": " << text;
      }
    }
  }
}

TEST(RunText, FormulasOfColumnsArePlain) {
  for (const std::string_view text :
       {"y ~ a + b", "y ~ a * b - 1", "log_y ~ np.log(x) + C(group)", "y ~ (a + b) ** 2",
        "y ~ C(g, Treatment(reference=3)):x", "", "y ~ I(x ** 2) + np.sqrt(abs(z))"}) {
    EXPECT_TRUE(IsPlainFormula(text)) << text;
  }
}

TEST(RunText, FormulasThatCallAnythingElseAreNot) {
  for (const std::string_view text :
       {"y ~ __import__('os').system('true')", "y ~ eval (x)", "y ~ f(x)", "y ~ np.load(x)",
        "y ~ (f)(x)", "y ~ np.log(x)(y)", "y ~ Q('a b')", "y ~ a[0]", "y ~ {a}", "y ~ f\n(x)",
        "y ~ x\\", "y ~ \"a\"", "y ~ os.system(x)", "y ~ a; b", "y ~ np .load(x)"}) {
    EXPECT_FALSE(IsPlainFormula(text)) << text;
  }
}

}  // namespace
}  // namespace counterscan::pickle

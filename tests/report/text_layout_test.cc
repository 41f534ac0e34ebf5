#include "scanner/report/text_layout.h"

#include <gtest/gtest.h>

#include <string>

namespace counterscan {
namespace {

template <class Write>
std::string Laid(int columns, Write write, bool color = false) {
  TextOptions options;
  options.columns = columns;
  options.color = color;
  std::string out;
  TextLayout layout(out, options);
  write(layout);
  return out;
}

TEST(TextLayout, BreaksAtSpacesBehindTheSameIndentation) {
  const std::string text = "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj";
  EXPECT_EQ(Laid(40, [&](TextLayout& l) { l.Line(2, text); }),
            "  aaaa bbbb cccc dddd eeee ffff gggg\n"
            "  hhhh iiii jjjj\n");
}

TEST(TextLayout, FillsALineToItsLastColumn) {
  const std::string word(18, 'x');
  // 2 + 18 + 1 + 19 = 40.
  EXPECT_EQ(Laid(40, [&](TextLayout& l) { l.Line(2, word + " " + word + "x y"); }),
            "  " + word + " " + word + "x\n  y\n");
  EXPECT_EQ(Laid(40, [&](TextLayout& l) { l.Line(2, word + " " + word + "xx y"); }),
            "  " + word + "\n  " + word + "xx y\n");
}

TEST(TextLayout, KeepsAWordWholeThatIsLongerThanALine) {
  const std::string word(200, 'x');
  EXPECT_EQ(Laid(40, [&](TextLayout& l) { l.Line(0, "a " + word + " b"); }),
            "a\n" + word + "\nb\n");
}

TEST(TextLayout, CountsCharactersNotBytes) {
  EXPECT_EQ(ColumnsOf("é模型"), 3u);
  std::string text;
  for (int i = 0; i < 8; ++i) text += "ééé ";
  text += "é";
  EXPECT_EQ(Laid(40, [&](TextLayout& l) { l.Line(0, text); }), text + "\n");
}

TEST(TextLayout, ManySpacesNeitherHangNorVanish) {
  const std::string spaces(100, ' ');
  const std::string out = Laid(40, [&](TextLayout& l) { l.Line(0, spaces + "a" + spaces); });
  EXPECT_GE(std::count(out.begin(), out.end(), ' '), 150);
  EXPECT_EQ(Laid(40, [](TextLayout& l) { l.Line(3, ""); }), "   \n");
}

TEST(TextLayout, PutsAMarkAtTheRightEdge) {
  const std::string out = Laid(60, [](TextLayout& l) { l.MarkedLine(4, "text", "[PKL-101]"); });
  EXPECT_EQ(out.size(), 61u);
  EXPECT_TRUE(out.ends_with(" [PKL-101]\n"));
  EXPECT_EQ(Laid(60, [](TextLayout& l) { l.MarkedLine(4, "text", ""); }), "    text\n");
}

TEST(TextLayout, ALongLabelPushesItsTextAside) {
  EXPECT_EQ(Laid(60, [](TextLayout& l) { l.Labelled(2, Tint::kNone, "word", 10, "text"); }),
            "  word    text\n");
  EXPECT_EQ(Laid(60, [](TextLayout& l) { l.Labelled(2, Tint::kNone, "long label", 10, "text"); }),
            "  long label  text\n");
}

TEST(TextLayout, NeverBreaksAName) {
  const std::string name = "a name with spaces that is longer than any line can be here.bin";
  EXPECT_EQ(Laid(40, [&](TextLayout& l) { l.LabelledName(0, Tint::kNone, "X", 4, name, "68 B"); }),
            "X   " + name + "\n    68 B\n");
  EXPECT_EQ(Laid(80, [&](TextLayout& l) { l.LabelledName(0, Tint::kNone, "X", 4, name, "68 B"); }),
            "X   " + name + "   68 B\n");
}

TEST(TextLayout, ColourTakesNoColumns) {
  const auto write = [](TextLayout& l) { l.Labelled(2, Tint::kRed, "UNSAFE", 10, "text"); };
  EXPECT_EQ(Laid(60, write, true), "  \x1b[1;31mUNSAFE\x1b[0m  text\n");
}

}  // namespace
}  // namespace counterscan

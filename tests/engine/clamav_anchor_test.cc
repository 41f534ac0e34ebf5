#include "scanner/engine/clamav_anchor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string HexOf(std::string_view text) { return Hex(AsBytes(text)); }

std::vector<std::string> Bytes(const Anchors& anchors) {
  std::vector<std::string> bytes;
  for (const Anchor& anchor : anchors) bytes.push_back(anchor.bytes);
  return bytes;
}

std::vector<std::string> OfBody(const std::string& body) {
  return Bytes(AnchorsOfExtended("Name:0:*:" + body));
}

// Subsignatures "subsig-0", "subsig-1" and so on.
std::vector<std::string> OfExpression(const std::string& expression, int count) {
  std::string line = "Name;Engine:81-255,Target:0;" + expression;
  for (int i = 0; i < count; ++i) line += ";" + HexOf("subsig-" + std::to_string(i));
  return Bytes(AnchorsOfLogical(line));
}

TEST(Anchors, AreTheRunOfTheMostDifferentBytes) {
  EXPECT_THAT(OfBody(HexOf("abcdefgh")), ElementsAre("abcdefgh"));
  EXPECT_THAT(OfBody(HexOf("aaaabbbbcccc") + "*" + HexOf("abcdef")), ElementsAre("abcdef"));
  EXPECT_THAT(OfBody(HexOf("abcdef") + "??" + HexOf("abcdefg") + "{-5}" + HexOf("abc")),
              ElementsAre("abcdefg"));
  EXPECT_THAT(OfBody(HexOf("0123456789abcdefXYZ")), ElementsAre("0123456789abcdef"));
}

TEST(Anchors, NeverReachIntoWhatMayDiffer) {
  for (const std::string join : {"?"
                                 "?",
                                 "4?", "?1", "{2}", "{-2}", "{2-}", "{2-4}", "*", "[2-4]",
                                 "(61|62)", "(6161|62)", "!(61|62)", "(B)", "(W)", "!(L)"}) {
    EXPECT_THAT(OfBody(HexOf("abc") + join + HexOf("def")), IsEmpty()) << join;
    EXPECT_THAT(OfBody(HexOf("abc") + join + HexOf("defghi")), ElementsAre("defghi")) << join;
  }
}

TEST(Anchors, AreNotWhatLiesInEveryFile) {
  EXPECT_THAT(OfBody("000000000000000000000000"), IsEmpty());
  EXPECT_THAT(OfBody("0000803f0000803f0000803f"), IsEmpty());
  EXPECT_THAT(OfBody(HexOf("abcde")), IsEmpty());
}

TEST(Anchors, OfABodyThatIsNotUnderstoodAreNone) {
  for (const std::string odd : {"6", "6x", "{", "{}", "{x}", "(61", "61)", "!", "!61", "$", "#",
                                "/", " ", "(61;62)", "[", "[]"}) {
    EXPECT_THAT(OfBody(HexOf("abcdefgh") + odd), IsEmpty()) << odd;
  }
  EXPECT_THAT(Bytes(AnchorsOfExtended("Name:0:*")), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfExtended("Name:0:*:" + HexOf("abcdefgh") + ":1:2:3")), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfExtended("Name:0:$1$:" + HexOf("abcdefgh"))), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfExtended(std::string(9000, 'n') + ":0:*:" + HexOf("abcdefgh"))),
              IsEmpty());
}

TEST(Anchors, OfOldSignaturesFollowTheName) {
  EXPECT_THAT(Bytes(AnchorsOfPlain("Name (Clam)=" + HexOf("abcdefgh"))), ElementsAre("abcdefgh"));
  EXPECT_THAT(Bytes(AnchorsOfPlain("Name:" + HexOf("abcdefgh"))), IsEmpty());
}

TEST(Anchors, OfAnExpressionAreThoseOfAnyPartThatMustHold) {
  EXPECT_THAT(OfExpression("0", 1), ElementsAre("subsig-0"));
  EXPECT_THAT(OfExpression("0&1", 2), ElementsAre("subsig-0"));
  EXPECT_THAT(OfExpression("0|1", 2), ElementsAre("subsig-0", "subsig-1"));
  EXPECT_THAT(OfExpression("(0|1)&2", 3), ElementsAre("subsig-2"));
  EXPECT_THAT(OfExpression("(0|1)&(2=0)", 3), IsEmpty());  // parentheses around one operand
  EXPECT_THAT(OfExpression("(0|1)&2=0", 3), ElementsAre("subsig-0", "subsig-1"));
  EXPECT_THAT(OfExpression("(0|1)>1&2<3", 3), ElementsAre("subsig-0", "subsig-1"));
  EXPECT_THAT(OfExpression("(0&1)>2,2|(2|3)=1", 4),
              ElementsAre("subsig-0", "subsig-2", "subsig-3"));
  EXPECT_THAT(OfExpression("0=2", 1), ElementsAre("subsig-0"));
}

TEST(Anchors, OfAnExpressionThatHoldsWithoutThemAreNone) {
  for (const std::string expression :
       {"0=0", "0<2", "0|1=0", "(0&1)=0", "(0|1)<5", "((0|1)=0|0)"}) {
    EXPECT_THAT(OfExpression(expression, 2), IsEmpty()) << expression;
  }
}

TEST(Anchors, OfAnExpressionWithTwoMeaningsAreNone) {
  for (const std::string expression :
       {"0&1|0", "(0|1&0)", "(0)", "0&", "&0", "0&&1", "(0|1", "0|1)", "(0|1)(0|1)", "", "0>", "7",
        "0>1x", "0,1", "1234567", "99999999999999999999"}) {
    EXPECT_THAT(OfExpression(expression, 2), IsEmpty()) << expression;
  }
  const std::string deep = std::string(100'000, '(') + "0|1" + std::string(100'000, ')');
  EXPECT_THAT(OfExpression(deep.substr(0, 30'000), 2), IsEmpty());
}

TEST(Anchors, FollowTheModifiersOfASubsignature) {
  const auto of = [](const std::string& modifiers) {
    return AnchorsOfLogical("Name;Engine:81-255,Target:0;0;" + HexOf("AbCdEf") + modifiers);
  };
  EXPECT_THAT(of(""), ElementsAre(Anchor{"AbCdEf", false}));
  EXPECT_THAT(of("::i"), ElementsAre(Anchor{"abcdef", true}));
  EXPECT_THAT(of("::f"), ElementsAre(Anchor{"AbCdEf", false}));
  const std::string wide("A\0b\0C\0d\0E\0f\0", 12);
  EXPECT_THAT(of("::w"), ElementsAre(Anchor{wide, false}));
  EXPECT_THAT(of("::wa"), ElementsAre(Anchor{wide, false}, Anchor{"AbCdEf", false}));
  EXPECT_THAT(of("::x"), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfLogical("Name;Target:0;0;EOF-200:" + HexOf("abcdefgh") + "::i")),
              ElementsAre("abcdefgh"));
}

TEST(Anchors, OfWhatIsTriedBesideASubsignatureAreItsOwn) {
  const std::string start = "Name;Engine:81-255,Target:0;1;" + HexOf("trigger");
  EXPECT_THAT(Bytes(AnchorsOfLogical(start + ";0/evil;[0-9]:+/i")), ElementsAre("trigger"));
  EXPECT_THAT(Bytes(AnchorsOfLogical(start + ";10:0/evil/")), ElementsAre("trigger"));
  EXPECT_THAT(Bytes(AnchorsOfLogical(start + ";0=0/evil/")), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfLogical(start + ";1/evil/")), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfLogical(start + ";0(>>5#ib2#>512)")), ElementsAre("trigger"));
  EXPECT_THAT(Bytes(AnchorsOfLogical(start + ";1(>>5#ib2#>512)")), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfLogical(start + ";fuzzy_img#af2ad01ed42993c7#0")), IsEmpty());
}

TEST(Anchors, OfSignaturesThatOnlyMatchTogetherAreNone) {
  EXPECT_THAT(Bytes(AnchorsOfLogical("Name;Target:0;0&1;" + HexOf("abcdefgh") + ";${6-7}0$")),
              IsEmpty());
}

TEST(Anchors, OfTooManySubsignaturesAreNone) {
  EXPECT_THAT(OfExpression("0", 64), ElementsAre("subsig-0"));
  EXPECT_THAT(OfExpression("0", 65), IsEmpty());
  EXPECT_THAT(Bytes(AnchorsOfLogical("Name;Target:0;0")), IsEmpty());
}

}  // namespace
}  // namespace counterscan

#include "scanner/engine/clamav_signature.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace counterscan {
namespace {

using enum SignatureNeeds;

struct BodyCase {
  std::string_view body;
  std::optional<std::uint64_t> longest;
};
void PrintTo(const BodyCase& c, std::ostream* out) { *out << c.body; }

class Bodies : public testing::TestWithParam<BodyCase> {};
TEST_P(Bodies, CoverAtMost) { EXPECT_EQ(LongestMatch(GetParam().body), GetParam().longest); }
INSTANTIATE_TEST_SUITE_P(
    LongestMatch, Bodies,
    testing::Values(BodyCase{"", 0}, BodyCase{"6f73", 2}, BodyCase{"6F??a?", 3},
                    BodyCase{"6f73{4}73", 7}, BodyCase{"6f73{-4}73", 7}, BodyCase{"6f73{2-4}73", 7},
                    BodyCase{"6f73[2-4]73", 7}, BodyCase{"6f(73|7374|B)73", 4},
                    BodyCase{"6f!(73|74)73", 3}, BodyCase{"(B)6f73(L)", 4},
                    BodyCase{"6f73*73", std::nullopt}, BodyCase{"6f73{4-}73", std::nullopt},
                    BodyCase{"6f73{}73", std::nullopt}, BodyCase{"6f73{4", std::nullopt},
                    BodyCase{"6f73{x}73", std::nullopt}, BodyCase{"6f(73*|74)", std::nullopt},
                    BodyCase{"6f73 73", std::nullopt},
                    // Numbers that would overflow a sum are no numbers.
                    BodyCase{"6f73{-18446744073709551615}73", std::nullopt},
                    BodyCase{"6f73{18446744073709551616}73", std::nullopt},
                    BodyCase{"6f73{1099511627777}73", std::nullopt}));

TEST(ExtendedSignature, FloatingBodyNeedsItsOwnLength) {
  const SignatureLine line = ParseExtendedSignature("Mine.A:0:*:6f73{-10}0a:90");
  EXPECT_EQ(line.name, "Mine.A");
  EXPECT_EQ(line.needs, kReach);
  EXPECT_EQ(line.reach, 13U);
}

TEST(ExtendedSignature, OffsetsTieItToStartOrEnd) {
  EXPECT_EQ(ParseExtendedSignature("A:0:0:6f73").needs, kStart);
  EXPECT_EQ(ParseExtendedSignature("A:0:100,20:6f73").reach, 122U);
  EXPECT_EQ(ParseExtendedSignature("A:0:EOF-30:6f73").needs, kEnd);
  EXPECT_EQ(ParseExtendedSignature("A:0:EOF-30,10:6f73").reach, 30U);
}

TEST(ExtendedSignature, WhatReachesTooFarNeedsTheWholeFile) {
  const std::string longest = std::to_string(kLongestReach - 2);
  const std::string longer = std::to_string(kLongestReach - 1);
  EXPECT_EQ(ParseExtendedSignature("A:0:" + longest + ":6f73").needs, kStart);
  EXPECT_EQ(ParseExtendedSignature("A:0:" + longer + ":6f73").needs, kWholeFile);
  EXPECT_EQ(ParseExtendedSignature("A:0:EOF-70000:6f73").needs, kWholeFile);
  EXPECT_EQ(ParseExtendedSignature("A:0:*:6f73{-70000}6f73").needs, kWholeFile);
  EXPECT_EQ(ParseExtendedSignature("A:0:*:6f73*6f73").needs, kWholeFile);
}

TEST(ExtendedSignature, OtherTargetsNeverMatchRawBytes) {
  EXPECT_EQ(ParseExtendedSignature("A:1:*:6f73").needs, kNothing);
  EXPECT_EQ(ParseExtendedSignature("A:00:*:6f73").needs, kReach);
  EXPECT_EQ(ParseExtendedSignature("A:*:*:6f73").needs, kReach);
}

TEST(ExtendedSignature, WhatIsNotUnderstoodNeedsTheWholeFile) {
  for (const char* line :
       {"", "A", "A:0", "A:0:EP+4:6f73", "A:0:-1:6f73", "A:0:1,x:6f73", "A:0:EOF-:6f73",
        "A:0:99999999999999999999:6f73", "A:0:*:zz", "A:-1:*:6f73*"}) {
    EXPECT_EQ(ParseExtendedSignature(line).needs, kWholeFile) << line;
  }
}

TEST(ExtendedSignature, EveryTruncationIsAnsweredWithoutFailing) {
  const std::string line = "Mine.A:0:EOF-30,10:6f73{2-10}(0a|0d0a)[1-2]ff:90:255";
  for (std::size_t length = 0; length < line.size(); ++length) {
    const SignatureLine cut = ParseExtendedSignature(std::string_view(line).substr(0, length));
    EXPECT_LE(cut.reach, kLongestReach) << length;
  }
}

TEST(Signature, ForNormalisedTextIsTold) {
  EXPECT_TRUE(ParseExtendedSignature("A:7:*:6f73").text);
  EXPECT_FALSE(ParseExtendedSignature("A:1:*:6f73").text);
  EXPECT_FALSE(ParseExtendedSignature("A:0:*:6f73").text);
  EXPECT_TRUE(ParseLogicalSignature("A;Engine:81-255,Target:7;0;6f73").text);
  EXPECT_FALSE(ParseLogicalSignature("A;Engine:81-255,Target:0;0;6f73").text);
}

TEST(LogicalSignature, NeedsTheWholeFileUnlessForAnotherTarget) {
  EXPECT_EQ(ParseLogicalSignature("A;Engine:81-255,Target:0;0&1;6f73;7379").needs, kWholeFile);
  EXPECT_EQ(ParseLogicalSignature("A;Engine:81-255,Target:1;0&1;6f73;7379").needs, kNothing);
  EXPECT_EQ(ParseLogicalSignature("A;Target:10,Engine:81-255;0;6f73").needs, kNothing);
  EXPECT_EQ(ParseLogicalSignature("A").needs, kWholeFile);
  // Of several, libclamav takes the last of the first ten attributes; 2^32 it takes for 0.
  EXPECT_EQ(ParseLogicalSignature("A;Engine:81-255,Target:1,Target:0;0;6f73").needs, kWholeFile);
  EXPECT_EQ(ParseLogicalSignature("A;Engine:81-255,Target:0,Target:1;0;6f73").needs, kWholeFile);
  EXPECT_EQ(ParseLogicalSignature("A;Target:4294967296;0;6f73").needs, kWholeFile);
}

TEST(LogicalSignature, RegularExpressionsAreSeen) {
  EXPECT_TRUE(ParseLogicalSignature("A;Target:0;0&1;6f73;0/ab.*c/i").regex);
  EXPECT_FALSE(ParseLogicalSignature("A;Target:0;0;6f73").regex);
  EXPECT_FALSE(ParseLogicalSignature("A;Target:1;0&1;6f73;0/ab.*c/i").regex);
}

TEST(PlainSignature, NeedsItsOwnLength) {
  EXPECT_EQ(ParsePlainSignature("A (Clam)=6f73{-10}0a").needs, kReach);
  EXPECT_EQ(ParsePlainSignature("A (Clam)=6f73{-10}0a").reach, 13U);
  EXPECT_EQ(ParsePlainSignature("A=6f73*6f73").needs, kWholeFile);
  EXPECT_EQ(ParsePlainSignature("A==").needs, kWholeFile);
}

}  // namespace
}  // namespace counterscan

#include "scanner/engine/anchor_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"

namespace counterscan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Groups = std::vector<AnchorScanner::Group>;

struct Wanted {
  Anchor anchor;
  AnchorScanner::Group group;
};

AnchorScanner Built(const std::vector<Wanted>& wanted) {
  AnchorScanner scanner;
  for (const Wanted& one : wanted) scanner.Add(one.anchor, one.group);
  scanner.Build();
  return scanner;
}

// Fed in pieces of `step` bytes.
Groups Find(const AnchorScanner& scanner, std::string_view file, std::size_t groups,
            std::size_t step) {
  AnchorScanner::Pass pass(scanner, groups);
  for (std::size_t start = 0; start < file.size(); start += step) {
    pass.Feed(AsBytes(file.substr(start, step)));
  }
  return pass.Finish();
}

TEST(AnchorScanner, WithoutAnchorsFindsNothing) {
  const AnchorScanner scanner = Built({});
  EXPECT_THAT(Find(scanner, std::string(1000, 'x'), 0, 100), IsEmpty());
}

// The shortest anchor decides how far apart it looks.
class Strides : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(OfAnchors, Strides, testing::Values(6, 7, 8, 11, 12, 16));

TEST_P(Strides, FindAnAnchorAtEachPlaceHoweverTheBytesCome) {
  const std::string anchor = std::string("0123456789abcdef").substr(0, GetParam());
  const AnchorScanner scanner = Built({{{anchor, false}, 1}});
  for (std::size_t size = anchor.size(); size < 140; size += 13) {
    for (std::size_t place = 0; place + anchor.size() <= size; ++place) {
      std::string file(size, '.');
      file.replace(place, anchor.size(), anchor);
      for (const std::size_t step : {1U, 2U, 5U, 31U, 32U, 33U, 64U, 65U, 100U, 200U}) {
        ASSERT_THAT(Find(scanner, file, 2, step), ElementsAre(1U))
            << size << " " << place << " " << step;
      }
      file[place] = '.';
      ASSERT_THAT(Find(scanner, file, 2, 37), IsEmpty());
    }
  }
}

TEST(AnchorScanner, FindsLettersInEitherCaseWhereAsked) {
  const AnchorScanner scanner = Built({{{"powershell", true}, 0}, {{"PowerPoint", false}, 1}});
  EXPECT_THAT(Find(scanner, "xxPoWeRsHeLlxx", 2, 100), ElementsAre(0U));
  EXPECT_THAT(Find(scanner, "xxPOWERPOINTxx", 2, 100), IsEmpty());
  EXPECT_THAT(Find(scanner, "xPowerPointpowershell", 2, 100), ElementsAre(0U, 1U));
}

TEST(AnchorScanner, BytesThatAnchorsShareAreToldApart) {
  std::vector<Wanted> wanted;
  for (unsigned i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(1000 + i);
    wanted.push_back({{"shared-" + number + "-byte", false}, i});
  }
  const AnchorScanner scanner = Built(wanted);
  EXPECT_THAT(Find(scanner, "a shared-1007-byte shared-1 1999-byte", 1000, 100), ElementsAre(7U));
  EXPECT_THAT(Find(scanner, std::string(100'000, ' ') + "shared-1999-byte", 1000, 4096),
              ElementsAre(999U));
}

TEST(AnchorScanner, FindsWhatAPlainSearchFinds) {
  std::mt19937_64 random(7);
  const auto text = [&](std::size_t size) {
    std::string bytes(size, '\0');
    // Few different bytes, so that much is nearly an anchor.
    for (char& c : bytes) c = "abAB\0\xff"[random() % 6];
    return bytes;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Wanted> wanted;
    const std::size_t shortest = 6 + random() % 8;
    for (unsigned group = 0; group < 20; ++group) {
      std::string bytes = text(shortest + random() % (kLongestAnchor - shortest + 1));
      const bool any_case = random() % 3 == 0;
      for (char& c : bytes) {
        if (any_case && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      }
      wanted.push_back({{bytes, any_case}, group});
    }
    const AnchorScanner scanner = Built(wanted);
    std::string file;
    for (int i = 0; i < 12; ++i) {
      file += text(random() % 60);
      const std::string& bytes = wanted[random() % wanted.size()].anchor.bytes;
      file += bytes.substr(0, bytes.size() - random() % 3);
    }
    std::string lower = file;
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    Groups expected;
    for (const Wanted& one : wanted) {
      const std::string& where = one.anchor.any_case ? lower : file;
      if (where.find(one.anchor.bytes) != std::string::npos) expected.push_back(one.group);
    }
    for (const std::size_t step : {7U, 50U, 1000U}) {
      ASSERT_EQ(Find(scanner, file, 20, step), expected) << round << " " << step;
    }
  }
}

}  // namespace
}  // namespace counterscan

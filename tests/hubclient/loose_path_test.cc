#include "hubclient/loose_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace counterscan {
namespace {

TEST(LoosePath, WhatChangesNothingAboutTheFileIsLeftOut) {
  for (const char* path :
       {"a/b.bin",       "A/B.BIN",       " a/b.bin",      "a/b.bin\r\n",  "a%2Fb.bin",
        "a%252Fb.bin",   "a%25252Fb.bin", "./a/b.bin",     "a//b.bin",     "/a/b.bin",
        "a/b.bin/",      "a/./b.bin",     "a/x/../b.bin",  "../a/b.bin",   "a\\b.bin",
        "\uFEFFa/b.bin", "a/b.bin\u200B", "a/\u00A0b.bin", "\uFF41/b.bin", "a\uFF0Fb.bin",
        "a/\u202Eb.bin"}) {
    EXPECT_EQ(LoosePath(path), "a/b.bin") << path;
  }
  for (const char* path : {"", "/", ".", "./", "..", "\u200B", " "}) {
    EXPECT_EQ(LoosePath(path), "") << path;
  }
  EXPECT_EQ(LoosePath(std::string_view("a\0b", 3)), "ab");
  EXPECT_EQ(LoosePath("\xFF%zz%4"), "\xFF%zz%4");
  EXPECT_NE(LoosePath("\u00E9"), LoosePath("e\u0301"));
}

TEST(LoosePath, FormsOfUnicodeHaveOneOutline) {
  const std::size_t outline = PathOutline("caf\u00E9.bin");
  EXPECT_EQ(PathOutline("cafe\u0301.bin"), outline);
  EXPECT_EQ(PathOutline("CAFE\u0301.bin"), outline);
  EXPECT_EQ(PathOutline("CAF\u00C9.bin"), outline);
  EXPECT_EQ(PathOutline("cafe\u0323\u0301.bin"), outline);  // two accents, one letter
  EXPECT_NE(PathOutline("cafe.bin"), outline);
  EXPECT_EQ(PathOutline("\uAC00.bin"), PathOutline("\u1100\u1161.bin"));  // Hangul
}

TEST(LoosePath, AnAddressMayMeanWhatFollowsIt) {
  const RepoId repo{RepoType::kModel, "Org/Name"};
  const auto means = [&](const char* written, const char* path) {
    const auto outlines = OutlinesMeantBy(written, repo);
    return std::find(outlines.begin(), outlines.end(), PathOutline(path)) != outlines.end();
  };
  for (const char* written :
       {"a.bin", "resolve/main/a.bin", "models/Org/Name/a.bin", "models/o/a.bin", "org/name/a.bin",
        "name/a.bin", "https://huggingface.co/Org/Name/resolve/main/a.bin",
        "hf://Org/Name/a.bin"}) {
    EXPECT_TRUE(means(written, "a.bin")) << written;
  }
  EXPECT_TRUE(means("tree/main/x/a.bin", "x/a.bin"));
  EXPECT_FALSE(means("x/a.bin", "a.bin"));
  EXPECT_FALSE(means("a.bin", "x/a.bin"));
  std::string deep = "models";
  for (int i = 0; i < 10'000; ++i) deep += "/x";
  EXPECT_LT(OutlinesMeantBy(deep, repo).size(), 10u);
}

}  // namespace
}  // namespace counterscan

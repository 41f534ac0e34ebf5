#include "scanner/engine/hashed_files.h"

#include <gtest/gtest.h>

#include <string>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

std::string HexDigest(PlainDigest::Kind kind, std::string_view file) {
  PlainDigest digest(kind);
  digest.Update(AsBytes(file));
  return Hex(AsBytes(digest.Finish()));
}

HashedFiles Listed(std::initializer_list<std::string> lines) {
  HashedFiles files;
  for (const std::string& line : lines) files.Add(line);
  files.Finish();
  return files;
}

bool MayName(const HashedFiles& files, std::string_view file) {
  HashedFiles::Pass pass(files, file.size());
  for (std::size_t i = 0; i < file.size(); i += 3) pass.Feed(AsBytes(file.substr(i, 3)));
  return pass.Finish();
}

class Kinds : public testing::TestWithParam<PlainDigest::Kind> {};
INSTANTIATE_TEST_SUITE_P(OfHashes, Kinds,
                         testing::Values(PlainDigest::Kind::kMd5, PlainDigest::Kind::kSha1,
                                         PlainDigest::Kind::kSha256));

TEST_P(Kinds, NameAFileByItsSizeAndHash) {
  const std::string file = "some file";
  const std::string hash = HexDigest(GetParam(), file);
  EXPECT_TRUE(MayName(Listed({hash + ":9:Name"}), file));
  EXPECT_FALSE(MayName(Listed({hash + ":9:Name"}), "some life"));
  EXPECT_FALSE(MayName(Listed({hash + ":10:Name"}), file));
  EXPECT_TRUE(MayName(Listed({hash + ":*:Name:73"}), file));
  EXPECT_FALSE(MayName(Listed({hash + ":*:Name:73"}), "some life"));
  std::string upper = hash;
  for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 32 : c);
  EXPECT_TRUE(MayName(Listed({upper + ":9:Name"}), file));
}

TEST(HashedFiles, WhatIsNotUnderstoodMayNameAnyFile) {
  const std::string hash = HexDigest(PlainDigest::Kind::kMd5, "some file");
  EXPECT_TRUE(MayName(Listed({"not a hash"}), "x"));
  EXPECT_TRUE(MayName(Listed({hash.substr(1) + ":9:Name"}), "x"));
  EXPECT_TRUE(MayName(Listed({hash + ": 9:Name"}), "some file"));
  EXPECT_TRUE(Listed({}).empty());
  EXPECT_FALSE(MayName(Listed({}), "x"));
}

}  // namespace
}  // namespace counterscan

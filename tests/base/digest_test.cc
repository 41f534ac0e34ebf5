#include "scanner/base/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "scanner/base/byte_reader.h"

namespace counterscan {
namespace {

TEST(Digest, KnownAnswers) {
  // FIPS 180-2 appendix B.
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // printf '' | git hash-object --stdin; echo hello | git hash-object --stdin
  EXPECT_EQ(GitBlobSha1Hex(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(GitBlobSha1Hex("hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
}

TEST(Digest, Md5KnownAnswer) {
  EXPECT_EQ(Md5Hex("abc"), "900150983cd24fb0d6963f7d28e17f72");  // RFC 1321 appendix A.5
}

TEST(Digest, PiecesOfAnySizeGiveTheSameDigests) {
  std::string content;
  for (int i = 0; i < 300; ++i) content += std::to_string(i * i);
  for (std::size_t piece = 1; piece <= 200; ++piece) {
    Digester digester(content.size());
    for (std::size_t at = 0; at < content.size(); at += piece) {
      digester.Update(AsBytes(std::string_view(content).substr(at, piece)));
    }
    const Digests digests = digester.Finish();
    ASSERT_EQ(digests.sha256, Sha256Hex(content)) << piece;
    ASSERT_EQ(digests.git_sha1, GitBlobSha1Hex(content)) << piece;
  }
}

TEST(Digest, GitIdentityOnlyWhereAskedFor) {
  Digester digester(std::nullopt);
  digester.Update(AsBytes("abc"));
  EXPECT_FALSE(digester.Finish().git_sha1);
}

TEST(Digest, StartsAgainAsNew) {
  Digester digester(std::nullopt);
  for (const std::string_view content : {"abc", "", "hello\n", "abc"}) {
    digester.StartAgain(content.size());
    digester.Update(AsBytes(content));
    const Digests both = digester.Finish();
    EXPECT_EQ(both.sha256, Sha256Hex(content));
    EXPECT_EQ(both.git_sha1, GitBlobSha1Hex(content));
    digester.StartAgain(std::nullopt);
    digester.Update(AsBytes("left behind"));
    digester.StartAgain(std::nullopt);
    digester.Update(AsBytes(content));
    const Digests one = digester.Finish();
    EXPECT_EQ(one.sha256, Sha256Hex(content));
    EXPECT_FALSE(one.git_sha1);
  }
}

}  // namespace
}  // namespace counterscan

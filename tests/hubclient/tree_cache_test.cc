#include "hubclient/tree_cache.h"

#include <gtest/gtest.h>

namespace counterscan {
namespace {

const std::string kSha256(64, 'a');
const std::string kBlob(40, 'b');

std::string File(const std::string& members) {
  return R"({"format_version":1,"files":{)" + members + "}}";
}
Result<TreeCache> Parse(std::string_view json) { return ParseTreeCache(json, HubLimits{}); }

TEST(TreeCache, FilesInGitAndInLfs) {
  const auto tree =
      Parse(File(R"("config.json":{"size":519,"blob_id":")" + kBlob +
                 R"("},"a/m.safetensors":{"size":9,"blob_id":")" + kBlob + R"(","lfs_sha256":")" +
                 kSha256 + R"(","lfs_size":1234,"xet_hash":"x"})"));
  ASSERT_TRUE(tree);
  ASSERT_EQ(tree->size(), 2u);
  EXPECT_EQ(tree->at("config.json").hash, kBlob);
  EXPECT_EQ(tree->at("config.json").size, 519u);
  EXPECT_EQ(tree->at("a/m.safetensors").hash, kSha256);
  EXPECT_EQ(tree->at("a/m.safetensors").size, 1234u);
}

TEST(TreeCache, MaskedAndMalformedHashesPromiseNothing) {
  const auto tree =
      Parse(File(R"("a":{"blob_id":")" + kBlob + R"(","lfs_sha256":")" + std::string(64, '*') +
                 R"("},"b":{"blob_id":"xyz"},"c":7,"d":{},"../e":{"blob_id":")" + kBlob +
                 R"("},"f":{"blob_id":")" + kBlob + R"(","lfs_sha256":12}})"));
  ASSERT_FALSE(tree);  // one bracket too many
  const auto again =
      Parse(File(R"("a":{"blob_id":")" + kBlob + R"(","lfs_sha256":")" + std::string(64, '*') +
                 R"("},"b":{"blob_id":"xyz"},"c":7,"d":{},"../e":{"blob_id":")" + kBlob +
                 R"("},"f":{"blob_id":")" + kBlob + R"(","lfs_sha256":12})"));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty());
}

TEST(TreeCache, AnotherVersionIsNotRead) {
  EXPECT_EQ(Parse(R"({"format_version":2,"files":{}})").error().code, ErrorCode::kUnsupported);
  for (const char* json :
       {"{}", "[]", R"({"format_version":1})", R"({"format_version":1,"files":[]})",
        R"({"format_version":"1","files":{}})", "", "x"}) {
    EXPECT_FALSE(Parse(json)) << json;
  }
}

TEST(TreeCache, EveryTruncationIsRefused) {
  const std::string whole = File(R"("a":{"size":1,"blob_id":")" + kBlob + "\"}");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(Parse(whole.substr(0, length))) << length;
  }
  EXPECT_TRUE(Parse(whole));
}

TEST(TreeCache, AFileListedTwiceIsRefused) {
  EXPECT_FALSE(
      Parse(File(R"("a":{"blob_id":")" + kBlob + R"("},"a":{"blob_id":")" + kBlob + "\"}")));
}

}  // namespace
}  // namespace counterscan

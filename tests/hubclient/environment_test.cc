#include "hubclient/environment.h"

#include <gtest/gtest.h>

#include <map>

namespace counterscan {
namespace {

Environment Of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

std::string CacheOf(std::map<std::string, std::string> variables) {
  variables.emplace("HOME", "/home/u");
  const auto settings = ReadHubSettings(Of(std::move(variables)));
  return settings ? settings->cache : "error: " + settings.error().message;
}

TEST(Environment, TheCacheIsFoundByTheRulesInOrder) {
  EXPECT_EQ(CacheOf({}), "/home/u/.cache/huggingface/hub");
  EXPECT_EQ(CacheOf({{"XDG_CACHE_HOME", "/xdg"}}), "/xdg/huggingface/hub");
  EXPECT_EQ(CacheOf({{"XDG_CACHE_HOME", "/xdg"}, {"HF_HOME", "/hf"}}), "/hf/hub");
  EXPECT_EQ(CacheOf({{"HF_HOME", "/hf"}, {"HUGGINGFACE_HUB_CACHE", "/old"}}), "/old");
  EXPECT_EQ(CacheOf({{"HUGGINGFACE_HUB_CACHE", "/old"}, {"HF_HUB_CACHE", "/new"}}), "/new");
}

TEST(Environment, EmptyCountsAsNotSet) {
  EXPECT_EQ(CacheOf({{"HF_HUB_CACHE", ""}, {"HF_HOME", ""}, {"XDG_CACHE_HOME", ""}}),
            "/home/u/.cache/huggingface/hub");
}

TEST(Environment, TildeAndVariablesAreExpanded) {
  EXPECT_EQ(CacheOf({{"HF_HUB_CACHE", "~/c"}}), "/home/u/c");
  EXPECT_EQ(CacheOf({{"HF_HOME", "~"}}), "/home/u/hub");
  EXPECT_EQ(CacheOf({{"HF_HUB_CACHE", "$DATA/c"}, {"DATA", "/d"}}), "/d/c");
  EXPECT_EQ(CacheOf({{"HF_HUB_CACHE", "${DATA}x/c"}, {"DATA", "/d"}}), "/dx/c");
  EXPECT_EQ(CacheOf({{"HF_HUB_CACHE", "/a/$NOT_SET/${NOT_SET}/$/${x"}}),
            "/a/$NOT_SET/${NOT_SET}/$/${x");
  EXPECT_EQ(CacheOf({{"HF_HUB_CACHE", "/a/~/b"}}), "/a/~/b");
}

TEST(Environment, WithoutAHomeThereMustBeACache) {
  EXPECT_FALSE(ReadHubSettings(Of({})));
  EXPECT_TRUE(ReadHubSettings(Of({{"HF_HUB_CACHE", "/c"}})));
}

TEST(Environment, Endpoint) {
  const auto plain = ReadHubSettings(Of({{"HOME", "/h"}}));
  EXPECT_EQ(plain->endpoint, "https://huggingface.co");
  EXPECT_EQ(ReadHubSettings(Of({{"HOME", "/h"}, {"HF_ENDPOINT", "https://mirror/x//"}}))->endpoint,
            "https://mirror/x");
}

// constants.py: _is_true(HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE).
TEST(Environment, OfflineIsSaidByOneOfTwoVariables) {
  EXPECT_EQ(OfflineVariable(Of({})), std::nullopt);
  EXPECT_EQ(OfflineVariable(Of({{"HF_HUB_OFFLINE", "yes"}})), "HF_HUB_OFFLINE");
  EXPECT_EQ(OfflineVariable(Of({{"TRANSFORMERS_OFFLINE", "1"}})), "TRANSFORMERS_OFFLINE");
  EXPECT_EQ(OfflineVariable(Of({{"HF_HUB_OFFLINE", ""}, {"TRANSFORMERS_OFFLINE", "1"}})),
            "TRANSFORMERS_OFFLINE");
  EXPECT_EQ(OfflineVariable(Of({{"HF_HUB_OFFLINE", "0"}, {"TRANSFORMERS_OFFLINE", "1"}})),
            std::nullopt);
}

TEST(Environment, OnlyFourWordsAreTrue) {
  for (const char* word : {"1", "on", "Yes", "TRUE"}) EXPECT_TRUE(IsTrueWord(word)) << word;
  for (const char* word : {"", "0", "2", "true ", "y", "enabled"})
    EXPECT_FALSE(IsTrueWord(word)) << word;
}

}  // namespace
}  // namespace counterscan

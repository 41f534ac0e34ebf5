#include "hubclient/hub_json.h"

#include <gtest/gtest.h>

#include <string>

namespace counterscan {
namespace {

Result<JsonDocument> Parse(std::string_view text) {
  const HubLimits limits;
  return ParseHubJson(text, limits.body_bytes, limits);
}

TEST(HubJson, ReadsEveryKindOfValue) {
  const auto document =
      Parse(R"({"n":null,"b":true,"i":18446744073709551615,"s":"x","a":[1],"o":{}})");
  ASSERT_TRUE(document);
  EXPECT_FALSE(document->broken);
  EXPECT_TRUE(document->root.Find("n")->IsNull());
  EXPECT_EQ(document->root.Bool("b"), true);
  EXPECT_EQ(document->root.Number("i"), 18446744073709551615u);
  EXPECT_EQ(*document->root.Text("s"), "x");
  EXPECT_EQ(document->root.Array("a")->items.size(), 1u);
  EXPECT_NE(document->root.Object("o"), nullptr);
}

TEST(HubJson, NumbersThatAreNoSizesAreNoNumbers) {
  for (const char* text : {"[-1]", "[1.5]", "[18446744073709551616]", "[1e3]", "[1e999]"}) {
    const auto document = Parse(text);
    if (!document) continue;  // out of a double's range: not JSON we read
    if (document->root.items.empty()) {
      EXPECT_TRUE(document->broken) << text;
      continue;
    }
    EXPECT_FALSE(document->root.items[0].number) << text;
  }
}

TEST(HubJson, MembersOfAnotherKindAreNotFound) {
  const auto document = Parse(R"({"s":1,"b":"true","a":{},"o":[],"n":"7"})");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root.Text("s"), nullptr);
  EXPECT_FALSE(document->root.Bool("b"));
  EXPECT_EQ(document->root.Array("a"), nullptr);
  EXPECT_EQ(document->root.Object("o"), nullptr);
  EXPECT_FALSE(document->root.Number("n"));
  EXPECT_EQ(document->root.Find("missing"), nullptr);
}

TEST(HubJson, EveryTruncationIsBrokenAndKeepsWhatCameBefore) {
  const std::string whole = R"({"a":[{"status":"unsafe"},{"status":"safe"}],"b":"x"})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto document = Parse(whole.substr(0, length));
    if (!document) continue;
    EXPECT_TRUE(document->broken) << length;
    const JsonValue* list = document->root.Array("a");
    if (length >= whole.find("},{") + 1) {
      ASSERT_NE(list, nullptr) << length;
      EXPECT_EQ(*list->items.at(0).Text("status"), "unsafe") << length;
    }
  }
  EXPECT_FALSE(Parse(whole)->broken);
}

TEST(HubJson, TextBehindTheValueBreaksIt) { EXPECT_TRUE(Parse(R"({"a":1} x)")->broken); }

TEST(HubJson, ARepeatedKeyBreaksTheDocumentAndBothCopiesStay) {
  const auto document = Parse(R"({"x":{"status":"safe","status":"unsafe"}})");
  ASSERT_TRUE(document);
  ASSERT_TRUE(document->broken);
  EXPECT_EQ(document->broken->message, "repeats the key \"status\"");
  EXPECT_EQ(document->root.Object("x")->members.size(), 2u);
}

TEST(HubJson, DepthIsBounded) {
  HubLimits limits;
  limits.json_depth = 5;
  EXPECT_FALSE(ParseHubJson("[[[[[]]]]]", 100, limits)->broken);
  const auto deeper = ParseHubJson("[[[[[[]]]]]]", 100, limits);
  ASSERT_TRUE(deeper);
  EXPECT_EQ(deeper->broken->code, ErrorCode::kLimit);
  EXPECT_TRUE(Parse(std::string(100'000, '['))->broken);
}

TEST(HubJson, ValuesAndBytesAreBounded) {
  HubLimits limits;
  limits.json_values = 4;
  EXPECT_FALSE(ParseHubJson("[1,2,3]", 100, limits)->broken);
  EXPECT_EQ(ParseHubJson("[1,2,3,4]", 100, limits)->broken->code, ErrorCode::kLimit);
  const auto long_text = ParseHubJson("[1,2]", 4, limits);
  ASSERT_FALSE(long_text);
  EXPECT_EQ(long_text.error().code, ErrorCode::kLimit);
}

TEST(HubJson, InvalidUtf8IsReplacedAndSaid) {
  const auto document = Parse("{\"path\":\"a\xFF\",\"status\":\"safe\xFF\"}");
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->repaired_utf8);
  EXPECT_EQ(*document->root.Text("path"), "a\xEF\xBF\xBD");
  EXPECT_NE(*document->root.Text("status"), "safe");
}

TEST(HubJson, AWordWithAHiddenNulIsAnotherWord) {
  EXPECT_NE(*Parse(R"({"status":"safe\u0000"})")->root.Text("status"), "safe");
}

TEST(HubJson, WhatIsNoJsonAtAllFails) {
  for (const char* text : {"", " ", "<html>", "}", "\xEF\xBB\xBF", "nul"}) {
    EXPECT_FALSE(Parse(text)) << text;
  }
}

}  // namespace
}  // namespace counterscan

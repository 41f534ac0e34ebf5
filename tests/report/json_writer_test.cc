#include "scanner/report/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "scanner/base/text.h"
#include "tests/report/sample_reports.h"
#include "tests/report/showable.h"

namespace counterscan {
namespace {

using Style = JsonWriter::Style;
using Layout = JsonWriter::Layout;

std::string Written(std::string_view text) {
  std::string out;
  JsonWriter json(out, Style::kCompact);
  json.Value(text);
  return out;
}

void ExpectHarmless(const std::string& json) {
  ExpectShowable(json);
  EXPECT_EQ(json.find_first_of("<>&"), std::string::npos) << json;
}

TEST(JsonWriter, EveryPairOfBytesGivesValidHarmlessJson) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const std::string json = Written(text);
      const auto parsed = nlohmann::json::parse(json, nullptr, false);
      ASSERT_TRUE(parsed.is_string()) << first << ' ' << second;
      ASSERT_EQ(parsed.get<std::string>(), IsUtf8(text) ? text : Printable(text));
    }
    ExpectHarmless(Written(std::string(1, static_cast<char>(first))));
  }
}

TEST(JsonWriter, Utf8TextComesBackExactly) {
  for (const std::string& text :
       {std::string("plain"), std::string("a\nb\tc\rd\x01\x1f\x7f"),
        std::string("quote \" back \\"), std::string("</script>&amp;"),
        std::string("\u2028\u2029\u202E\uFEFF"), std::string("\U0001F917 \U000E0041 \U0010FFFF"),
        std::string("nul\0nul", 7)}) {
    const std::string json = Written(text);
    EXPECT_EQ(nlohmann::json::parse(json).get<std::string>(), text);
    ExpectHarmless(json);
  }
}

TEST(JsonWriter, CharactersOutsideTheBasicPlaneAreSurrogatePairs) {
  EXPECT_EQ(Written("\U000E0041"), "\"\\udb40\\udc41\"");
  EXPECT_EQ(Written("\U0010FFFF"), "\"\\udbff\\udfff\"");
  // Those that show are written as they are.
  EXPECT_EQ(Written("\U0001F917"), "\"\U0001F917\"");
}

TEST(JsonWriter, TextThatIsNotUtf8IsEscapedAsItWouldBePrinted) {
  EXPECT_EQ(Written("a\xff\\b"), "\"a\\\\xff\\\\\\\\b\"");
}

TEST(JsonWriter, NumbersKeepAllTheirDigits) {
  std::string out;
  JsonWriter json(out, Style::kCompact);
  json.BeginArray();
  json.Value(std::numeric_limits<std::uint64_t>::max());
  json.Value(std::numeric_limits<std::int64_t>::min());
  json.Value(0).Value(true).Value(false).Null();
  json.Value(std::optional<int>()).Value(std::optional<int>(7)).EndArray();
  EXPECT_EQ(out, "[18446744073709551615,-9223372036854775808,0,true,false,null,null,7]");
}

TEST(JsonWriter, CompactFormHasNoSpaces) {
  std::string out;
  JsonWriter json(out, Style::kCompact);
  json.BeginObject().Field("a", 1).Key("b").BeginArray().EndArray();
  json.Key("c").BeginObject(Layout::kOneLine).EndObject().FieldOrNull("d", "").EndObject();
  EXPECT_EQ(out, R"({"a":1,"b":[],"c":{},"d":null})");
}

TEST(JsonWriter, PrettyFormIndentsByTwoAndKeepsRowsOnOneLine) {
  std::string out;
  JsonWriter json(out, Style::kPretty);
  json.BeginObject().Field("a", "x").Key("empty").BeginArray().EndArray().Key("rows").BeginArray();
  for (int i = 0; i < 2; ++i) {
    json.BeginObject(Layout::kOneLine).Field("i", i);
    json.Key("range").BeginArray().Value(1).Value(2).EndArray().EndObject();
  }
  json.EndArray().EndObject();
  EXPECT_EQ(out,
            "{\n"
            "  \"a\": \"x\",\n"
            "  \"empty\": [],\n"
            "  \"rows\": [\n"
            "    {\"i\": 0, \"range\": [1, 2]},\n"
            "    {\"i\": 1, \"range\": [1, 2]}\n"
            "  ]\n"
            "}");
}

TEST(JsonWriter, NamesOfMembersAreEscapedToo) {
  std::string out;
  JsonWriter json(out, Style::kCompact);
  json.BeginObject().Field(sample::HostileText(), 1).EndObject();
  ExpectHarmless(out);
  EXPECT_EQ(nlohmann::json::parse(out).begin().key(), Printable(sample::HostileText()));
}

#ifndef NDEBUG
TEST(JsonWriterDeathTest, WritingInAnOrderThatJsonForbidsIsOurMistake) {
  std::string out;
  EXPECT_DEATH(JsonWriter(out, Style::kCompact).BeginObject().Value(1), "");
  EXPECT_DEATH(JsonWriter(out, Style::kCompact).BeginArray().Key("a"), "");
  EXPECT_DEATH(JsonWriter(out, Style::kCompact).BeginObject().Key("a").EndObject(), "");
  EXPECT_DEATH(JsonWriter(out, Style::kCompact).BeginObject().EndArray(), "");
}
#endif

}  // namespace
}  // namespace counterscan

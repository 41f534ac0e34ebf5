#include "hubclient/json_parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace counterscan {
namespace {

// Writes the events down again as JSON.
class Writer final : public JsonEvents {
 public:
  bool Null() override { return Put("null"); }
  bool Bool(bool value) override { return Put(value ? "true" : "false"); }
  bool Number(std::optional<std::uint64_t> value) override {
    return Put(value ? fmt::format("{}", *value) : "-0.5");
  }
  bool String(std::string value) override { return Put(nlohmann::json(value).dump()); }
  bool Key(std::string name) override {
    Put(nlohmann::json(name).dump());
    text += ':';
    comma_ = false;
    return true;
  }
  bool BeginObject() override { return Begin('{'); }
  bool EndObject() override { return End('}'); }
  bool BeginArray() override { return Begin('['); }
  bool EndArray() override { return End(']'); }

  std::string text;

 private:
  bool Put(const std::string& word) {
    if (comma_) text += ',';
    text += word;
    comma_ = true;
    return true;
  }
  bool Begin(char c) {
    Put(std::string(1, c));
    comma_ = false;
    return true;
  }
  bool End(char c) {
    text += c;
    comma_ = true;
    return true;
  }
  bool comma_ = false;
};

std::string Reread(std::string_view text) {
  Writer writer;
  return ParseJson(text, writer) ? "broken" : writer.text;
}

TEST(JsonParser, TellsWhatItSees) {
  EXPECT_EQ(Reread(R"( {"a" : [ 1 , true,false ,null,"x", {}, [] ], "b":{"c":-1}} )"),
            R"({"a":[1,true,false,null,"x",{},[]],"b":{"c":-0.5}})");
  EXPECT_EQ(Reread("\xEF\xBB\xBF[]"), "[]");
  EXPECT_EQ(Reread("7"), "7");
}

TEST(JsonParser, EscapesAreWhatTheyStandFor) {
  EXPECT_EQ(Reread(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83D\ude00")"),
            nlohmann::json("\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80").dump());
  for (const char* text :
       {R"("\u12")", R"("\u12g4")", R"("\x41")", R"("\ud83d")", R"("\ude00")", R"("\ud83d\u0041")",
        R"("\ud83dx")", R"("\)", "\"\n\"", "\"\x01\"", "\"x"}) {
    EXPECT_EQ(Reread(text), "broken") << text;
  }
}

TEST(JsonParser, NumbersFollowTheGrammar) {
  for (const char* text : {"0", "10", "18446744073709551615"}) EXPECT_EQ(Reread(text), text);
  for (const char* text : {"-0", "-1", "1.0", "1e3", "1E+3", "1e-3", "0.5", "18446744073709551616",
                           "99999999999999999999999999"}) {
    EXPECT_EQ(Reread(text), "-0.5") << text;
  }
  for (const char* text :
       {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "--1", "1 2"}) {
    EXPECT_EQ(Reread(text), "broken") << text;
  }
}

TEST(JsonParser, StructureIsStrict) {
  for (const char* text : {"[",      "]",      "[1",        "[1,",      "[1,]",       "[,1]",
                           "{",      "{\"a\"", "{\"a\":",   "{\"a\":1", "{\"a\":1,",  "{\"a\":1,}",
                           "{,}",    "{1:2}",  "{\"a\" 1}", "[1}",      "{\"a\":1]",  "[1] x",
                           "[1][2]", "nul",    "truefalse", "'a'",      "[1 // c\n]", "\xEF\xBB"}) {
    EXPECT_EQ(Reread(text), "broken") << text;
  }
}

TEST(JsonParser, ANulEndsNothing) {
  using namespace std::string_literals;
  EXPECT_EQ(Reread("[1]\0[2]"s), "broken");
  EXPECT_EQ(Reread("[1\0]"s), "broken");
  EXPECT_EQ(Reread("\"a\0b\""s), "broken");
}

TEST(JsonParser, DepthCostsNoStack) {
  Writer writer;
  const std::string deep(5'000'000, '[');
  EXPECT_EQ(ParseJson(deep, writer), deep.size());
}

// What another parser takes is taken, and read alike; what it refuses is refused. Mutations of one
// document reach every branch.
TEST(JsonParser, ReadsAsAnotherParserDoes) {
  const std::string seed =
      R"({"status":"sa\u0066e","size":125,"lfs":{"oid":"c9\ud83d\ude00\n"},"n":[null,true,-1.5e+3,[]],"o":{}})";
  const std::string alphabet = "{}[]\":,\\/ubfnrtdeE+-.0123456789aD8 \n\x01\x7F";
  std::mt19937 random(7);
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = seed;
    for (unsigned mutations = random() % 4; mutations > 0; --mutations) {
      const std::size_t at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1 + random() % 3);
      }
    }
    const nlohmann::json theirs = nlohmann::json::parse(text, nullptr, false);
    const std::string ours = Reread(text);
    ASSERT_EQ(ours == "broken", theirs.is_discarded()) << text;
    if (theirs.is_discarded()) continue;
    ++accepted;
    const std::string other = Reread(theirs.dump());
    // Of a repeated key that one keeps only the last.
    if (ours.size() == other.size()) {
      EXPECT_EQ(nlohmann::json::parse(ours), nlohmann::json::parse(other)) << text;
    }
  }
  EXPECT_GT(accepted, 5'000);
}

}  // namespace
}  // namespace counterscan

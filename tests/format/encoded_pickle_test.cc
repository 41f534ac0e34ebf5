// Pickles in text, as base64 in quotes.
#include "scanner/format/encoded_pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = EncodedPickle::Kind;

std::vector<std::uint64_t> Places(std::string_view text, std::size_t step = 0) {
  EncodedPickleSearch search;
  if (step == 0) step = std::max<std::size_t>(text.size(), 1);
  for (std::size_t at = 0; at < text.size(); at += step) {
    search.Feed(AsBytes(text.substr(at, step)));
  }
  return search.places();
}

// Kind and text of all that is found.
std::vector<std::pair<Kind, std::string>> Found(std::string_view text, bool url_safe = false) {
  const MemorySource source(AsBytes(text));
  std::vector<std::pair<Kind, std::string>> found;
  for (const std::uint64_t place : Places(text)) {
    const auto encoded = EncodedPickleAt(source, place);
    if (!encoded || !*encoded) continue;
    EncodedStream stream(source, (*encoded)->begin, url_safe);
    std::string bytes(4096, '\0');
    const auto got = stream.Read(std::as_writable_bytes(std::span(bytes)));
    bytes.resize(got.value_or(0));
    found.emplace_back((*encoded)->kind, bytes);
  }
  return found;
}

const std::string kPickleBytes = "\x80\4\x95 a pickle, or nearly one.";
const std::string kSerialized = R"({"a": {":serialized:": ")";

TEST(EncodedPickle, StringsThatBeginLikeAPickleAreFound) {
  for (int protocol = 2; protocol <= 5; ++protocol) {
    for (const char next : {'\0', '\x7f', '\xff'}) {
      std::string bytes = kPickleBytes;
      bytes[1] = static_cast<char>(protocol);
      bytes[2] = next;
      const std::string text = "[1, \"" + Base64(bytes) + "\"]";
      EXPECT_THAT(Found(text), ElementsAre(std::pair(Kind::kPickle, bytes))) << text;
    }
  }
}

TEST(EncodedPickle, StringsThatBeginLikeACompressedOneAreFound) {
  for (const std::string begin : {"\x1f\x8b\x08", "\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda"}) {
    const std::string bytes = begin + " and what follows";
    EXPECT_THAT(Found("\"" + Base64(bytes) + "\""), ElementsAre(std::pair(Kind::kPacked, bytes)));
  }
}

TEST(EncodedPickle, WhatIsSerializedIsFoundWhateverItLooksLike) {
  const std::string bytes = "cos\nsystem\n(S'true'\ntR.";
  for (const std::string_view key : {"\":serialized:\":", "\":serialized:\"\n\t :  ",
                                     "\"\\u003aserialized\\u003A\":", "\":serialized\\u003a\": "}) {
    const std::string text = "{" + std::string(key) + "\"" + Base64(bytes) + "\"}";
    EXPECT_THAT(Found(text), ElementsAre(std::pair(Kind::kSerialized, bytes))) << text;
  }
  EXPECT_THAT(Found(R"({":serialized:": 7, "serialized": "aaaa", ":Serialized:": "b"})"),
              IsEmpty());
  // Blanks by the megabyte between key and value.
  const std::string far = "{\":serialized:\":" + std::string(1 << 20, ' ') + "\"QUJD\"}";
  EXPECT_THAT(Found(far), ElementsAre(std::pair(Kind::kSerialized, std::string("ABC"))));
}

TEST(EncodedPickle, ShortTokensAndOtherTextAreNothing) {
  EXPECT_THAT(Found(R"({"gAS": 1, "gASV": 2, "eJ": 3, "H4sI": 4, "gAxxxxxxxxxxxxxxxxxxxx": 5})"),
              IsEmpty());
  EXPECT_THAT(Found("gASVaaaaaaaaaaaaaaaaaaaaaaaaaa normalized, tokenizer"), IsEmpty());
  EXPECT_THAT(Places(""), IsEmpty());
}

TEST(EncodedPickle, HowTheTextIsCutDoesNotMatter) {
  std::string text(150, 'x');
  text +=
      kSerialized + Base64(kPickleBytes) + "\", \"" + Base64(kPickleBytes) + "\", \"H4sIAAAA\"}";
  const auto whole = Places(text);
  EXPECT_EQ(whole.size(), 4U);
  for (std::size_t step = 1; step < text.size(); ++step) EXPECT_EQ(Places(text, step), whole);
}

TEST(EncodedPickle, EveryTruncationEnds) {
  const std::string text = kSerialized + "\\u0067" + Base64(kPickleBytes) + "\"}";
  for (std::size_t size = 0; size < text.size(); ++size) Found(text.substr(0, size));
}

TEST(EncodedPickle, MoreThanManyPlacesAreCut) {
  std::string text;
  for (int i = 0; i < 100'001; ++i) text += "\"gA ";
  EncodedPickleSearch search;
  search.Feed(AsBytes(text));
  EXPECT_TRUE(search.cut());
  EXPECT_EQ(search.places().size(), 100'000U);
}

std::string Decoded(std::string_view text, bool url_safe = false) {
  const auto found = Found(kSerialized + std::string(text) + "\"}", url_safe);
  return found.size() == 1 ? found[0].second : "none";
}

// As binascii.a2b_base64() has it.
TEST(EncodedStream, PassesOverWhatIsNoBase64) {
  EXPECT_EQ(Decoded("QUJD"), "ABC");
  EXPECT_EQ(Decoded("!Q U-J_\\nD\\u00e9"), "ABC");
  EXPECT_EQ(Decoded("\\u0051\\u0055JD"), "ABC");
  EXPECT_EQ(Decoded("\\/\\/\\/\\/"), "\xff\xff\xff");
  EXPECT_EQ(Decoded("=Q=UJD"), "ABC");
  EXPECT_EQ(Decoded("QUI=QUJD"), "AB");
  EXPECT_EQ(Decoded("QQ==QUJD"), "A");
  EXPECT_EQ(Decoded("QQ=QUJD"), "A\x04\x14\x24");
  EXPECT_EQ(Decoded("QUJDQ"), "ABC");
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(Decoded("_-8"), "");
  EXPECT_EQ(Decoded("_-8", true), "\xff\xef");
}

TEST(EncodedStream, GivesTheSameInPiecesOfAnySize) {
  const std::string text = Base64(kPickleBytes) + "\"";
  const MemorySource source(AsBytes(text));
  for (std::size_t step = 1; step < kPickleBytes.size(); ++step) {
    EncodedStream stream(source, 0, false);
    std::string bytes;
    std::string piece(step, '\0');
    for (;;) {
      const auto got = stream.Read(std::as_writable_bytes(std::span(piece)));
      ASSERT_TRUE(got);
      if (*got == 0) break;
      bytes += piece.substr(0, *got);
    }
    EXPECT_EQ(bytes, kPickleBytes);
  }
}

}  // namespace
}  // namespace counterscan::format

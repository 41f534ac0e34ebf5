#include "scanner/format/media.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/base/byte_source.h"

namespace counterscan::format {
namespace {

using namespace std::string_literals;
using Outcome = MediaWalk::Outcome;

std::string BigEndian32(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}
std::string LittleEndian32(std::size_t value) {
  const std::string bytes = BigEndian32(value);
  return {bytes.rbegin(), bytes.rend()};
}

std::string PngChunk(const std::string& type, const std::string& data) {
  return BigEndian32(data.size()) + type + data + "\1\2\3\4";
}
std::string Png() {
  return "\x89PNG\r\n\x1a\n" + PngChunk("IHDR", std::string(13, '\1')) +
         PngChunk("IDAT", std::string(300, 'x')) + PngChunk("IEND", "");
}
// A comment, a scan with a stuffed byte, a restart marker and fill bytes.
std::string Jpeg() {
  return "\xff\xd8\xff\xfe\0\7hello\xff\xda\0\4\1\1ab\xff\0cd\xff\xd1"
         "ef\xff\xff\xd9"s;
}
std::string Gif() {
  return "GIF89a\1\0\1\0\x80\0\0"s + std::string(6, '\0') + "!\xfe\5hello\0"s +
         ",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"s;
}
std::string Chunk(const std::string& id, const std::string& data) {
  return id + LittleEndian32(data.size()) + data + (data.size() % 2 == 1 ? "\0"s : "");
}
std::string Riff(const std::string& kind, const std::string& chunks) {
  return "RIFF" + LittleEndian32(kind.size() + chunks.size()) + kind + chunks;
}
std::string Box(const std::string& type, const std::string& data) {
  return BigEndian32(8 + data.size()) + type + data;
}

struct Kind {
  const char* name;
  std::string bytes;
};
std::vector<Kind> Kinds() {
  return {{"png", Png()},
          {"jpeg", Jpeg()},
          {"two jpegs", Jpeg() + Jpeg()},
          {"gif", Gif()},
          {"webp", Riff("WEBP", Chunk("VP8 ", "12345"))},
          {"wave", Riff("WAVE", Chunk("fmt ", "1234567812345678") + Chunk("data", "1234"))},
          {"mp4", Box("ftyp", "isom\0\0\0\1"s) + Box("moov", "abc") + Box("mdat", "defgh")}};
}

MediaWalk Follow(std::string_view bytes) { return FollowMedia(MemorySource(AsBytes(bytes))); }

TEST(FollowMedia, FindsTheEnd) {
  for (const Kind& kind : Kinds()) {
    const MediaWalk walk = Follow(kind.bytes);
    EXPECT_EQ(walk.outcome, Outcome::kWhole) << kind.name;
    EXPECT_EQ(walk.end, kind.bytes.size()) << kind.name;
  }
}

TEST(FollowMedia, WhatStandsBehindIsNoPartOfIt) {
  for (const Kind& kind : Kinds()) {
    if (kind.name == "mp4"s) continue;  // boxes go on to the last byte
    const MediaWalk walk = Follow(kind.bytes + "PK\3\4 and more"s);
    EXPECT_EQ(walk.outcome, Outcome::kWhole) << kind.name;
    EXPECT_EQ(walk.end, kind.bytes.size()) << kind.name;
  }
  EXPECT_EQ(Follow(Kinds().back().bytes + "PK\3\4 and more"s).outcome, Outcome::kBroken);
}

TEST(FollowMedia, EveryTruncationIsBroken) {
  for (const Kind& kind : Kinds()) {
    for (std::size_t size = 12; size < kind.bytes.size(); ++size) {
      const MediaWalk walk = Follow(std::string_view(kind.bytes).substr(0, size));
      // A whole first picture, box or block may stand there.
      EXPECT_LE(walk.end, size) << kind.name << " " << size;
      if (kind.name == "png"s || kind.name == "jpeg"s || kind.name == "webp"s) {
        EXPECT_EQ(walk.outcome, Outcome::kBroken) << kind.name << " " << size;
      }
    }
  }
}

TEST(FollowMedia, AbsurdLengthsAreBroken) {
  const std::string huge = "\xff\xff\xff\xff";
  EXPECT_EQ(Follow("\x89PNG\r\n\x1a\n" + huge + "IHDR").outcome, Outcome::kBroken);
  EXPECT_EQ(Follow("RIFF" + huge + "WAVEfmt " + huge).outcome, Outcome::kBroken);
  EXPECT_EQ(Follow(Box("ftyp", "isom1234") + huge + "mdat12345678").outcome, Outcome::kBroken);
  EXPECT_EQ(Follow(Box("ftyp", "isom1234") + "\0\0\0\1mdat"s + huge + huge).outcome,
            Outcome::kBroken);
  EXPECT_EQ(Follow(Box("ftyp", "isom1234") + "\0\0\0\0mdat1234"s).outcome, Outcome::kWhole);
}

// The first bytes of a picture are a field that protobuf's readers pass over.
TEST(FollowMedia, AGraphBehindAMagicIsNoPicture) {
  const std::string graph =
      "\x0a\x20\x0a\1a\x12\x05"
      "Const" +
      std::string(600, 'x');
  EXPECT_EQ(Follow("\x89PNG\r\n\x1a\n\1\2" + graph).outcome, Outcome::kBroken);
  EXPECT_EQ(Follow("RIFF" + LittleEndian32(64) + "WEBP" + graph).outcome, Outcome::kBroken);
  EXPECT_EQ(Follow("GIF89a=0\n# -*- coding: latin-1 -*-\nimport os\n").outcome, Outcome::kBroken);
}

TEST(FollowMedia, OtherKindsAreNotFollowed) {
  for (const std::string_view head :
       {"II*\0 a TIFF file"s, "ID3\3 an MP3 file"s, "OggS and more"s}) {
    EXPECT_EQ(Follow(head).outcome, Outcome::kNotFollowed);
  }
}

}  // namespace
}  // namespace counterscan::format

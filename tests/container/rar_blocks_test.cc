// The blocks of rar archives: where they end, and which bytes are no file's.

#include "scanner/container/rar_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "tests/support/archive_writer.h"

namespace counterscan::container {
namespace {

RarBlocks Blocks(const std::string& bytes) {
  const MemorySource source(AsBytes(bytes));
  RarBlocks blocks = ReadRarBlocks(source);
  EXPECT_LE(blocks.end, bytes.size());
  for (const Range& range : blocks.unread) {
    EXPECT_LT(range.first, range.last);
    EXPECT_LE(range.last, bytes.size());
  }
  return blocks;
}

std::string Unread(const std::string& bytes) {
  std::string unread;
  for (const Range& range : Blocks(bytes).unread) unread += bytes.substr(range.first, range.size());
  return unread;
}

std::vector<std::string> Honest() {
  return {StoredRar({{"a", "text"}, {"b", std::string(1000, 'b')}}),
          Rar5Start() + Rar5File("a", "text") + Rar5File("b", std::string(1000, 'b')) + Rar5End()};
}

TEST(RarBlocks, EndsWithItsLastBlock) {
  for (const std::string& rar : Honest()) {
    const RarBlocks blocks = Blocks(rar + "behind");
    EXPECT_EQ(blocks.problem, "");
    EXPECT_EQ(blocks.end, rar.size());
    EXPECT_EQ(blocks.files, 2U);
    EXPECT_TRUE(blocks.unread.empty());
  }
}

TEST(RarBlocks, EveryTruncationSaysSo) {
  for (const std::string& rar : Honest()) {
    for (std::size_t size = 0; size < rar.size(); ++size) {
      EXPECT_NE(Blocks(rar.substr(0, size)).problem, "") << size;
    }
  }
}

TEST(RarBlocks, AFlippedByteOfAHeaderIsNoHeader) {
  for (const std::string& rar : Honest()) {
    std::string broken = rar;
    broken[rar.size() - 2] ^= 1;
    EXPECT_NE(Blocks(broken).problem, "");
  }
}

TEST(RarBlocks, WhatIsNoFileIsUnread) {
  EXPECT_EQ(Unread(RarStart() + RarBlock('\x75', "old comment") + RarEnd()), "old comment");
  EXPECT_EQ(Unread(Rar5Start() + Rar5File("CMT", "comment", 3) + Rar5End()), "comment");
  EXPECT_EQ(Unread(Rar5Start() + Rar5Block(9, "unknown", "") + Rar5End()), "unknown");
  EXPECT_EQ(Unread(Rar5Start() + Rar5Block(9, "", "fields") + Rar5End()), "fields");
  EXPECT_EQ(Unread(Rar5Start() + Rar5Block(1, "", std::string(2000, 'x')) + Rar5End()),
            std::string(2000, 'x'));
}

TEST(RarBlocks, DataBehindWhatAStoredFileUnpacksToAreUnread) {
  const std::string fields = {0, 4, 0, 0, 1, 1, 'n'};  // four bytes, stored
  EXPECT_EQ(Unread(Rar5Start() + Rar5Block(2, std::string(20, 'x') + "behind", fields) + Rar5End()),
            "behind");
  const std::string folder = {1, 0, 0, 0, 1, 1, 'n'};
  EXPECT_EQ(Unread(Rar5Start() + Rar5Block(2, "x", folder) + Rar5End()), "x");
}

TEST(RarBlocks, QuickOpenDataThatRepeatHeadersAreRead) {
  const std::string file = Rar5File("a", "text");
  const std::string header = file.substr(0, file.size() - 4);
  // A checksum, a size, flags, the way back, a size, the header.
  const auto quick_open = [&](const std::string& copy) {
    const std::string body = std::string(1, '\0') + static_cast<char>(file.size()) +
                             static_cast<char>(copy.size()) + copy;
    return Rar5File("QO", WithCrc(static_cast<char>(body.size()) + body), 3);
  };
  EXPECT_EQ(Unread(Rar5Start() + file + quick_open(header) + Rar5End()), "");
  std::string other = header;
  other.back() = 'b';
  EXPECT_NE(Unread(Rar5Start() + file + quick_open(other) + Rar5End()), "");
}

TEST(RarBlocks, EncryptedHeadersAreSaidToBe) {
  const RarBlocks blocks = Blocks(Rar5Start() + Rar5Block(4, "", std::string(20, '\0')) + "noise");
  EXPECT_TRUE(blocks.encrypted);
  EXPECT_NE(blocks.problem, "");
}

TEST(RarBlocks, LengthsAtTheirEndsEnd) {
  for (const std::string& size : {std::string(9, '\xff') + "\x01", std::string(10, '\xff'),
                                  std::string("\xff\xff\xff\xff\x7f")}) {
    // A header whose data are said to be as long as that.
    EXPECT_NE(Blocks(Rar5Start() + Rar5Raw(std::string("\x09\x02", 2) + size)).problem, "");
  }
}

}  // namespace
}  // namespace counterscan::container

#include "scanner/base/level.h"

#include <gtest/gtest.h>

#include "scanner/base/limits.h"
#include "scanner/base/stream_reader.h"

namespace counterscan {
namespace {

TEST(Level, NamesAreTheHubsWordsAndGoBothWays) {
  for (const Level level : {Level::kClean, Level::kCaution, Level::kSuspicious, Level::kUnsafe}) {
    EXPECT_EQ(LevelFromName(Name(level)), level);
  }
  EXPECT_EQ(LevelFromName("Unsafe"), std::nullopt);
  EXPECT_EQ(LevelFromName("safe"), std::nullopt);
  EXPECT_EQ(LevelFromName(""), std::nullopt);
}

TEST(Level, TheWorseOfTwoWinsWhicheverComesFirst) {
  EXPECT_EQ(Worse(Level::kClean, Level::kCaution), Level::kCaution);
  EXPECT_EQ(Worse(Level::kUnsafe, Level::kSuspicious), Level::kUnsafe);
  EXPECT_EQ(Worse(Level::kCaution, Level::kCaution), Level::kCaution);
}

TEST(Limits, FitTogether) {
  const Limits limits;
  // StreamReader::Line() holds a line in its buffer.
  EXPECT_LT(limits.pickle_line_bytes, StreamReader::kBufferBytes);
  EXPECT_GT(limits.container_depth, 0);
  // One finding, import or gap at its longest must not make a file's answer outgrow a message.
  EXPECT_LT(limits.pickle_kept_string_bytes, kMessageBytes);
}

}  // namespace
}  // namespace counterscan

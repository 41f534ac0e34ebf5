#include "scanner/cli/progress.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace counterscan {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

TEST(Progress, ALineOfAShortScanIsLeftToItsReport) {
  CaptureStderr();
  {
    Progress progress(false, hours(1));
    progress.Say("a threat");
    progress.Update(1, 2, 100, "model.bin");
  }
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST(Progress, ALineOfALongScanIsPrintedAtOnceAndOnce) {
  CaptureStderr();
  {
    Progress progress(false, milliseconds(0));
    progress.Say("a threat");
    progress.Update(1, 2, 100, "model.bin");
    progress.Say("another");
  }
  EXPECT_EQ(GetCapturedStderr(), "a threat\nanother\n");
}

TEST(Progress, WhatIsHeldBackIsPrintedWhereNoReportFollows) {
  CaptureStderr();
  Progress progress(false, hours(1));
  progress.Say("a threat");
  progress.Say("another");
  progress.SayHeld();
  EXPECT_EQ(GetCapturedStderr(), "a threat\nanother\n");
}

TEST(Progress, OneLineIsRedrawnInPlace) {
  CaptureStderr();
  {
    Progress progress(true);
    progress.Update(1, 2, 100, "a\x1b[2K\nb.bin");
  }
  const std::string line = GetCapturedStderr();
  EXPECT_EQ(line.find("\r\x1b[KScanning 1/2  100 B"), 0u) << line;
  EXPECT_NE(line.find("a\\x1b[2K"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(line.ends_with("\r\x1b[K"));
}

}  // namespace
}  // namespace counterscan

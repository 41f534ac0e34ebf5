#include "scanner/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace counterscan {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail(ErrorCode::kMalformed, "odd number", 7);
  return number / 2;
}

Result<int> Quarter(int number, int& steps) {
  const int half = TRY(Half(number));
  ++steps;
  const int quarter = TRY(Half(half));
  ++steps;
  return quarter;
}

Result<void> Check(bool good) {
  if (!good) return Fail(ErrorCode::kLimit, "too much");
  return {};
}

Result<std::string> CheckThenSay(bool good) {
  TRY(Check(good));
  return std::string("said");
}

Result<std::unique_ptr<int>> Owned() { return std::make_unique<int>(5); }
Result<int> TakeOwned() {
  const auto owned = TRY(Owned());
  return *owned;
}

TEST(Result, TryHandsOnTheValueOrTheWholeError) {
  int steps = 0;
  EXPECT_EQ(Quarter(8, steps).value(), 2);
  EXPECT_EQ(steps, 2);
  const auto failed = Quarter(6, steps);
  ASSERT_FALSE(failed);
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(failed.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(failed.error().message, "odd number");
  EXPECT_EQ(failed.error().offset, 7u);
}

TEST(Result, TryWorksWithoutAValue) {
  EXPECT_EQ(CheckThenSay(true).value(), "said");
  const auto failed = CheckThenSay(false);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kLimit);
  EXPECT_EQ(failed.error().offset, std::nullopt);
}

TEST(Result, TryMovesWhatCannotBeCopied) { EXPECT_EQ(TakeOwned().value(), 5); }

TEST(Result, AnErrorOfTheSystemSaysWhatAndWhy) {
  const Result<int> failed = FailErrno("open", ENOENT);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_EQ(failed.error().message, "open: No such file or directory");
}

TEST(Result, EveryCodeHasItsName) {
  EXPECT_EQ(Name(ErrorCode::kTruncated), "truncated");
  EXPECT_EQ(Name(ErrorCode::kMalformed), "malformed");
  EXPECT_EQ(Name(ErrorCode::kLimit), "limit");
  EXPECT_EQ(Name(ErrorCode::kUnsupported), "unsupported");
  EXPECT_EQ(Name(ErrorCode::kIo), "io");
}

}  // namespace
}  // namespace counterscan

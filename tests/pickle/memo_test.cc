#include "pickle/machine/memo.h"

#include <gtest/gtest.h>

#include <vector>

#include "pickle/machine/objects.h"

namespace counterscan::pickle {
namespace {

TEST(Memo, MemoizeWritesToTheSlotNumberedByTheCount) {
  Memo memo(100, 100);
  EXPECT_TRUE(memo.Set(5, Value::Int(50)));
  EXPECT_TRUE(memo.Memoize(Value::Int(1)));  // one slot in use: slot 1
  EXPECT_EQ(memo.Get(1), Value::Int(1));
  EXPECT_TRUE(memo.Get(0).is(Kind::kNothing));
  EXPECT_TRUE(memo.Set(5, Value::Int(51)));  // the count stays
  EXPECT_EQ(memo.count(), 2u);
}

TEST(Memo, HoldsSlotsFarApart) {
  Memo memo(100, 100);
  EXPECT_TRUE(memo.Set(0x7ffffff0, Value::Int(1)));
  EXPECT_TRUE(memo.Set(~std::uint64_t{0}, Value::Int(2)));
  EXPECT_TRUE(memo.Set(0, Value::Int(3)));
  EXPECT_EQ(memo.Get(0x7ffffff0), Value::Int(1));
  EXPECT_EQ(memo.Get(~std::uint64_t{0}), Value::Int(2));
  EXPECT_EQ(memo.Get(0), Value::Int(3));
}

TEST(Memo, FindsSlotsThatWereWrittenAheadOfTheirPage) {
  Memo memo(100'000, 100);
  EXPECT_TRUE(memo.Set(10'000, Value::Int(7)));
  for (std::uint64_t i = 0; i < 9'999; ++i) EXPECT_TRUE(memo.Set(i, Value::Int(1)));
  EXPECT_EQ(memo.Get(10'000), Value::Int(7));
  EXPECT_TRUE(memo.Get(10'001).is(Kind::kNothing));
  EXPECT_EQ(memo.count(), 10'000u);
}

TEST(Memo, RefusesMoreThanItsLimit) {
  Memo memo(3, 3);
  EXPECT_TRUE(memo.Set(0, Value::Int(0)));
  EXPECT_TRUE(memo.Set(1'000'000, Value::Int(1)));
  EXPECT_TRUE(memo.Set(1, Value::Int(2)));
  EXPECT_FALSE(memo.Set(2, Value::Int(3)));
  EXPECT_FALSE(memo.Set(2'000'000, Value::Int(3)));
  EXPECT_TRUE(memo.Set(1'000'000, Value::Int(9)));  // a slot in use may be written
  memo.Clear();
  EXPECT_EQ(memo.count(), 0u);
  EXPECT_TRUE(memo.Get(0).is(Kind::kNothing));
}

TEST(Memo, LeapingIndicesTakeBoundedRoom) {
  Memo memo(100'000, 50);
  std::size_t kept = 0;
  for (std::uint64_t i = 1; i <= 1000; ++i) kept += memo.Set(i << 20, Value::Int(1)) ? 1u : 0u;
  EXPECT_EQ(kept, 50u);
  // A leap of one page each time: the row ends where it would with all slots in use.
  for (std::uint64_t i = 0; i < 10'000; ++i) kept += memo.Set(i << 9, Value::Int(1)) ? 1u : 0u;
  EXPECT_LT(kept, 300u);
  EXPECT_TRUE(memo.Memoize(Value::Int(7)));
}

TEST(Value, KeepsNumbersOfBothSigns) {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 55) - 1, -(std::int64_t{1} << 55)}) {
    ASSERT_TRUE(Value::FitsInt(number));
    EXPECT_EQ(Value::Int(number).number(), number);
  }
  EXPECT_FALSE(Value::FitsInt(std::int64_t{1} << 55));
}

TEST(Objects, ForgetsOldTuplesAndSaysSo) {
  Objects objects;
  const std::vector<Value> items(30, Value::Int(1));
  const Value first = objects.MakeTuple(items);
  ASSERT_TRUE(objects.Of(first));
  EXPECT_TRUE(objects.Of(first)->whole());
  for (int i = 0; i < 100'000; ++i) objects.MakeTuple(items);
  EXPECT_FALSE(objects.Of(first));
}

TEST(Objects, KeepsTheFirstItemsOfALongTuple) {
  Objects objects;
  const Value tuple = objects.MakeTuple(std::vector<Value>(100'000, Value::Int(1)));
  const auto contents = objects.Of(tuple);
  ASSERT_TRUE(contents);
  EXPECT_EQ(contents->first.size(), Objects::kKeptTupleItems);
  EXPECT_FALSE(contents->whole());
}

TEST(Objects, AContainerThatLostItsPlaceStaysForgotten) {
  Objects objects;
  const Value dict(Kind::kDict, 7);
  const Value other(Kind::kDict, 7 + Objects::kContainers);
  objects.Create(dict);
  objects.Extend(dict, std::vector<Value>{Value::Int(1), Value::Int(2)});
  EXPECT_EQ(objects.Of(dict)->count, 2u);
  objects.Create(other);
  objects.Extend(dict, std::vector<Value>{Value::Int(3), Value::Int(4)});
  EXPECT_FALSE(objects.Of(dict));
}

}  // namespace
}  // namespace counterscan::pickle

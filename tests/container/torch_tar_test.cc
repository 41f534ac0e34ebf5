// Which bytes of an old torch tar are numbers, and where that is not certain.

#include "scanner/container/torch_tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scanner/base/byte_reader.h"
#include "tests/support/compress.h"
#include "tests/support/pickle_builder.h"

namespace counterscan::container {
namespace {

std::string Count(int number) { return PickleBuilder().Proto(2).Int(number).Stop(); }

TorchTarLayout Layout(const std::string& bytes, TorchTarMember member = TorchTarMember::kStorages) {
  const MemorySource source(AsBytes(bytes));
  const TorchTarLayout layout = ReadTorchTarMember(source, member);
  EXPECT_LE(layout.end, bytes.size());
  return layout;
}

// One storage of two elements behind such a record, and a pickle.
bool Follows(const std::string& record, std::uint64_t element_bytes) {
  const std::string numbers = LittleEndian(2, 8) + std::string(2 * element_bytes, '\xff');
  const std::string known = Count(1) + record + numbers;
  const TorchTarLayout layout = Layout(known + "N.");
  return layout.complete && layout.end == known.size();
}

TEST(TorchTar, ElementsAreAsLongAsTheirClassSays) {
  EXPECT_TRUE(Follows(OldTorchRecord("FloatStorage"), 4));
  EXPECT_TRUE(Follows(OldTorchRecord("DoubleStorage"), 8));
  EXPECT_TRUE(Follows(OldTorchRecord("ByteStorage"), 1));
  EXPECT_FALSE(Follows(OldTorchRecord("FloatTensor"), 4));
  EXPECT_FALSE(Follows(OldTorchRecord("OtherStorage"), 4));
}

TEST(TorchTar, WhatEveryPicklerWritesIsFollowed) {
  // Python 2: marks and memo.
  EXPECT_TRUE(Follows("(L12L\nS'cpu'\np0\nctorch\nFloatStorage\np1\ntp2\n.", 4));
  EXPECT_TRUE(
      Follows("\x80\x02\x8a\x05\x01\x02\x03\x04\x05U\x03"
              "cpuq\x01"
              "ctorch\nHalfStorage\nq\x02\x87q\x03.",
              2));
  EXPECT_TRUE(Follows(
      "\x80\x02(K\x01X\x06" + std::string(3, '\0') + "cuda:0ctorch.cuda\nLongStorage\nt.", 8));
}

TEST(TorchTar, WhatHidesItsResultIsNot) {
  const std::string head =
      "\x80\x02(K\x01U\x03"
      "cpu";
  const std::string one = "ctorch\nFloatStorage\n";
  const std::string other = "ctorch\nDoubleStorage\n";
  ASSERT_TRUE(Follows(head + one + "t.", 4));
  for (const std::string& tail : std::vector<std::string>{
           one + other + "0t.",                    // dropped
           one + "q\x01" + "0h\x01t.",             // taken from the memo
           one + other + "t.",                     // four items
           "0" + one + other + "t.",               // another item dropped
           one + "t0(K\x01U\x01x" + other + "t.",  // another tuple
           one + "t" + one + ".",                  // something left on the stack
           "cos\nFloatStorage\nt.",                // of another module
           "S'torch'\nS'FloatStorage'\n\x93t.",    // by names that are computed
           one + ")R" + "t.",                      // called
           "(K\x01K\x02" + one + "tt.",            // a tuple in the tuple
       }) {
    EXPECT_FALSE(Follows(head + tail, 4)) << tail;
    EXPECT_FALSE(Follows(head + tail, 8)) << tail;
  }
}

TEST(TorchTar, AsManyRecordsAsAreCounted) {
  const std::string record = OldTorchRecord("ByteStorage") + LittleEndian(1, 8) + "x";
  EXPECT_TRUE(Layout(Count(0) + record).complete);
  EXPECT_TRUE(Layout(Count(0) + record).numbers.empty());
  EXPECT_EQ(Layout(Count(2) + record + record + record).numbers.size(), 2U);
  EXPECT_FALSE(Layout(Count(3) + record + record).complete);
  EXPECT_FALSE(Layout(Count(-1) + record).complete);
  EXPECT_FALSE(Layout(record).complete);
  EXPECT_FALSE(Layout("I01\n." + record).complete);
}

TEST(TorchTar, CountsOfElementsThatDoNotFitOrOverflowAreNoRecord) {
  for (const std::uint64_t elements :
       {std::uint64_t{3}, std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
    EXPECT_FALSE(
        Layout(Count(1) + OldTorchRecord("FloatStorage") + LittleEndian(elements, 8) + "12345678")
            .complete)
        << elements;
  }
}

TEST(TorchTar, TensorsHaveSizesAndStrides) {
  const std::string shape = LittleEndian(2, 8) + LittleEndian(3, 8);
  const std::string tensors = Count(1) + OldTorchRecord("FloatTensor") + LittleEndian(2, 4) +
                              LittleEndian(0, 4) + shape + shape + LittleEndian(0, 8);
  const TorchTarLayout layout = Layout(tensors, TorchTarMember::kTensors);
  EXPECT_TRUE(layout.complete);
  EXPECT_EQ(layout.end, tensors.size());
  const std::string storage = Count(1) + OldTorchRecord("FloatStorage") + LittleEndian(2, 4) +
                              LittleEndian(0, 4) + shape + shape + LittleEndian(0, 8);
  EXPECT_FALSE(Layout(storage, TorchTarMember::kTensors).complete);
}

TEST(TorchTar, EveryTruncationEnds) {
  const std::string bytes = Count(2) + OldTorchRecord("ByteStorage") + LittleEndian(1, 8) + "x" +
                            OldTorchRecord("IntStorage") + LittleEndian(1, 8) + "xxxx";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Layout(bytes.substr(0, size)).complete) << size;
  }
  EXPECT_TRUE(Layout(bytes).complete);
}

}  // namespace
}  // namespace counterscan::container

#include "scanner/base/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace counterscan {
namespace {

TEST(Processors, AreCountedThatThisProcessMayUse) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  EXPECT_EQ(ProcessorCount(), static_cast<unsigned>(CPU_COUNT(&before)));

  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(ProcessorCount(), 1U);
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
}

}  // namespace
}  // namespace counterscan

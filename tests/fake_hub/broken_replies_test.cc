#include "tests/fake_hub/broken_replies.h"

#include <gtest/gtest.h>

#include <set>

namespace counterscan::fake {
namespace {

TEST(BrokenReplies, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const auto& list : {BrokenReplies("https://elsewhere.test"), RefusingReplies()}) {
    for (const BrokenReply& one : list) EXPECT_TRUE(names.insert(one.name).second) << one.name;
  }
}

TEST(RefusingReplies, AreNoSuccess) {
  for (const BrokenReply& one : RefusingReplies()) EXPECT_GE(one.reply.status, 400) << one.name;
}

}  // namespace
}  // namespace counterscan::fake

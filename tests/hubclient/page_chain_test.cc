#include "hubclient/page_chain.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

namespace counterscan {
namespace {

ListingPage First(std::optional<std::string> next = {}) {
  return {.next = std::move(next), .is_first = true, .has_status = true};
}
ListingPage Later(std::optional<std::string> next = {}) {
  return {.next = std::move(next), .has_status = true};
}

TEST(PageChain, OneChainToItsEndIsWhole) {
  PageChain chain;
  EXPECT_FALSE(chain.IsWhole());
  chain.Add("1", First("2"));
  EXPECT_FALSE(chain.IsWhole());
  chain.Add("2", Later("3"));
  chain.Add("3", Later());
  EXPECT_TRUE(chain.IsWhole());
  EXPECT_TRUE(chain.IsWhole());  // asked again
}

TEST(PageChain, CirclesCutsAndAnotherListingAreNoEnd) {
  PageChain circle;
  circle.Add("1", First("2"));
  circle.Add("2", Later("1"));
  EXPECT_FALSE(circle.IsWhole());

  ListingPage cut = Later();
  cut.cut = true;
  PageChain broken;
  broken.Add("1", First("2"));
  broken.Add("2", cut);
  EXPECT_FALSE(broken.IsWhole());

  PageChain other;
  other.Add("1", First("2"));
  other.Add("2", {});  // without the status of its files
  EXPECT_FALSE(other.IsWhole());
}

TEST(PageChain, EveryFirstPageHasToLeadToAnEnd) {
  PageChain chain;
  chain.Add("1", First());
  chain.Add("one", First("two"));
  EXPECT_FALSE(chain.IsWhole());
  chain.Add("two", Later("1"));
  EXPECT_TRUE(chain.IsWhole());
}

// A listing without the status came by first; what it may lead to, one with the status may not.
TEST(PageChain, AnEndWithoutTheStatusIsNoneForAListingWithIt) {
  PageChain chain;
  chain.Add("plain", {.next = "2", .is_first = true});
  chain.Add("expanded", First("2"));
  chain.Add("2", {});
  EXPECT_FALSE(chain.IsWhole());
}

// Each of the pages can be the first of a listing.
TEST(PageChain, ManyFirstPagesInOneChainAreEachFollowedOnce) {
  constexpr std::size_t kPages = 10'000;
  PageChain chain;
  for (std::size_t i = 0; i < kPages; ++i) {
    const bool last = i + 1 == kPages;
    chain.Add(std::to_string(i), First(last ? std::nullopt : std::optional(std::to_string(i + 1))));
  }
  EXPECT_TRUE(chain.IsWhole());
  EXPECT_LE(chain.steps(), 2 * kPages);
}

}  // namespace
}  // namespace counterscan

#include "hubclient/page_chain.h"

namespace counterscan {

void PageChain::Add(const std::string& url, const ListingPage& page) {
  const auto [known, is_new] = pages_.try_emplace(url, Kept{page});
  if (is_new) return;
  ListingPage& before = known->second.page;
  before.cut |= page.cut || page.next != before.next;
}

bool PageChain::IsWhole() {
  bool whole = false;
  std::size_t walk = 0;
  for (auto& [url, kept] : pages_) {
    kept.walk[0] = kept.walk[1] = 0;
  }
  for (auto& [url, kept] : pages_) {
    if (!kept.page.is_first) continue;
    if (!ComesToItsEnd(kept, ++walk)) return false;
    whole = true;
  }
  return whole;
}

bool PageChain::ComesToItsEnd(Kept& first, std::size_t walk) {
  const std::size_t kind = first.page.has_status ? 1 : 0;
  for (Kept* at = &first;;) {
    ++steps_;
    std::size_t& came_by = at->walk[kind];
    if (came_by == walk) return false;  // a circle
    if (came_by != 0) return true;      // that walk came to the end
    came_by = walk;
    if (at->page.cut) return false;
    if (!at->page.next) return true;
    const auto next = pages_.find(*at->page.next);
    if (next == pages_.end()) return false;
    // One that goes on without the status of its files does not go on with the same listing.
    if (first.page.has_status && !next->second.page.has_status) return false;
    at = &next->second;
  }
}

}  // namespace counterscan

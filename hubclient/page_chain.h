// PageChain: the pages of a listing that came, and whether they come to an end.
//
// Work is linear in the pages, however they lead to each other: a page that is known to come to its
// end is not followed again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

namespace counterscan {

struct ListingPage {
  std::optional<std::string> next{};  // URL of the page that follows
  bool is_first = false;
  bool has_status = false;  // of each of its files
  bool cut = false;         // it says that there is a next page, at a place we do not follow
};

class PageChain {
 public:
  // The same page twice has to go on in the same way, or it is cut.
  void Add(const std::string& url, const ListingPage& page);
  bool empty() const { return pages_.empty(); }

  // True when there is a first page, and from each of them the pages lead to one that has no next.
  // A listing that begins with the status of its files has to go on with it.
  bool IsWhole();

  // Pages that IsWhole() has looked at.
  std::size_t steps() const { return steps_; }

 private:
  struct Kept {
    ListingPage page;
    // The walk that came by, for listings without and with the status; 0 for none.
    std::size_t walk[2] = {0, 0};
  };
  bool ComesToItsEnd(Kept& first, std::size_t walk);

  std::unordered_map<std::string, Kept> pages_;
  std::size_t steps_ = 0;
};

}  // namespace counterscan

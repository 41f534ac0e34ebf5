// FindingList: the findings of one file, bounded per level so that a flood of small ones cannot
// push out a bad one, and per rule so that a flood of one kind cannot push out another.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "pickle/outcome.h"

namespace counterscan::pickle {

class FindingList {
 public:
  explicit FindingList(std::size_t limit_per_level);

  // Adds a finding of this rule, at the rule's own level.
  void Add(std::string_view rule, std::uint64_t offset, std::string message);
  // The same; the message is only made when there is room for it.
  template <class MakeMessage>
  requires std::is_invocable_r_v<std::string, MakeMessage>
  void Add(std::string_view rule, std::uint64_t offset, MakeMessage make_message) {
    Add(rule, offset, IsFull(rule) ? std::string() : make_message());
  }

  // Adds a finding at a level, or one that a row of the user's policy excuses: those are kept, but
  // cannot push out any other.
  void Add(Finding finding);

  bool IsFull(std::string_view rule) const;

  // For taking back what a trial found: nothing added since Mark() stays after Rewind().
  struct Position {
    std::size_t size = 0;
    std::array<std::size_t, 4> of_level{};
    std::vector<std::size_t> of_rule;
  };
  Position Mark() const { return {findings_.size(), of_level_, of_rule_}; }
  void Rewind(const Position& position);

  // The findings; the last of a level that had more than the limit says so.
  std::vector<Finding> Take();

 private:
  // One rule has this part of the room that its level has.
  static constexpr std::size_t kShareOfARule = 4;

  std::size_t limit_per_level_;
  std::size_t limit_per_rule_;
  std::vector<Finding> findings_;
  // Left out ones count too.
  std::array<std::size_t, 4> of_level_{};  // kClean: excused ones
  std::vector<std::size_t> of_rule_;       // by the rule's place in Rules()
};

}  // namespace counterscan::pickle

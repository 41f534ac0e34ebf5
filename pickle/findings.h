// FindingList: the findings of one file, bounded per level so that a flood of small ones cannot
// push out a bad one.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "pickle/analysis.h"

namespace counterscan::pickle {

class FindingList {
 public:
  explicit FindingList(std::size_t limit_per_level) : limit_(limit_per_level) {}

  // Adds a finding of this rule, at the rule's own level.
  void Add(std::string_view rule, std::uint64_t offset, std::string message);
  // The same; the message is only made when there is room for it.
  template <class MakeMessage>
  requires std::is_invocable_r_v<std::string, MakeMessage>
  void Add(std::string_view rule, std::uint64_t offset, MakeMessage make_message) {
    Add(rule, offset, IsFull(rule) ? std::string() : make_message());
  }

  bool IsFull(std::string_view rule) const;

  // For taking back what a trial found: nothing added since Mark() stays after Rewind().
  struct Position {
    std::size_t size = 0;
    std::array<std::size_t, 4> counts{};
  };
  Position Mark() const { return {findings_.size(), counts_}; }
  void Rewind(const Position& position);

  // The findings; the last of a level that had more than the limit says so.
  std::vector<Finding> Take();

 private:
  std::size_t limit_;
  std::vector<Finding> findings_;
  std::array<std::size_t, 4> counts_{};  // by level, left out ones too
};

}  // namespace counterscan::pickle

// What a reader of a finding wants to know beyond its rule: how it looks, and what to do.
#pragma once

#include <span>
#include <string_view>

namespace counterscan::pickle {

struct RuleGuide {
  std::string_view id;       // of a row of rules.h
  std::string_view example;  // as counterscan explain shows such a pickle
  std::string_view advice;
};

// One for each rule, in their order.
std::span<const RuleGuide> RuleGuides();

// nullptr for an id that is none of ours.
const RuleGuide* FindRuleGuide(std::string_view id);

}  // namespace counterscan::pickle

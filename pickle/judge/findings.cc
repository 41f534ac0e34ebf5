#include "pickle/judge/findings.h"

#include <algorithm>
#include <cassert>

#include "pickle/rules.h"

namespace counterscan::pickle {

namespace {

std::size_t PlaceOf(const Rule& rule) { return static_cast<std::size_t>(&rule - Rules().data()); }

}  // namespace

FindingList::FindingList(std::size_t limit_per_level)
    : limit_per_level_(limit_per_level),
      limit_per_rule_(std::max<std::size_t>(1, limit_per_level / kShareOfARule)),
      of_rule_(Rules().size()) {}

void FindingList::Add(std::string_view rule, std::uint64_t offset, std::string message) {
  const Rule* row = FindRule(rule);
  assert(row != nullptr);
  Add({std::string(rule), row->level, offset, std::move(message)});
}

void FindingList::Add(Finding finding) {
  if (!finding.suppressed.empty()) {
    // No finding is clean: that count is free.
    std::size_t& excused = of_level_[static_cast<std::size_t>(Level::kClean)];
    if (++excused <= limit_per_level_) findings_.push_back(std::move(finding));
    return;
  }
  const Rule* row = FindRule(finding.rule);
  assert(row != nullptr);
  std::size_t& of_level = of_level_[static_cast<std::size_t>(finding.level)];
  std::size_t& of_rule = of_rule_[PlaceOf(*row)];
  if (++of_rule > limit_per_rule_ || ++of_level > limit_per_level_) return;
  if (of_rule == limit_per_rule_) {
    finding.message += " (further findings of this rule are left out)";
  } else if (of_level == limit_per_level_) {
    finding.message += " (further findings of this level are left out)";
  }
  findings_.push_back(std::move(finding));
}

bool FindingList::IsFull(std::string_view rule) const {
  const Rule* row = FindRule(rule);
  assert(row != nullptr);
  return of_rule_[PlaceOf(*row)] >= limit_per_rule_ ||
         of_level_[static_cast<std::size_t>(row->level)] >= limit_per_level_;
}

void FindingList::Rewind(const Position& position) {
  findings_.resize(position.size);
  of_level_ = position.of_level;
  of_rule_ = position.of_rule;
}

std::vector<Finding> FindingList::Take() { return std::move(findings_); }

}  // namespace counterscan::pickle

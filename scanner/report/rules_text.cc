#include "scanner/report/rules_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "scanner/report/phrases.h"
#include "scanner/report/text_layout.h"

namespace counterscan {

std::string RulesText(std::span<const Rule> rules, const TextOptions& options) {
  std::vector<const Rule*> sorted;
  for (const Rule& rule : rules) sorted.push_back(&rule);
  std::sort(sorted.begin(), sorted.end(),
            [](const Rule* a, const Rule* b) { return a->id < b->id; });
  std::string out;
  TextLayout layout(out, options);
  for (const Rule* rule : sorted) {
    layout.Labelled(0, Tint::kNone, fmt::format("{:<9} {:<10}", rule->id, Name(rule->level)), 22,
                    rule->title);
  }
  return out;
}

std::string RuleText(const Rule& rule, const TextOptions& options) {
  std::string out;
  TextLayout layout(out, options);
  layout.Labelled(0, Tint::kBold, rule.id, 9, rule.title);
  layout.Labelled(2, Tint::kNone, "level", 9, Name(rule.level));
  layout.Labelled(2, Tint::kNone, "why", 9, rule.why);
  if (!rule.example.empty()) layout.Labelled(2, Tint::kNone, "as in", 9, rule.example);
  if (!rule.advice.empty()) layout.Labelled(2, Tint::kNone, "do", 9, rule.advice);
  return out;
}

}  // namespace counterscan

// `counterscan rules [ID]`.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "pickle/rule_guides.h"
#include "pickle/rules.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/command.h"
#include "scanner/cli/terminal.h"
#include "scanner/model/rules.h"
#include "scanner/report/rules_text.h"

namespace counterscan {
namespace {

std::vector<Rule> AllRules() {
  std::vector<Rule> rules(pickle::Rules().begin(), pickle::Rules().end());
  for (Rule& rule : rules) {
    if (const pickle::RuleGuide* guide = pickle::FindRuleGuide(rule.id)) {
      rule.example = guide->example;
      rule.advice = guide->advice;
    }
  }
  rules.insert(rules.end(), FileRules().begin(), FileRules().end());
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  return rules;
}

}  // namespace

int RunRules(const std::vector<std::string>& arguments) {
  CLI::App app("list the rules, or tell all about one", "counterscan rules");
  std::string id;
  app.add_option("ID", id, "the id of a rule, as reports show it: PKL-101");
  const auto help = ParseArguments(app, arguments);
  if (!help) return UsageError(help.error().message);
  const std::vector<Rule> rules = AllRules();
  std::string text;
  if (*help) {
    text = **help;
  } else if (id.empty()) {
    text = RulesText(rules, TextOptionsFor(ColorChoice::kAuto));
  } else {
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& row) {
      return AsciiLower(row.id) == AsciiLower(id);
    });
    if (rule == rules.end()) {
      std::vector<std::string> ids;
      for (const Rule& row : rules) ids.emplace_back(row.id);
      const auto nearest = Nearest(id, ids);
      return UsageError(fmt::format("there is no rule '{}'.{}", Printable(id),
                                    nearest ? " Did you mean '" + *nearest + "'?" : ""));
    }
    text = RuleText(*rule, TextOptionsFor(ColorChoice::kAuto));
  }
  return WriteAll(STDOUT_FILENO, text) ? 0 : 2;
}

}  // namespace counterscan

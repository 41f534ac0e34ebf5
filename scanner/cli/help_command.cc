// `counterscan help [TOPIC]` and `counterscan version`.

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/command.h"
#include "scanner/cli/help_topics.h"
#include "scanner/model/gap_reason.h"

namespace counterscan {
namespace {

std::string Overview() {
  std::string text =
      "counterscan: a second opinion on downloaded model files\n\n"
      "usage: counterscan COMMAND [ARGUMENTS]\n\n";
  for (const Command& command : Commands()) {
    text += fmt::format("  {:<26}{}\n", command.synopsis, command.summary);
  }
  text += "\ntopics: counterscan help TOPIC\n\n";
  for (const HelpTopic& topic : HelpTopics()) {
    text += fmt::format("  {:<26}{}\n", topic.name, topic.summary);
  }
  text += "\noptions of a command: counterscan COMMAND --help\n";
  return text;
}

std::string TextOf(const HelpTopic& topic) {
  std::string text(topic.text);
  if (topic.name != "accept") return text;
  for (const GapReasonRow& row : GapReasons()) {
    text += fmt::format("      {:<26}{}\n", row.name, row.sentence);
  }
  return text;
}

// What else people call a topic.
struct Alias {
  std::string_view word;
  std::string_view topic;
};
constexpr auto kAliases = std::to_array<Alias>({
    {"classes", "verdicts"},
    {"env", "environment"},
    {"exit", "exit-status"},
    {"exit-code", "exit-status"},
    {"exit-codes", "exit-status"},
    {"exit-statuses", "exit-status"},
    {"gaps", "accept"},
    {"levels", "verdicts"},
    {"status", "exit-status"},
});

// "There are: a, b, c." of the topics and commands.
std::string AllThereIs() {
  std::vector<std::string_view> names;
  for (const HelpTopic& topic : HelpTopics()) names.push_back(topic.name);
  for (const Command& command : Commands()) names.push_back(command.name);
  return fmt::format("There is help on: {}.", fmt::join(names, ", "));
}

int Print(std::string_view text) { return WriteAll(STDOUT_FILENO, text) ? 0 : 2; }

}  // namespace

int RunHelp(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return Print(Overview());
  std::string word = arguments.front();
  if (word == "-h" || word == "--help" || word == "help") return Print(Overview());
  for (const Alias& alias : kAliases) {
    if (alias.word == word) word = alias.topic;
  }
  std::vector<std::string> known;
  for (const HelpTopic& topic : HelpTopics()) {
    if (topic.name == word) return Print(TextOf(topic));
    known.emplace_back(topic.name);
  }
  for (const Command& command : Commands()) {
    if (command.name == word) return command.run({"--help"});
    known.emplace_back(command.name);
  }
  const auto nearest = Nearest(word, known);
  return UsageError(fmt::format("there is no help on '{}'. {}", Printable(word),
                                nearest ? "Did you mean '" + *nearest + "'?" : AllThereIs()));
}

int RunVersion(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && (arguments.front() == "-h" || arguments.front() == "--help")) {
    return Print("usage: counterscan version\n");
  }
  if (!arguments.empty()) return UsageError("version takes no arguments.");
  return Print("counterscan " COUNTERSCAN_VERSION
               "\nreports: counterscan.report/1   Hub exports: counterscan.hub/1\n"
               "GPL-2.0-only, with an exception for OpenSSL; no warranty\n");
}

}  // namespace counterscan

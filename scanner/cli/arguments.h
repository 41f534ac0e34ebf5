// What every command shares in reading its arguments. The only code that includes CLI11.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/base/result.h"

namespace counterscan {

// Lets `app` parse `arguments`. Returns the help text when it was asked for; an Error is a usage
// error in words for the user, with the nearest option where one was misspelt.
Result<std::optional<std::string>> ParseArguments(CLI::App& app,
                                                  const std::vector<std::string>& arguments);

// A usage error in words for the user; one that lists the words that an option takes.
tl::unexpected<Error> WrongUsage(std::string message);
tl::unexpected<Error> NoneOf(std::string_view option, const std::string& word,
                             const std::vector<std::string>& names);

// The value that `word` stands for. An Error lists the words there are, and the one that is meant.
template <class Value>
Result<Value> Choose(std::string_view option, const std::string& word,
                     const std::map<std::string, Value>& choices) {
  const auto found = choices.find(word);
  if (found != choices.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  return NoneOf(option, word, names);
}

// "36h", "7d", "90m", "3600s" or "3600" as seconds.
Result<std::chrono::seconds> ParseDuration(const std::string& text);

// The candidate nearest to `word`, if it is near enough to be meant.
std::optional<std::string> Nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace counterscan

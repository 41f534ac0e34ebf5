// What every command shares in reading its arguments. The only code that includes CLI11.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
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

// The candidate nearest to `word`, if it is near enough to be meant.
std::optional<std::string> Nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace counterscan

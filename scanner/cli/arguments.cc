#include "scanner/cli/arguments.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "scanner/base/text.h"

namespace counterscan {
namespace {

// Levenshtein distance.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::vector<std::string> LongOptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string UnknownOption(const CLI::App& app, const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  std::string message = "unknown option '" + Printable(name) + "' for " + app.get_name() + ".";
  if (const auto nearest = Nearest(name, LongOptionsOf(app))) {
    message += " Did you mean '" + *nearest + "'?";
  }
  return message;
}

// The argument that names a file and was taken for an option.
std::optional<std::string> FileLikeAnOption(const std::vector<std::string>& arguments) {
  struct stat status {};
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument.size() > 1 && argument[0] == '-' && lstat(argument.c_str(), &status) == 0) {
      return argument;
    }
  }
  return std::nullopt;
}

// `text` in lines of at most so many columns, broken at spaces.
std::string Broken(std::string_view text) {
  constexpr std::size_t kColumns = 70;
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, std::min(text.find(' '), text.size()));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column > 0 && column + 1 + word.size() > kColumns) {
      out += '\n';
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

// CLI11 breaks no lines, but indents what is broken.
std::string HelpOf(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    option->description(Broken(option->get_description()));
  }
  return app.help();
}

}  // namespace

tl::unexpected<Error> WrongUsage(std::string message) {
  return Fail(ErrorCode::kUnsupported, std::move(message));
}

tl::unexpected<Error> NoneOf(std::string_view option, const std::string& word,
                             const std::vector<std::string>& names) {
  std::string message = std::string(option) + " takes ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    message += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  message += "; '" + Printable(word) + "' is none of them.";
  if (const auto nearest = Nearest(word, names)) message += " Did you mean '" + *nearest + "'?";
  return WrongUsage(std::move(message));
}

Result<std::chrono::seconds> ParseDuration(const std::string& text) {
  std::int64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  const std::map<std::string_view, std::int64_t> units = {
      {"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};
  const auto scale = units.find(unit);
  constexpr std::int64_t kCentury = std::int64_t{36525} * 86400;
  if (error != std::errc() || scale == units.end() || number < 0 ||
      number > kCentury / scale->second) {
    return WrongUsage("'" + Printable(text) + "' is not a time: write 90m, 36h or 7d.");
  }
  return std::chrono::seconds(number * scale->second);
}

std::optional<std::string> Nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> nearest;
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = Distance(word, candidate);
    if (distance < best) best = distance, nearest = candidate;
  }
  return nearest;
}

Result<std::optional<std::string>> ParseArguments(CLI::App& app,
                                                  const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return std::optional<std::string>(HelpOf(app));
  } catch (const CLI::ExtrasError&) {
    if (const auto file = FileLikeAnOption(arguments)) {
      return Fail(ErrorCode::kUnsupported, "'" + Printable(*file) +
                                               "' is taken for an option; the file of that name is "
                                               "./" +
                                               Printable(*file));
    }
    for (const std::string& extra : app.remaining()) {
      if (extra.size() > 1 && extra[0] == '-') {
        return Fail(ErrorCode::kUnsupported, UnknownOption(app, extra));
      }
    }
    return Fail(ErrorCode::kUnsupported,
                "'" + Printable(app.remaining().front()) + "' was not expected here.");
  } catch (const CLI::ParseError& error) {
    return Fail(ErrorCode::kUnsupported, Printable(error.what()));
  }
  return std::optional<std::string>();
}

}  // namespace counterscan

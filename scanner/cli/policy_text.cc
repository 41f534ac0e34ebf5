#include "scanner/cli/policy_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "pickle/policy/names.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"

namespace counterscan {
namespace {

constexpr std::size_t kReasonCharacters = 300;
constexpr std::size_t kShownWord = 80;

tl::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kMalformed, std::move(message));
}

std::string Quoted(std::string_view word) { return "'" + Printable(word, kShownWord) + "'"; }

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!(text = Trimmed(text)).empty()) {
    std::size_t end = 0;
    while (end < text.size() && !IsBlank(text[end])) ++end;
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::optional<ImportRow::Use> UseFromName(std::string_view name) {
  if (name == "instantiate") return ImportRow::Use::kInstantiate;
  if (name == "call" || name == "either") return ImportRow::Use::kCall;
  return std::nullopt;
}

Result<void> CheckName(std::string_view what, std::string_view name) {
  if (name.find('*') != std::string_view::npos) {
    return Bad(fmt::format("{} {}: '*' stands for all names of a module, in deny rows only", what,
                           Quoted(name)));
  }
  if (!pickle::IsPlausibleName(name) || name.starts_with('.') || name.ends_with('.') ||
      name.find("..") != std::string_view::npos) {
    return Bad(fmt::format("{} is no {} that a program could have", Quoted(name), what));
  }
  return {};
}

// Says so when the row would be without effect.
Result<void> CheckAllowed(const ImportRow& row) {
  const pickle::Judgement judgement = pickle::JudgeWritten(row.module, row.name);
  if (judgement.standing != pickle::Standing::kDenied) return {};
  return Bad(fmt::format("{}.{} is unsafe [{}], which no policy can allow",
                         Printable(row.module, kShownWord), Printable(row.name, kShownWord),
                         judgement.rule));
}

Result<ImportRow> ParseAllow(std::span<const std::string_view> words) {
  if (words.size() < 2 || words.size() > 3) {
    return Bad("allow takes a module, a name, and what for: allow MODULE NAME [instantiate|call]");
  }
  TRY(CheckName("module", words[0]));
  TRY(CheckName("name", words[1]));
  ImportRow row;
  row.module = words[0];
  row.name = words[1];
  if (words.size() == 3) {
    const auto use = UseFromName(words[2]);
    if (!use) {
      return Bad(fmt::format("{} is none of instantiate, call, either", Quoted(words[2])));
    }
    row.use = *use;
  }
  TRY(CheckAllowed(row));
  return row;
}

Result<ImportRow> ParseDeny(std::span<const std::string_view> words) {
  ImportRow row;
  row.verb = ImportRow::Verb::kDeny;
  constexpr std::string_view kAll = ".*";
  if (!words.empty() && words[0].ends_with(kAll)) {
    row.module = words[0].substr(0, words[0].size() - kAll.size());
    row.name = "*";
    words = words.subspan(1);
  } else if (words.size() >= 2) {
    row.module = words[0];
    row.name = words[1];
    words = words.subspan(2);
  } else {
    return Bad("deny takes a module, a name or '*', and a level: deny MODULE NAME [LEVEL]");
  }
  TRY(CheckName("module", row.module));
  if (row.name != "*") TRY(CheckName("name", row.name));
  if (words.size() > 1) return Bad(fmt::format("{} was not expected here", Quoted(words[1])));
  if (words.size() == 1) {
    const auto level = LevelFromName(words[0]);
    if (!level || *level == Level::kClean) {
      return Bad(fmt::format("{} is none of caution, suspicious, unsafe", Quoted(words[0])));
    }
    row.level = *level;
  }
  return row;
}

Result<ImportRow> ParseRow(std::string_view line) {
  const std::size_t comment = line.find('#');
  const std::vector<std::string_view> words = Words(line.substr(0, comment));
  const auto rest = std::span(words).subspan(1);
  auto row = words[0] == "allow"  ? ParseAllow(rest)
             : words[0] == "deny" ? ParseDeny(rest)
                                  : Result<ImportRow>(Bad(""));
  if (words[0] != "allow" && words[0] != "deny") {
    const auto nearest = Nearest(words[0], {"allow", "deny"});
    return Bad(fmt::format("{} is neither allow nor deny{}", Quoted(words[0]),
                           nearest ? ". Did you mean '" + *nearest + "'?" : ""));
  }
  if (row && comment != std::string_view::npos) {
    row->reason = Printable(Trimmed(line.substr(comment + 1)), kReasonCharacters);
  }
  return row;
}

}  // namespace

Result<std::vector<ImportRow>> ParsePolicy(std::string_view text, std::string_view shown) {
  std::vector<ImportRow> rows;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (Trimmed(line.substr(0, line.find('#'))).empty()) continue;
    const std::string place = fmt::format("{}:{}", Printable(shown, 200), number);
    auto row = ParseRow(line);
    if (!row) return Bad(place + ": " + row.error().message);
    if (rows.size() >= kMaxImportRows) {
      return Bad(fmt::format("{}: more than {} rows", place, kMaxImportRows));
    }
    row->origin = "policy " + place;
    rows.push_back(std::move(*row));
  }
  return rows;
}

Result<std::vector<ImportRow>> ParseAllowedImport(const std::string& argument) {
  ImportRow row;
  std::string_view path = argument;
  if (const std::size_t colon = path.rfind(':'); colon != std::string_view::npos) {
    const auto use = UseFromName(path.substr(colon + 1));
    if (!use) {
      return Bad(fmt::format("--allow-import {}: what stands behind ':' is instantiate or call",
                             Quoted(argument)));
    }
    row.use = *use;
    path = path.substr(0, colon);
  }
  row.origin = "--allow-import " + Printable(argument, 200);
  if (path.find('.') == std::string_view::npos) {
    return Bad(fmt::format("--allow-import {}: takes MODULE.NAME", Quoted(argument)));
  }
  std::vector<ImportRow> rows;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos;
       dot = path.find('.', dot + 1)) {
    row.module = path.substr(0, dot);
    row.name = path.substr(dot + 1);
    for (const auto& checked :
         {CheckName("module", row.module), CheckName("name", row.name), CheckAllowed(row)}) {
      if (!checked) return Bad("--allow-import: " + checked.error().message);
    }
    rows.push_back(row);
  }
  return rows;
}

Result<std::vector<ImportRow>> ParseDeniedImport(const std::string& argument) {
  const std::size_t dot = argument.rfind('.');
  if (dot == std::string::npos) {
    return Bad(fmt::format("--deny-import {}: takes MODULE.NAME or MODULE.*", Quoted(argument)));
  }
  const std::string module = argument.substr(0, dot);
  const std::string name = argument.substr(dot + 1);
  const std::string_view words[] = {module, name};
  auto row = ParseDeny(words);
  if (!row) return Bad("--deny-import: " + row.error().message);
  row->origin = "--deny-import " + Printable(argument, 200);
  return std::vector<ImportRow>{std::move(*row)};
}

}  // namespace counterscan

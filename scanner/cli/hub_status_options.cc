#include "scanner/cli/hub_status_options.h"

#include <string_view>
#include <utility>

#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"

namespace counterscan {
namespace {

tl::unexpected<Error> Usage(std::string message) {
  return Fail(ErrorCode::kUnsupported, std::move(message));
}

// Words as typed, before they are checked.
struct Words {
  std::string type = "model", hub = "auto", max_hub_age, fail_on = "caution", format = "table",
              color = "auto";
  unsigned hub_timeout = 0, hub_pause = 0;
};

void Declare(CLI::App& app, HubStatusOptions& options, Words& words) {
  app.set_help_flag("-h,--help", "show this text");
  app.add_option("REPO", options.repositories,
                 "ORG/NAME[@REV], datasets/ORG/NAME, spaces/ORG/NAME or hf://...")
      ->option_text("...");
  app.add_option("--list,--files-from", options.list,
                 "read more of them from FILE, one a line, # begins a comment (- for standard "
                 "input)")
      ->option_text("FILE");
  app.add_option("--author", options.author, "ask about every repository of a user or organisation")
      ->option_text("NAME");
  app.add_option("--search", options.search, "ask about repositories with TEXT in their name")
      ->option_text("TEXT");
  app.add_option("--limit", options.limit, "of what --author and --search list, take N [all]")
      ->option_text("N");
  app.add_option("--repo-type", words.type, "what plain names, --author and --search mean [model]")
      ->option_text("model|dataset|space");
  app.add_flag("--quick", options.quick,
               "one small request for each: what the Hub flags, but no word on files that it does "
               "not name, so nothing is ever safe");
  app.add_option("--hub", words.hub, "the live Hub, or a file of its answers [auto]")
      ->option_text("auto|file:PATH");
  app.add_flag("--offline", options.offline,
               "open no socket: nobody is asked, but --resume and --hub file: still tell what they "
               "hold");
  app.add_option("--hub-digest", options.hub_digest, "SHA-256 that file must have")
      ->option_text("SHA256");
  app.add_option("--max-hub-age", words.max_hub_age,
                 "how old a \"safe\" may be [30d; of answers that --resume has kept: 1h]")
      ->option_text("TIME");
  app.add_option("--hub-timeout", words.hub_timeout,
                 "how long the live Hub may take for all its answers, waits for its quota included "
                 "[for ever]")
      ->option_text("SECONDS")
      ->check(CLI::Range(1u, 604'800u));
  app.add_option("--hub-pause", words.hub_pause,
                 "milliseconds between two requests to the live Hub [0]")
      ->option_text("MS")
      ->check(CLI::Range(0u, 3'600'000u));
  app.add_option("--fail-on", words.fail_on,
                 "lowest flag that makes the exit status 1; one below it makes it 3 [caution]")
      ->option_text("caution|suspicious|unsafe");
  app.add_option("--format", words.format, "table, json or jsonl [table]")->option_text("FORMAT");
  app.add_option("-o,--output", options.output, "write to FILE, whole or not at all")
      ->option_text("FILE");
  app.add_option("--resume", options.resume,
                 "keep each answer in FILE as it comes, and do not ask again for what is in it")
      ->option_text("FILE");
  app.add_flag("-q,--quiet", options.quiet, "say nothing but the results");
  app.add_flag("-v,--verbose", options.verbose, "name every flagged file and every reason");
  app.add_option("--color", words.color, "auto, always or never [auto]")->option_text("WHEN");
  app.add_flag("--no-progress", options.no_progress, "show no progress line");
  app.footer(
      "Examples:\n"
      "  counterscan hub status google-bert/bert-base-uncased\n"
      "  counterscan hub status --list repos.txt --resume repos.jsonl\n"
      "  counterscan hub status --author mcpotato --format json -o status.json\n\n"
      "Exit status: 0 the Hub says \"safe\" of every file of every repository; 1 it flags one, or "
      "has\nwithdrawn a repository; 3 anything is unknown; 64 wrong command line; 130 "
      "interrupted.\n"
      "What the words mean: counterscan help hub-status");
}

Result<void> Check(const Words& words, HubStatusOptions& options) {
  const auto type = RepoTypeFromName(words.type);
  if (!type) return Usage("--repo-type takes model, dataset or space.");
  options.type = *type;
  constexpr std::string_view kFile = "file:";
  if (words.hub.starts_with(kFile)) {
    options.hub_file = words.hub.substr(kFile.size());
    if (options.hub_file.empty()) {
      return Usage("--hub file: needs a path, as in --hub file:hub.json");
    }
  } else if (words.hub != "auto") {
    return Usage("--hub takes auto or file:PATH; '" + Printable(words.hub) + "' is neither.");
  }
  if (!options.hub_digest.empty() && options.hub_file.empty()) {
    return Usage("--hub-digest belongs to --hub file:PATH.");
  }
  if (!options.resume.empty() && !options.hub_file.empty()) {
    return Usage("--resume is for the live Hub: a file of answers is read whole.");
  }
  if (!words.max_hub_age.empty()) {
    options.max_hub_age = options.max_kept_age = TRY(ParseDuration(words.max_hub_age));
  }
  if (words.hub_timeout > 0) options.hub_timeout = std::chrono::seconds(words.hub_timeout);
  options.hub_pause = std::chrono::milliseconds(words.hub_pause);
  const auto level = LevelFromName(words.fail_on);
  if (!level || *level == Level::kClean) {
    return Usage("--fail-on takes caution, suspicious or unsafe.");
  }
  options.fail_on = *level;
  if (words.format == "json") {
    options.format = HubStatusOptions::Format::kJson;
  } else if (words.format == "jsonl") {
    options.format = HubStatusOptions::Format::kJsonl;
  } else if (words.format != "table") {
    return Usage("--format takes table, json or jsonl.");
  }
  if (words.color == "always") {
    options.color = ColorChoice::kAlways;
  } else if (words.color == "never") {
    options.color = ColorChoice::kNever;
  } else if (words.color != "auto") {
    return Usage("--color takes auto, always or never.");
  }
  const bool lists = !options.author.empty() || !options.search.empty();
  if (options.repositories.empty() && options.list.empty() && !lists) {
    return Usage(
        "nothing to ask about: name repositories, --list FILE, --author NAME or --search TEXT "
        "(see: counterscan help hub)");
  }
  if (options.limit > 0 && !lists) return Usage("--limit belongs to --author or --search.");
  return {};
}

}  // namespace

Result<ParsedHubStatus> ParseHubStatus(const std::vector<std::string>& arguments) {
  ParsedHubStatus parsed;
  Words words;
  CLI::App app("what the Hub says of repositories: one, or thousands", "counterscan hub status");
  Declare(app, parsed.options, words);
  parsed.help = TRY(ParseArguments(app, arguments));
  if (!parsed.help) TRY(Check(words, parsed.options));
  return parsed;
}

}  // namespace counterscan

#include "scanner/cli/hub_status_options.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "scanner/cli/arguments.h"

namespace counterscan {
namespace {

// Words as typed, before they are checked.
struct Words {
  HubWords hub;
  ScreenWords screen{.fail_on = "caution"};
  std::string type = "model", format = "table";
};

void Declare(CLI::App& app, HubStatusOptions& options, Words& words) {
  app.set_help_flag("-h,--help", "show this text");
  app.add_option(
         "REPO", options.repositories,
         "ORG/NAME[@REV], datasets/ORG/NAME, spaces/ORG/NAME, hf://... or the address of its "
         "page")
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
      ->option_text("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}));
  app.add_option("--repo-type", words.type, "what plain names, --author and --search mean [model]")
      ->option_text("model|dataset|space");
  app.add_flag("--quick", options.quick,
               "one small request for each: what the Hub flags, but no word on files that it does "
               "not name, so nothing is ever safe");
  DeclareHub(app, options, words.hub,
             {.modes = "auto|file:PATH",
              .max_age = "how old a \"safe\" may be [30d; of answers that --resume has kept: 1h]",
              .timeout = "how long the live Hub may take for all its answers, waits for its quota "
                         "included [for ever]",
              .offline = "open no socket: nobody is asked, but --resume and --hub file: still tell "
                         "what they hold"});
  DeclareFailOn(app, words.screen,
                "lowest flag that makes the exit status 1; one below it makes it 3 [caution]");
  app.add_option("--format", words.format, "table, json or jsonl [table]")->option_text("FORMAT");
  app.add_option("-o,--output", options.output, "write to FILE, whole or not at all")
      ->option_text("FILE");
  app.add_option("--resume", options.resume,
                 "keep each answer in FILE as it comes, and do not ask again for what is in it")
      ->option_text("FILE");
  DeclareScreen(app, options, words.screen, "name every flagged file and every reason");
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
  options.type = TRY(Choose<RepoType>(
      "--repo-type", words.type,
      {{"model", RepoType::kModel}, {"dataset", RepoType::kDataset}, {"space", RepoType::kSpace}}));
  TRY(CheckHub(words.hub, std::to_array({HubMode::kAuto, HubMode::kFile}), options));
  if (!words.hub.max_age.empty()) options.max_kept_age = options.max_hub_age;
  TRY(CheckScreen(words.screen, options));
  if (!options.resume.empty() && options.hub == HubMode::kFile) {
    return WrongUsage("--resume is for the live Hub: a file of answers is read whole.");
  }
  using Format = HubStatusOptions::Format;
  options.format = TRY(Choose<Format>(
      "--format", words.format,
      {{"table", Format::kTable}, {"json", Format::kJson}, {"jsonl", Format::kJsonl}}));
  const bool names_format =
      options.output == "json" || options.output == "jsonl" || options.output == "table";
  if (names_format) {
    return WrongUsage(fmt::format(
        "-o takes a file here. Did you mean --format {}? (A file of that name is ./{}.)",
        options.output, options.output));
  }
  const bool lists = !options.author.empty() || !options.search.empty();
  if (options.repositories.empty() && options.list.empty() && !lists) {
    return WrongUsage(
        "nothing to ask about: name repositories, --list FILE, --author NAME or --search TEXT "
        "(see: counterscan help hub)");
  }
  if (options.limit > 0 && !lists) return WrongUsage("--limit belongs to --author or --search.");
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

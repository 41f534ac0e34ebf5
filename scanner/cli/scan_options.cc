#include "scanner/cli/scan_options.h"

#include <sys/stat.h>

#include <array>

#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/model/gap_reason.h"

namespace counterscan {
namespace {

Result<void> ParseAv(const std::string& word, ScanOptions& options) {
  constexpr std::string_view kClamdPrefix = "clamd:";
  if (word.starts_with(kClamdPrefix)) {
    options.av = AvChoice::kClamd;
    options.clamd_socket = word.substr(kClamdPrefix.size());
    if (options.clamd_socket.starts_with('/')) return {};
    return WrongUsage("--av clamd: needs the path of its socket: --av clamd:/run/clamav/clamd.ctl");
  }
  if (word == "clamd") {
    return WrongUsage("--av clamd needs the path of its socket: --av clamd:/run/clamav/clamd.ctl");
  }
  options.av = TRY(Choose<AvChoice>("--av", word,
                                    {{"auto", AvChoice::kAuto},
                                     {"lib", AvChoice::kLibrary},
                                     {"builtin", AvChoice::kBuiltin},
                                     {"off", AvChoice::kOff}}));
  return {};
}

Result<OutputChoice> ParseOutput(const std::string& word) {
  const std::size_t equals = word.find('=');
  using Format = OutputChoice::Format;
  OutputChoice output;
  output.format = TRY(Choose<Format>(
      "-o", word.substr(0, equals),
      {{"text", Format::kText}, {"json", Format::kJson}, {"jsonl", Format::kJsonl}}));
  if (equals != std::string::npos) {
    output.file = word.substr(equals + 1);
    if (output.file.empty()) return WrongUsage("-o FORMAT=FILE needs a file name after '='.");
  }
  return output;
}

// Names that --accept knows besides the gap reasons.
constexpr std::string_view kUnconfirmed = "unconfirmed";
constexpr std::string_view kMismatch = "mismatch";

Result<void> CheckAccept(const std::vector<std::string>& accept) {
  for (const std::string& name : accept) {
    if (name == kUnconfirmed || name == kMismatch || GapReasonFromName(name)) continue;
    std::vector<std::string> known = {std::string(kUnconfirmed), std::string(kMismatch)};
    for (const GapReasonRow& row : GapReasons()) known.emplace_back(row.name);
    std::string message = "--accept does not know '" + Printable(name) + "'.";
    if (const auto nearest = Nearest(name, known)) message += " Did you mean '" + *nearest + "'?";
    return WrongUsage(message + " See: counterscan help accept");
  }
  return {};
}

// Takes capitals too, and makes them small: everything else here is written so.
bool TakeHex(std::string& text, std::size_t digits) {
  text = AsciiLower(text);
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Words as typed, before they are checked.
struct Words {
  HubWords hub{.timeout = 60};
  ScreenWords screen{.fail_on = "suspicious"};
  std::string depth = "full", av = "auto", sandbox = "on", max_db_age;
  std::vector<std::string> outputs;
  LimitWords limits;
};

void Declare(CLI::App& app, ScanOptions& options, Words& words) {
  app.set_help_flag("-h,--help", "show this text");
  app.add_option("TARGET", options.targets,
                 "a file, a directory, ORG/NAME[@REV] in the local Hugging Face cache, or - for "
                 "standard input")
      ->option_text("...");
  app.add_option("--files-from", options.files_from,
                 "read more targets from LIST, one a line (- for standard input)")
      ->option_text("LIST");
  app.add_option("--exclude", options.excludes, "leave out paths that match GLOB (repeatable)")
      ->option_text("GLOB")
      ->allow_extra_args(false);
  DeclareHub(app, options, words.hub,
             {.modes = "auto|require|off|file:PATH",
              .max_age = "how old the Hub's \"safe\" may be [30d]",
              .timeout = "how long the live Hub may take for all its answers [60]",
              .offline = "open no socket at all"});
  app.add_option("--repo", options.repo,
                 "the repository the files come from, whatever their place says")
      ->option_text("ORG/NAME");
  app.add_option("--repo-type", options.repo_type, "model, dataset or space [model]")
      ->option_text("TYPE");
  app.add_option("--revision", options.revision, "the commit the files come from")
      ->option_text("COMMIT");
  app.add_option(
         "--depth", words.depth,
         "full; structure: pickles and formats only, no digests, no signatures; bytes: digests "
         "and signatures only, which leaves every file the gap not-analysed [full]")
      ->option_text("full|structure|bytes");
  app.add_option(
         "--av", words.av,
         "which ClamAV signatures to match: those of a directory (lib), of a clamd that "
         "runs on this machine, or the built-in ones alone; auto takes what sees most [auto]")
      ->option_text("auto|lib|clamd:SOCKET|builtin|off");
  app.add_option("--db", options.database,
                 "directory of ClamAV signatures [/var/lib/clamav, or what db import was given: "
                 "whichever is newer]")
      ->option_text("DIR");
  app.add_option("--max-db-age", words.max_db_age,
                 "how old the signatures may be, where an unknown age is too old [7d; 30d with "
                 "--offline]")
      ->option_text("TIME");
  DeclareFailOn(app, words.screen, "lowest level that makes the exit status 1 [suspicious]");
  app.add_option("--accept", options.accept,
                 "accept gaps or doubts by name, separated by commas (see: help accept)")
      ->option_text("NAME,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  DeclarePolicy(app, options.policy);
  DeclareLimits(app, words.limits);
  app.add_option("-o,--output", words.outputs,
                 "text, json or jsonl (files in the order in which they are finished), to standard "
                 "output or to a file (repeatable) [text]")
      ->option_text("FORMAT[=FILE]")
      ->allow_extra_args(false);
  app.add_flag("--coverage", options.coverage,
               "print which bytes of each file were looked at, by whom, and which are gaps");
  app.add_option("-j,--jobs", options.jobs, "workers of each kind [one for each processor]")
      ->option_text("N")
      ->check(CLI::Range(1u, 256u));
  app.add_option("--sandbox", words.sandbox,
                 "off runs the workers without their system-call filter [on]")
      ->option_text("on|off");
  DeclareScreen(app, options, words.screen, "name every file, gap and import, harmless ones too");
  app.footer(
      "Examples:\n"
      "  counterscan scan ~/models/bert --hub file:hub.json\n"
      "  counterscan scan ORG/NAME@main --av builtin -o text -o json=report.json\n"
      "  find . -name '*.pt' -print0 | counterscan scan --files-from -\n\n"
      "Exit status: counterscan help exit-status");
}

Result<void> Check(const Words& words, ScanOptions& options) {
  constexpr auto kModes =
      std::to_array({HubMode::kAuto, HubMode::kRequire, HubMode::kOff, HubMode::kFile});
  TRY(CheckHub(words.hub, kModes, options));
  TRY(CheckScreen(words.screen, options));
  if (!words.max_db_age.empty()) options.max_database_age = TRY(ParseDuration(words.max_db_age));
  options.depth = TRY(Choose<Depth>(
      "--depth", words.depth,
      {{"full", Depth::kFull}, {"structure", Depth::kStructure}, {"bytes", Depth::kBytes}}));
  TRY(ParseAv(words.av, options));
  options.limits = TRY(ParseLimits(words.limits));
  options.sandbox = TRY(Choose<bool>("--sandbox", words.sandbox, {{"on", true}, {"off", false}}));
  TRY(Choose<bool>("--repo-type", options.repo_type,
                   {{"model", true}, {"dataset", true}, {"space", true}}));
  if (!options.revision.empty() && !TakeHex(options.revision, 40)) {
    return WrongUsage(
        "--revision takes a commit of 40 hexadecimal digits. A branch or tag that is in the local "
        "cache is scanned as ORG/NAME@BRANCH.");
  }
  TRY(CheckAccept(options.accept));
  struct stat status {};
  if (!options.database.empty() &&
      (stat(options.database.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))) {
    return WrongUsage("--db '" + Printable(options.database) + "' is not a directory.");
  }
  if (options.offline) TRY(GoOffline("--offline", options));
  int on_standard_output = 0;
  for (const std::string& word : words.outputs) {
    options.outputs.push_back(TRY(ParseOutput(word)));
    if (options.outputs.back().file.empty()) ++on_standard_output;
  }
  if (on_standard_output > 1) {
    return WrongUsage(
        "only one -o can go to standard output; give the others a file: -o json=FILE");
  }
  if (options.outputs.empty()) options.outputs.push_back({});
  if (options.targets.empty() && options.files_from.empty()) {
    return WrongUsage(
        "nothing to scan: name a file, a directory, ORG/NAME or - (see: counterscan help)");
  }
  return {};
}

}  // namespace

Result<void> GoOffline(std::string_view source, ScanOptions& options) {
  options.offline = true;
  if (options.hub != HubMode::kRequire) return {};
  return WrongUsage(std::string(source) +
                    " and --hub require exclude each other: nobody could be asked.");
}

Result<ParsedScan> ParseScan(const std::vector<std::string>& arguments) {
  ParsedScan parsed;
  Words words;
  CLI::App app("scan files and folders of models, and compare with the Hub", "counterscan scan");
  Declare(app, parsed.options, words);
  parsed.help = TRY(ParseArguments(app, arguments));
  if (!parsed.help) TRY(Check(words, parsed.options));
  return parsed;
}

}  // namespace counterscan

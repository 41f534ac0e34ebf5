// `counterscan db info|check|import`: the ClamAV signatures.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "hubclient/rfc3339.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/clock.h"
#include "scanner/cli/command.h"
#include "scanner/cli/database_directory.h"
#include "scanner/cli/database_import.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/process_environment.h"
#include "scanner/cli/progress.h"
#include "scanner/cli/scan_options.h"
#include "scanner/cli/signatures.h"
#include "scanner/cli/terminal.h"
#include "scanner/cli/worker_program.h"
#include "scanner/crosscheck/exit_status.h"
#include "scanner/report/database_report.h"
#include "scanner/report/phrases.h"
#include "scanner/worker/inspection.h"

namespace counterscan {
namespace {

constexpr std::string_view kUsage =
    "usage: counterscan db info|check|import\n\n"
    "  info              which ClamAV signatures there are, of what version, how old, signed or "
    "not\n"
    "  check             exit status 0 when they are fresh, 2 when missing, damaged or old\n"
    "  import FILE...    verifies signatures that were carried here, and puts them in place\n\n"
    "options: counterscan db info --help\n"
    "how signatures come to a machine without a network: counterscan help offline\n";

struct DbOptions {
  std::string database;
  std::string max_age;
  bool offline = false;
  std::string format = "text";
  bool quiet = false;
  std::string sandbox = "on";
  // import
  std::vector<std::string> sources;
  bool allow_older = false;
  bool allow_unsigned = false;
};

int FailWith(const std::string& message) {
  (void)WriteAll(STDERR_FILENO, fmt::format("counterscan: {}\n", message));
  return kExitIncomplete;
}

int Print(std::string_view text) { return WriteAll(STDOUT_FILENO, text) ? 0 : kExitIncomplete; }

// Draws how far the signatures are, and gives up when the user does.
class LoadingProgress {
 public:
  explicit LoadingProgress(bool quiet) : progress_(StandardErrorIsTerminal() && !quiet) {}
  bool operator()(unsigned percent) {
    progress_.Show(fmt::format("loading signatures, {}%", percent));
    return !Interrupted();
  }
  void Clear() { progress_.Clear(); }

 private:
  Progress progress_;
};

void DeclareCommon(CLI::App& app, DbOptions& options) {
  app.set_help_flag("-h,--help", "show this text");
  app.add_option("--sandbox", options.sandbox,
                 "off reads the signatures without a system-call filter [on]")
      ->option_text("on|off")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_flag("-q,--quiet", options.quiet, "show no progress");
}

void DeclareReading(CLI::App& app, DbOptions& options) {
  app.add_option("--db", options.database,
                 "directory of ClamAV signatures [what was imported, or /var/lib/clamav: whichever "
                 "is newer]")
      ->option_text("DIR");
  app.add_option("--max-db-age", options.max_age,
                 "how old the signatures may be [7d; 30d with --offline]")
      ->option_text("TIME");
  app.add_flag("--offline", options.offline, "allow the age of a machine without a network");
  app.add_option("--format", options.format, "text or json [text]")
      ->option_text("text|json")
      ->check(CLI::IsMember({"text", "json"}));
  DeclareCommon(app, options);
}

// What a scan with these signatures would have to say of them.
Result<DatabaseReport> Look(const DbOptions& options, const Clock& clock,
                            const Environment& environment, std::chrono::seconds max_age) {
  DatabaseReport report;
  report.directory = options.database.empty() ? DefaultDatabase(environment) : options.database;
  report.now = FormatRfc3339(clock.age_time);
  if (!HasSignatures(report.directory)) {
    report.gaps.push_back({.reason = GapReason::kNoSignatures,
                           .engine = EngineId::kClamav,
                           .detail = "no signatures in " + Printable(report.directory)});
    return report;
  }
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(report.directory, error).string();
  LoadingProgress progress(options.quiet);
  auto inspection = InspectDatabase({.worker_program = TRY(FindWorkerProgram()),
                                     .database = absolute,
                                     .sandbox = options.sandbox == "on"},
                                    [&](unsigned percent) { return progress(percent); });
  progress.Clear();
  if (!inspection) return tl::make_unexpected(inspection.error());
  report.engine = std::move(inspection->engine);
  report.sandbox = std::move(inspection->sandbox);
  report.gaps = std::move(inspection->gaps);
  const std::vector<Gap> age = LoadedSignatureGaps(report.engine, max_age, clock.age_time);
  report.gaps.insert(report.gaps.end(), age.begin(), age.end());
  report.fresh = report.engine.clamav_state == "lib" && report.gaps.empty();
  return report;
}

int ReadDatabase(const std::vector<std::string>& arguments, bool check) {
  DbOptions options;
  CLI::App app(check ? "tell by the exit status whether the ClamAV signatures are fresh"
                     : "show which ClamAV signatures there are, and how old they are",
               check ? "counterscan db check" : "counterscan db info");
  DeclareReading(app, options);
  if (check) {
    app.footer("Exit status: 0 fresh; 2 missing, left out in part, too old, or of unknown age.");
  }
  const auto help = ParseArguments(app, arguments);
  if (!help) return UsageError(help.error().message);
  if (*help) return Print(**help);
  std::optional<std::chrono::seconds> said;
  if (!options.max_age.empty()) {
    const auto parsed = ParseDuration(options.max_age);
    if (!parsed) return UsageError(parsed.error().message);
    said = *parsed;
  }
  const auto clock = ReadClock();
  if (!clock) return UsageError(clock.error().message);
  WatchForInterrupts();
  const auto report =
      Look(options, *clock, ProcessEnvironment(), MaxDatabaseAge(said, options.offline));
  if (Interrupted()) return kExitInterrupted;
  if (!report) return FailWith(report.error().message);
  const TextOptions text = TextOptionsFor(ColorChoice::kAuto);
  std::string out = options.format == "json" ? DatabaseJson(*report) : DatabaseText(*report, text);
  if (options.format == "text") {
    const bool age_or_nothing =
        std::any_of(report->gaps.begin(), report->gaps.end(), [](const Gap& gap) {
          return gap.reason == GapReason::kNoSignatures || gap.reason == GapReason::kOldSignatures;
        });
    if (age_or_nothing) out += SignatureAdvice(text);
    if (check) out += report->fresh ? "fresh\n" : "not fresh\n";
  }
  const int printed = Print(out);
  if (check) return report->fresh ? printed : kExitIncomplete;
  return report->engine.clamav_state == "lib" ? printed : kExitIncomplete;
}

int ImportFiles(const std::vector<std::string>& arguments) {
  DbOptions options;
  CLI::App app("verify signatures that were carried here, and put them in place",
               "counterscan db import");
  app.add_option("FILE", options.sources, ".cvd or .cld files, or directories of them")
      ->option_text("...")
      ->required();
  app.add_option("--db", options.database,
                 "where they go [$XDG_DATA_HOME/counterscan/db, else ~/.local/share/...]")
      ->option_text("DIR");
  app.add_flag("--allow-older", options.allow_older,
               "let a file replace a newer version of itself");
  app.add_flag("--unsigned", options.allow_unsigned,
               "take files that carry no signature of ClamAV's too (.ndb, .yar and so on)");
  DeclareCommon(app, options);
  app.footer(
      "Each file is verified by a process that can do nothing else, and replaced whole or not at\n"
      "all. Where one is refused, none is imported.\n\n"
      "Exit status: 0 imported, or the same files were there already; 2 refused.");
  const auto help = ParseArguments(app, arguments);
  if (!help) return UsageError(help.error().message);
  if (*help) return Print(**help);
  const Environment environment = ProcessEnvironment();
  if (options.database.empty()) {
    const auto imported = ImportedDatabase(environment);
    if (!imported) return UsageError("no home directory is known: name a directory with --db.");
    options.database = *imported;
  }
  const auto clock = ReadClock();
  if (!clock) return UsageError(clock.error().message);
  const auto worker = FindWorkerProgram();
  if (!worker) return FailWith(worker.error().message);
  WatchForInterrupts();
  std::error_code error;
  LoadingProgress progress(options.quiet);
  const auto imported =
      ImportSignatures({.sources = options.sources,
                        .destination = std::filesystem::absolute(options.database, error).string(),
                        .worker_program = *worker,
                        .allow_older = options.allow_older,
                        .allow_unsigned = options.allow_unsigned,
                        .sandbox = options.sandbox == "on"},
                       [&](unsigned percent) { return progress(percent); });
  progress.Clear();
  if (Interrupted() && !imported) return kExitInterrupted;
  if (!imported) {
    return FailWith("nothing was imported: " + imported.error().message);
  }
  std::string out;
  for (const ImportedFile& row : *imported) {
    out += fmt::format("{:<18} {}{}\n", Printable(row.file.name),
                       DatabaseFileWords(row.file, FormatRfc3339(clock->age_time)),
                       row.unchanged ? "; was there already" : "");
  }
  out += fmt::format("{} in {}\n", Count(imported->size(), "file"), Printable(options.database));
  return Print(out);
}

}  // namespace

int RunDb(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    (void)WriteAll(STDERR_FILENO, kUsage);
    return kExitUsage;
  }
  const std::string& first = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (first == "-h" || first == "--help") return Print(kUsage);
  if (first == "info") return ReadDatabase(rest, false);
  if (first == "check") return ReadDatabase(rest, true);
  if (first == "import") return ImportFiles(rest);
  const auto nearest = Nearest(first, {"info", "check", "import"});
  return UsageError(fmt::format("db takes info, check or import, not '{}'.{}",
                                Printable(first, 200),
                                nearest ? " Did you mean '" + *nearest + "'?" : ""));
}

}  // namespace counterscan

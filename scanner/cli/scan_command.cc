// `counterscan scan`: the whole walk, from targets to the exit status.

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "hubclient/rfc3339.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/processors.h"
#include "scanner/base/text.h"
#include "scanner/cli/clock.h"
#include "scanner/cli/command.h"
#include "scanner/cli/database_directory.h"
#include "scanner/cli/hub_side.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/outputs.h"
#include "scanner/cli/process_environment.h"
#include "scanner/cli/progress.h"
#include "scanner/cli/scan_options.h"
#include "scanner/cli/scan_session.h"
#include "scanner/cli/signatures.h"
#include "scanner/cli/targets.h"
#include "scanner/cli/terminal.h"
#include "scanner/cli/worker_program.h"
#include "scanner/crosscheck/exit_status.h"
#include "scanner/report/threat_line.h"
#include "scanner/worker/clamd.h"
#include "scanner/worker/fleet.h"

namespace counterscan {
namespace {

// A wait that somebody must be told of, whatever is shown.
constexpr std::chrono::seconds kLongWait(5);

int FailWith(const std::string& message) {
  (void)WriteAll(STDERR_FILENO, fmt::format("counterscan: {}\n", message));
  return kExitIncomplete;
}

std::string_view DepthName(Depth depth) {
  switch (depth) {
    case Depth::kFull:
      return "full";
    case Depth::kStructure:
      return "structure";
    case Depth::kBytes:
      return "bytes";
  }
  return "full";
}

// Sorts places instead of reports: those are large, and nearly in order already.
void SortByPath(std::vector<FileReport>& files) {
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return files[a].path < files[b].path; });
  // Each report goes straight to its place, along the cycles of the permutation.
  for (std::size_t start = 0; start < order.size(); ++start) {
    if (order[start] == start) continue;
    FileReport displaced = std::move(files[start]);
    std::size_t place = start;
    while (order[place] != start) {
      files[place] = std::move(files[order[place]]);
      place = std::exchange(order[place], place);
    }
    files[place] = std::move(displaced);
    order[place] = place;
  }
}

// A scan holds a descriptor for each file that waits for a worker.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  setrlimit(RLIMIT_NOFILE, &limit);
}

// One run of `scan`: owns everything, so that each step is short.
class Scan {
 public:
  Scan(ScanOptions options, Environment environment, const Clock& clock)
      : options_(std::move(options)),
        environment_(std::move(environment)),
        clock_(clock),
        signatures_(ChooseSignatures(options_, environment_)),
        database_state_(DirectoryState(signatures_.database)),
        outputs_(options_.outputs, TextOptionsOf(options_)),
        progress_(StandardErrorIsTerminal() && !options_.quiet && !options_.no_progress),
        show_threats_(StandardErrorIsTerminal() && !options_.quiet) {}

  int Run() {
    auto policy = UserPolicyChoice::Load(options_.policy);
    if (!policy) return UsageError(policy.error().message);
    policy_ = std::move(*policy);
    if (const auto writable = outputs_.Check(); !writable) {
      return FailWith("the report could not be written: " + writable.error().message +
                      "; nothing was scanned");
    }
    // The workers start before anything else of the user's is read: they must not inherit it.
    auto fleet = StartFleet();
    if (!fleet) return FailWith("cannot start the workers: " + fleet.error().message);
    fleet_ = std::move(*fleet);

    StartClamd();
    auto plan = PlanTargets(options_, environment_, &Interrupted);
    if (!plan) return UsageError(plan.error().message);
    if (const auto refused = RefusePolicyAmong(*plan); !refused) {
      return UsageError(refused.error().message);
    }
    auto hub = HubSide::Begin(options_, *plan, environment_, clock_.age_time, &Interrupted);
    if (!hub) return FailWith(hub.error().message);
    hub_.emplace(std::move(*hub));

    FillHeader(*plan);
    if (const auto begun = BeginOutputs(); !begun) return FailWith(begun.error().message);
    ScanFiles(std::move(*plan));
    return Conclude();
  }

 private:
  static TextOptions TextOptionsOf(const ScanOptions& options) {
    TextOptions text = TextOptionsFor(options.color);
    text.verbose = options.verbose;
    return text;
  }

  Result<std::unique_ptr<Fleet>> StartFleet() const {
    Fleet::Options fleet;
    fleet.worker_program = TRY(FindWorkerProgram());
    fleet.av = signatures_.mode;
    fleet.database = signatures_.database;
    fleet.byte_pass = options_.depth != Depth::kStructure;
    fleet.workers = options_.jobs;
    fleet.sandbox = options_.sandbox;
    fleet.policy = policy_.rows();
    fleet.limits = options_.limits.file;
    return Fleet::Start(fleet);
  }

  // After the workers, which must inherit no socket.
  void StartClamd() {
    if (signatures_.clamd.empty() || options_.depth == Depth::kStructure) return;
    ClamdOptions clamd;
    clamd.socket_path = signatures_.clamd;
    clamd.connections = options_.jobs != 0 ? options_.jobs : ProcessorCount();
    clamd.limits = options_.limits.file;
    auto proven = ProveClamd(clamd);
    if (proven) {
      clamd_ = std::make_unique<ClamdPool>(clamd, *proven);
    } else {
      clamd_problem_ =
          fmt::format("clamd at {}: {}", Printable(signatures_.clamd), proven.error().message);
    }
  }

  // What the workers have loaded, and clamd where it is asked.
  EngineInfo Engines() const {
    EngineInfo engines = fleet_->engines() ? *fleet_->engines() : EngineInfo();
    if (!clamd_problem_.empty()) {
      engines.clamav_state = "failed";
      engines.message = clamd_problem_;
    }
    if (clamd_ == nullptr || engines.clamav_state == "failed") return engines;
    const ClamdProven& proven = clamd_->proven();
    engines.clamav_state = "clamd";
    engines.clamav_version = Printable(proven.version.engine);
    engines.database = signatures_.clamd;
    if (proven.version.built) {
      engines.database_time =
          FormatRfc3339(std::chrono::sys_seconds(std::chrono::seconds(*proven.version.built)));
    }
    engines.message = fmt::format(
        "{}; shown {} at a time {}",
        proven.version.database == 0 ? std::string("it names no version of its signatures")
                                     : fmt::format("daily {}", proven.version.database),
        HumanBytes(proven.window_bytes),
        proven.way == ClamdWay::kDescriptor ? "by descriptor" : "as a stream");
    return engines;
  }

  // Nothing in what is scanned says what is to be allowed in it.
  Result<void> RefusePolicyAmong(const Plan& plan) const {
    if (!policy_.has_files()) return {};
    const Tree* last = nullptr;
    for (const PlannedFile& planned : plan.files) {
      const bool named = planned.tree == nullptr;
      if (!named && planned.tree.get() != last) {
        last = planned.tree.get();
        TRY(policy_.RefuseBelow(last->root()));
      }
      if (!named && !policy_.has_other_names()) continue;
      TRY(policy_.RefuseFile(named ? planned.open_path : last->root() + "/" + planned.open_path));
    }
    // A directory that is empty, or was excluded, is scanned all the same.
    for (const std::string& target : options_.targets) {
      struct stat status {};
      if (stat(target.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        TRY(policy_.RefuseBelow(target));
      }
    }
    return {};
  }

  void FillHeader(const Plan& plan) {
    report_.header.tool_version = COUNTERSCAN_VERSION;
    report_.header.created = FormatRfc3339(clock_.report_time);
    report_.header.targets = options_.targets;
    report_.header.depth = DepthName(options_.depth);
    report_.header.switched_off = SwitchedOff(options_);
    report_.header.file_limits = options_.limits.file;
    report_.header.scan_budget = options_.limits.scan;
    report_.accepted = options_.accept;
    report_.policy = policy_.sources();
    report_.fail_on = options_.fail_on;
    report_.errors = plan.errors;
    report_.notes = plan.notes;
    if (signatures_.mode == AvMode::kOff) {
      report_.engines.clamav_state = "off";
    }
  }

  // JSON lines start with a header that names the engines and what the Hub says, so it waits for
  // both to be known.
  Result<void> BeginOutputs() {
    if (signatures_.mode == AvMode::kOff && hub_->Ready()) {
      report_.hub = hub_->info();
      return outputs_.Begin(report_);
    }
    begun_ = false;
    return {};
  }

  // True when somebody reads git's ids: a report for programs, or the comparison with the Hub.
  bool UsesGitIds(const Plan& plan) const {
    const auto is_for_people = [](const OutputChoice& output) {
      return output.format == OutputChoice::Format::kText;
    };
    if (!std::ranges::all_of(options_.outputs, is_for_people)) return true;
    if (options_.hub == HubMode::kOff) return false;
    return options_.hub != HubMode::kAuto || !options_.repo.empty() ||
           std::ranges::any_of(plan.files, [](const PlannedFile& planned) {
             return !planned.file.identity.repo.empty();
           });
  }

  void ScanFiles(Plan plan) {
    ScanSession::Options session_options;
    session_options.byte_pass = options_.depth != Depth::kStructure;
    session_options.analyse = options_.depth != Depth::kBytes;
    session_options.match = signatures_.mode != AvMode::kOff;
    session_options.parse = signatures_.mode == AvMode::kLibrary;
    session_options.coverage = options_.coverage;
    session_options.git_ids = UsesGitIds(plan);
    session_options.clamd = clamd_.get();
    session_options.split_large_files = options_.jobs != 1;
    session_options.signature_gaps = [this] { return SignatureGaps(); };
    session_.emplace(
        *fleet_, std::move(session_options), [this](FileReport&& file) { OnFile(std::move(file)); },
        [this](const FileReport& file, const Finding& finding) { OnThreat(file, finding); });
    total_ = plan.files.size();
    report_.files.reserve(total_);
    for (PlannedFile& planned : plan.files) {
      while (!session_->HasRoom() && !Stopped()) Pump();
      if (Stopped() || BudgetSpent()) {
        AddUnfinished(std::move(planned));
      } else {
        AddOne(std::move(planned));
      }
    }
    while (session_->open_files() > 0 && !Stopped()) Pump();
    if (Interrupted()) {
      session_->Abandon(GapReason::kNotFinished, "interrupted");
    } else if (time_is_up_) {
      session_->Abandon(GapReason::kLimitTime, "");
    }
    // The engines are described even when every file was done before they were loaded.
    while (!begun_ && !EnginesKnown() && !Stopped()) Pump();
    while (!hub_->Ready() && !Interrupted() && !failed_) WaitForHub();
    hub_->Wait();  // interrupted, it gives up at once
    JudgeWaiting();
    LearnEngines();
  }

  void WaitForHub() {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto now = std::chrono::steady_clock::now();
    if (!waits_since_) waits_since_ = now;
    if (!wait_is_said_ && now - *waits_since_ >= kLongWait) {
      wait_is_said_ = true;
      progress_.Say(fmt::format(
          "counterscan: every file is scanned; waiting for the Hub's answers, at most {} s in all "
          "(--hub-timeout)",
          options_.hub_timeout->count()));
    }
    progress_.Update(done_, total_, session_->progress().bytes, "waiting for the Hub");
  }

  // What every matched file lacks: no database, an old one, or one that could not be loaded whole.
  std::vector<Gap> SignatureGaps() const {
    std::vector<Gap> gaps = signatures_.gaps;
    const std::vector<Gap>& engine = fleet_->engine_gaps();
    gaps.insert(gaps.end(), engine.begin(), engine.end());
    if (!clamd_problem_.empty()) {
      gaps.push_back({.reason = GapReason::kEngineFailed,
                      .engine = EngineId::kClamav,
                      .detail = clamd_problem_});
    }
    if (fleet_->engines()) {
      const std::vector<Gap> loaded = LoadedSignatureGaps(
          Engines(), MaxDatabaseAge(options_.max_database_age, options_.offline), clock_.age_time);
      gaps.insert(gaps.end(), loaded.begin(), loaded.end());
    }
    return gaps;
  }

  void AddOne(PlannedFile&& planned) {
    if (planned.failure)
      return session_->AddUnopened(ReportOf(std::move(planned.file)), *planned.failure);
    auto opened = OpenPlanned(planned);
    if (!opened) return session_->AddUnopened(ReportOf(std::move(planned.file)), opened.error());
    if (planned.is_blob && session_->Knows(*opened)) {
      --total_;
      return;
    }
    current_ = planned.file.path;
    session_->Add(ReportOf(std::move(planned.file)), std::move(*opened));
  }

  void AddUnfinished(PlannedFile&& planned) {
    session_->AddUnopened(ReportOf(std::move(planned.file)),
                          {Interrupted() ? GapReason::kNotFinished
                           : time_is_up_ ? GapReason::kLimitTime
                           : failed_     ? GapReason::kEngineFailed
                                         : GapReason::kLimitScan,
                           Interrupted() ? "interrupted" : failure_});
  }

  // Nothing more is begun or waited for.
  bool Stopped() {
    const auto& limit = options_.limits.scan.time;
    time_is_up_ = time_is_up_ || (limit && std::chrono::steady_clock::now() - started_ >= *limit);
    return Interrupted() || failed_ || time_is_up_;
  }

  // Nothing more is begun; what was begun comes to its end.
  bool BudgetSpent() {
    const ScanBudget& budget = options_.limits.scan;
    const ScanSession::Spent& spent = session_->spent();
    budget_spent_ = budget_spent_ || (budget.bytes && spent.bytes >= *budget.bytes) ||
                    (budget.members && spent.members >= *budget.members);
    return budget_spent_;
  }

  void Pump() {
    const auto pumped = session_->Pump(std::chrono::milliseconds(100));
    if (!pumped && !failed_) {
      failed_ = true;
      failure_ = pumped.error().message;
      report_.errors.push_back("the workers stopped: " + failure_);
      session_->Abandon(GapReason::kEngineFailed, failure_);
    }
    if (hub_->Ready()) JudgeWaiting();
    ShowProgress();
  }

  void ShowProgress() {
    const ScanSession::Progress progress = session_->progress();
    std::string current = current_;
    if (const FileReport* file = progress.large_file) {
      current = fmt::format("{}% of {}: {}", 100 * progress.large_file_bytes / file->size,
                            HumanBytes(file->size), file->path);
    }
    if (!EnginesKnown()) {
      current = fmt::format("loading signatures, {}%", fleet_->loading_percent());
    }
    progress_.Update(done_, total_, progress.bytes, current);
  }

  bool EnginesKnown() const {
    return signatures_.mode == AvMode::kOff || fleet_->engines().has_value();
  }

  void LearnEngines() {
    if (begun_ && learned_) return;
    if (!hub_->Ready()) return;
    if (fleet_->engines()) {
      report_.engines = Engines();
    } else if (report_.engines.clamav_state.empty()) {
      report_.engines.clamav_state = "failed";
    }
    if (fleet_->sandbox()) report_.sandbox = *fleet_->sandbox();
    learned_ = EnginesKnown() || report_.engines.clamav_state == "off";
    if (!begun_) {
      begun_ = true;
      report_.hub = hub_->info();
      KeepFirstError(outputs_.Begin(report_));
      for (const FileReport& file : report_.files) KeepFirstError(outputs_.File(file));
    }
  }

  void OnFile(FileReport&& file) {
    ++done_;
    if (!hub_->Ready()) {
      unjudged_.push_back(std::move(file));
      return;
    }
    JudgeWaiting();
    Judge(std::move(file));
  }

  // What was finished before the Hub had answered.
  void JudgeWaiting() {
    for (FileReport& file : std::exchange(unjudged_, {})) Judge(std::move(file));
  }

  void Judge(FileReport&& file) {
    hub_->Judge(file);
    if (!begun_ && EnginesKnown()) LearnEngines();
    if (begun_) KeepFirstError(outputs_.File(file));
    report_.files.push_back(std::move(file));
  }

  // What was loaded is what was matched with; the next scan will load something else.
  void NoteChangedDatabase() {
    if (signatures_.mode != AvMode::kLibrary) return;
    if (DirectoryState(signatures_.database) == database_state_) return;
    report_.notes.push_back(fmt::format(
        "the signatures in {} were changed during the scan: this report is of those that were "
        "loaded when it began",
        Printable(signatures_.database)));
  }

  // A threat is shown when it is found, to whoever is watching a scan that takes its time.
  void OnThreat(const FileReport& file, const Finding& finding) {
    if (!show_threats_ || finding.suppressed || finding.level < options_.fail_on) return;
    TextOptions text;
    progress_.Say(ThreatLine(file.path, finding, text));
  }

  void KeepFirstError(const Result<void>& written) {
    if (!written && output_error_.empty()) output_error_ = written.error().message;
  }

  int Conclude() {
    progress_.Clear();
    if (!outputs_.ShowsText() || !StandardOutputIsTerminal()) progress_.SayHeld();
    if (fleet_->sandbox()) report_.sandbox = *fleet_->sandbox();
    SortByPath(report_.files);
    NoteChangedDatabase();
    report_.hub = hub_->info();
    report_.complete = !Interrupted() && !time_is_up_ && !budget_spent_;
    report_.exit_status = Interrupted() ? kExitInterrupted : ExitStatusOf(report_);
    KeepFirstError(outputs_.End(report_));
    if (!output_error_.empty()) {
      (void)FailWith("the report could not be written: " + output_error_);
      return Badness(report_.exit_status) < Badness(kExitIncomplete) ? kExitIncomplete
                                                                     : report_.exit_status;
    }
    return report_.exit_status;
  }

  const ScanOptions options_;
  const Environment environment_;
  const Clock clock_;
  const SignatureChoice signatures_;
  const std::string database_state_;  // before the workers began to load it
  Outputs outputs_;
  Progress progress_;
  const bool show_threats_;

  UserPolicyChoice policy_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<ClamdPool> clamd_;
  std::string clamd_problem_;  // why it is not asked though it should be
  std::optional<HubSide> hub_;
  std::optional<ScanSession> session_;
  std::vector<FileReport> unjudged_;  // finished, but the Hub has not answered yet
  Report report_;
  std::size_t total_ = 0;
  std::size_t done_ = 0;
  std::string current_;
  bool begun_ = true;     // the outputs have been started
  bool learned_ = false;  // report_.engines is final
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::optional<std::chrono::steady_clock::time_point> waits_since_;  // for the Hub alone
  bool wait_is_said_ = false;
  bool time_is_up_ = false;
  bool budget_spent_ = false;
  bool failed_ = false;
  std::string failure_;
  std::string output_error_;
};

}  // namespace

int RunScan(const std::vector<std::string>& arguments) {
  auto parsed = ParseScan(arguments);
  if (!parsed) return UsageError(parsed.error().message);
  if (parsed->help) return WriteAll(STDOUT_FILENO, *parsed->help) ? 0 : kExitIncomplete;
  const Environment environment = ProcessEnvironment();
  if (const auto variable = OfflineVariable(environment)) {
    const auto offline = GoOffline(*variable, parsed->options);
    if (!offline) return UsageError(offline.error().message);
  }
  const auto clock = ReadClock();
  if (!clock) return UsageError(clock.error().message);
  RaiseDescriptorLimit();
  WatchForInterrupts();
  return Scan(std::move(parsed->options), environment, *clock).Run();
}

}  // namespace counterscan

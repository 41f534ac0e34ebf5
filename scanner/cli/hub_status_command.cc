// `counterscan hub status`: what the Hub says of repositories, one or thousands.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hubclient/environment.h"
#include "hubclient/export_file.h"
#include "hubclient/hub_endpoint.h"
#include "hubclient/hub_source.h"
#include "hubclient/local_files.h"
#include "hubclient/offline_hub.h"
#include "hubclient/rfc3339.h"
#include "scanner/base/atomic_file.h"
#include "scanner/base/digest.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/clock.h"
#include "scanner/cli/command.h"
#include "scanner/cli/hub_status_journal.h"
#include "scanner/cli/hub_status_options.h"
#include "scanner/cli/hub_status_progress.h"
#include "scanner/cli/hub_status_targets.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/live_source.h"
#include "scanner/cli/process_environment.h"
#include "scanner/cli/terminal.h"
#include "scanner/crosscheck/exit_status.h"
#include "scanner/crosscheck/repository_word.h"
#include "scanner/report/phrases.h"
#include "scanner/report/repository_json.h"
#include "scanner/report/repository_table.h"

namespace counterscan {
namespace {

using Format = HubStatusOptions::Format;

// A Hub that flags a thousand files of each of a thousand repositories must not fill the memory:
// from here on fewer of them are named, and all are counted.
constexpr std::size_t kManyFlagBytes = 16 * kMiB;
constexpr std::size_t kFewFlags = 10;

int FailWith(const std::string& message) {
  (void)WriteAll(STDERR_FILENO, fmt::format("counterscan: {}\n", message));
  return kExitUnconfirmed;
}

// An answer of the Hub, whatever it is. That nobody answered is asked again by the next run.
bool IsAnswer(const RepositoryWord& word) {
  return word.state != HubState::kUnreachable && word.state != HubState::kNotAsked;
}

// The rule: 1 for a flag at or above `fail_on` or a withdrawal, else 3 for anything that is not
// exactly safe, and for a run that left something out.
int ExitStatusOf(const RepositoryReport& report, Level fail_on) {
  bool all_safe = report.complete && report.errors.empty() && !report.words.empty();
  for (const RepositoryWord& word : report.words) {
    const auto level = FlagLevel(word.state);
    if (word.state == HubState::kDisabled || (level && *level >= fail_on)) return kExitThreat;
    all_safe = all_safe && word.state == HubState::kSafe;
  }
  return all_safe ? kExitClear : kExitUnconfirmed;
}

class HubStatus {
 public:
  HubStatus(HubStatusOptions options, Environment environment, const Clock& clock)
      : options_(std::move(options)),
        environment_(std::move(environment)),
        clock_(clock),
        progress_(StandardErrorIsTerminal() && !options_.quiet && !options_.no_progress) {}

  int Run() {
    auto wanted = NamedRepositories(options_);
    if (!wanted) return UsageError(wanted.error().message);
    wanted_ = std::move(*wanted);
    const auto opened = OpenSource();
    if (!opened) return UsageError(opened.error().message);
    report_.tool_version = COUNTERSCAN_VERSION;
    report_.created = FormatRfc3339(clock_.report_time);
    report_.endpoint = source_->endpoint();
    report_.source = options_.hub_file;
    report_.quick = options_.quick;
    if (!options_.resume.empty()) {
      auto journal = HubStatusJournal::Open(options_.resume, report_);
      if (!journal) return UsageError("--resume: " + journal.error().message);
      journal_.emplace(std::move(*journal));
    }
    if (const auto refusal = AddListed(options_, *source_, wanted_)) {
      report_.errors.push_back("the list of repositories broke off: " + refusal->reason);
      report_.complete = false;
    }
    Stream(RepositoryJsonlHeader(report_));
    TakeKnown();
    Ask();
    return Conclude();
  }

 private:
  Result<void> OpenSource() {
    if (!options_.hub_file.empty()) return OpenFile();
    if (options_.offline) return GoOffline("--offline");
    if (const auto variable = OfflineVariable(environment_)) {
      return GoOffline(std::string(*variable) + " is set");
    }
    LiveSource::Options live;
    live.pause = options_.hub_pause;
    if (options_.hub_timeout) live.timeout = *options_.hub_timeout;
    live.stop = &Interrupted;
    live.held_back = [this](std::chrono::milliseconds left) {
      if (left <= options_.hub_pause) return;  // as was asked for
      progress_.Wait(Total(), source_->quota(), left);
    };
    live_.emplace(TRY(LiveSource::Open(environment_, std::move(live))));
    source_ = &live_->hub();
    if (!live_->note().empty() && !options_.quiet) progress_.Say(live_->note());
    return {};
  }

  // Whatever is asked has no answer then, but for what --resume has kept.
  Result<void> GoOffline(std::string why) {
    auto endpoint = HubEndpoint::Parse(EndpointText(environment_));
    if (!endpoint) {
      return Fail(ErrorCode::kUnsupported, "HF_ENDPOINT: " + endpoint.error().message);
    }
    offline_.emplace(std::move(endpoint->url), std::move(why));
    source_ = &*offline_;
    return {};
  }

  Result<void> OpenFile() {
    const std::string name = "--hub file:" + Printable(options_.hub_file) + ": ";
    const auto bytes = ReadNamedFile(options_.hub_file, HubLimits{}.export_bytes);
    if (!bytes) return Fail(ErrorCode::kIo, name + bytes.error().message);
    if (!options_.hub_digest.empty() && Sha256Hex(*bytes) != AsciiLower(options_.hub_digest)) {
      return Fail(ErrorCode::kMalformed, name + "its SHA-256 is not the one given");
    }
    auto saved = SavedAnswers::Parse(*bytes);
    if (!saved) return Fail(ErrorCode::kMalformed, name + saved.error().message);
    if (!(*saved)->problems().empty()) {
      report_.errors.push_back(fmt::format("{}{} parts were left out: {}", name,
                                           (*saved)->problems().size(),
                                           Printable((*saved)->problems().front(), 200)));
    }
    saved_ = std::move(*saved);
    source_ = saved_.get();
    return {};
  }

  std::size_t Total() const { return wanted_.size(); }

  WordOptions WordRules() const {
    WordOptions rules;
    rules.max_age = options_.max_hub_age;
    if (flag_bytes_ > kManyFlagBytes) rules.flags = kFewFlags;
    rules.now =
        std::max(clock_.age_time,
                 std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    return rules;
  }

  // Answers that an earlier run has kept, while they are young enough: a branch moves, and what the
  // Hub says of the same files changes. A flag that is older stands until the Hub says otherwise.
  void TakeKnown() {
    known_.resize(wanted_.size(), false);
    std::unordered_map<std::string, RepositoryWord> kept;
    std::size_t left_out = 0;
    if (journal_) {
      JournalWords journal = journal_->TakeWords();
      left_out = journal.left_out;
      for (RepositoryWord& word : journal.words) {
        std::string key = KeyOf(word.repo_type, word.repo, word.revision);
        word.kept = true;
        kept.insert_or_assign(std::move(key), std::move(word));
      }
    }
    KeptAnswers taken;
    const WordOptions rules = WordRules();
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const HubQuery& query = wanted_[i].query;
      if (!wanted_[i].problem.empty()) {
        RepositoryWord word = NoWordOn(query, HubState::kNotAsked, wanted_[i].problem);
        word.next = "correct the line";
        Keep(i, std::move(word), false);
        continue;
      }
      const auto found = kept.find(KeyOf(Name(query.repo.type), query.repo.id, query.revision));
      if (found == kept.end() || !IsAnswer(found->second)) continue;
      const auto asked_at = ParseRfc3339(found->second.asked_at);
      // One from the future proves nothing about today.
      if (asked_at && *asked_at <= rules.now && rules.now - *asked_at <= options_.max_kept_age) {
        taken.Take(rules.now - *asked_at);
        Keep(i, std::move(found->second), false);
        continue;
      }
      ++taken.too_old;
      const HubState state = found->second.state;
      if (FlagLevel(state) || state == HubState::kDisabled) {
        old_flags_.emplace(i, std::move(found->second));
      }
    }
    SayWhatWasKept(taken, left_out);
  }

  struct KeptAnswers {
    std::size_t count = 0, too_old = 0;
    std::chrono::seconds oldest{0};
    void Take(std::chrono::seconds age) {
      ++count;
      oldest = std::max(oldest, age);
    }
  };

  void SayWhatWasKept(const KeptAnswers& taken, std::size_t left_out) {
    if (options_.quiet) return;
    const std::string from = "--resume " + Printable(options_.resume) + ": ";
    if (taken.count > 0) {
      const auto minutes = std::chrono::floor<std::chrono::minutes>(taken.oldest);
      progress_.Say(fmt::format("{}{} kept, the oldest from {} min ago", from,
                                Count(taken.count, "answer"), minutes.count()));
    }
    if (taken.too_old > 0) {
      progress_.Say(fmt::format("{}{} too old and asked for again (--max-hub-age)", from,
                                Count(taken.too_old, "answer")));
    }
    if (left_out > 0) {
      progress_.Say(fmt::format("{}{} not written by this program as they are, and left out", from,
                                Count(left_out, "line")));
    }
  }

  // What the Hub says now; but a flag that was kept is not cleared by its silence.
  RepositoryWord BesideOldFlag(std::size_t place, RepositoryWord word, bool& append) {
    const auto old = old_flags_.find(place);
    const bool speaks = word.state == HubState::kSafe || word.state == HubState::kDisabled ||
                        FlagLevel(word.state).has_value();
    if (old == old_flags_.end() || speaks) return word;
    append = false;
    RepositoryWord flagged = std::move(old->second);
    const std::string now =
        fmt::format("asked again, the Hub says \"{}\", which does not clear the {}{}",
                    StateName(word), flagged.state == HubState::kDisabled ? "withdrawal" : "flag",
                    word.reason.empty() ? "" : ": " + word.reason);
    flagged.notes.insert(flagged.notes.begin(), now);
    return flagged;
  }

  void Ask() {
    std::vector<HubQuery> queries;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (known_[i]) continue;
      queries.push_back(wanted_[i].query);
      places.push_back(i);
    }
    const HubLimits limits = saved_ ? HubLimits{} : LiveHubLimits();
    std::size_t unanswered = queries.size();
    if (!queries.empty() && !Interrupted()) {
      source_->Ask(queries, [&](std::size_t number, HubRecord record) {
        const RepoAnswer answer = ReadRecord(std::move(record), source_->endpoint(), limits);
        const bool stopped = answer.failure_cause == NoAnswer::kInterrupted ||
                             answer.failure_cause == NoAnswer::kDeadline ||
                             answer.failure_cause == NoAnswer::kOffline ||
                             answer.failure_cause == NoAnswer::kRateLimit;
        if (!known_[places[number]] && !stopped) --unanswered;
        RepositoryWord word = WordOn(answer, queries[number], WordRules());
        if (answer.failure_cause == NoAnswer::kInterrupted) return !Interrupted();
        if (offline_) word.state = HubState::kNotAsked;
        Keep(places[number], std::move(word), !stopped);
        return true;
      });
    }
    if (saved_) {
      for (std::size_t number = 0; number < queries.size(); ++number) {
        if (known_[places[number]]) continue;
        RepositoryWord word =
            NoWordOn(queries[number], HubState::kMissing, "the file of answers does not have it");
        word.next = "ask the live Hub, or have the file made again with it";
        Keep(places[number], std::move(word), false);
      }
      unanswered = 0;
    }
    report_.left = unanswered;
    report_.complete = report_.complete && unanswered == 0;
  }

  void Keep(std::size_t place, RepositoryWord word, bool append) {
    known_[place] = true;
    word = BesideOldFlag(place, std::move(word), append);
    if (append && journal_ && IsAnswer(word)) {
      if (const auto written = journal_->Append(word); !written) {
        LoseJournal(written.error().message);
      }
    }
    for (const RepositoryWord::Flag& flag : word.flags) {
      flag_bytes_ += sizeof(flag) + flag.path.size();
    }
    Stream(RepositoryJsonlWord(word));
    words_.emplace_back(place, std::move(word));
    progress_.Count(words_.size(), Total(), source_->quota());
  }

  void LoseJournal(const std::string& why) {
    report_.errors.push_back("--resume " + Printable(options_.resume) + ": " + why);
    journal_.reset();
  }

  // JSON lines go out as they are made, where they go to standard output.
  void Stream(const std::string& line) {
    if (options_.format != Format::kJsonl) return;
    if (!options_.output.empty()) {
      lines_ += line;
    } else if (stream_is_good_) {
      stream_is_good_ = WriteAll(STDOUT_FILENO, line).has_value();
    }
  }

  int Conclude() {
    progress_.Clear();
    std::stable_sort(words_.begin(), words_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, word] : words_) report_.words.push_back(std::move(word));
    if (journal_) {
      if (const auto closed = journal_->Close(); !closed) LoseJournal(closed.error().message);
    }
    report_.complete = report_.complete && !Interrupted();
    report_.quota = source_->quota();
    report_.exit_status =
        Interrupted() ? kExitInterrupted : ExitStatusOf(report_, options_.fail_on);
    const bool written = Write();
    Say();
    if (!written && report_.exit_status == kExitClear) return kExitUnconfirmed;
    return report_.exit_status;
  }

  std::string TextOf() const {
    switch (options_.format) {
      case Format::kJson:
        return RepositoryJson(report_);
      case Format::kJsonl:
        return lines_ + RepositoryJsonlEnd(report_);
      case Format::kTable:
        break;
    }
    TextOptions text =
        TextOptionsFor(options_.output.empty() ? options_.color : ColorChoice::kNever);
    text.verbose = options_.verbose;
    return RepositoryTable(report_, text);
  }

  bool Write() {
    const std::string text = TextOf();
    if (!options_.output.empty()) {
      const auto written = WriteFileAtomically(options_.output, text);
      if (written) return true;
      // What was asked for in an hour must reach somebody.
      FailWith(Printable(options_.output) + ": " + written.error().message);
      (void)WriteAll(STDOUT_FILENO, text);
      return false;
    }
    const auto written = WriteAll(STDOUT_FILENO, text);
    if (!written) FailWith("standard output: " + written.error().message);
    return written.has_value() && stream_is_good_;
  }

  // To the person: what is left, and how to go on.
  void Say() const {
    if (options_.quiet) return;
    if (const auto quota = source_->quota())
      progress_.Say("the Hub's quota: " + QuotaWords(*quota));
    if (report_.left == 0) return;
    progress_.Say(fmt::format(
        "{} of {} not asked. {}", report_.left, Total(),
        options_.resume.empty()
            ? "With --resume FILE a run keeps its answers, and the next one goes on from there."
            : "The same command goes on from there."));
  }

  const HubStatusOptions options_;
  const Environment environment_;
  const Clock clock_;
  HubStatusProgress progress_;
  std::optional<LiveSource> live_;
  std::unique_ptr<SavedAnswers> saved_;
  std::optional<OfflineHub> offline_;
  HubSource* source_ = nullptr;  // one of the three
  std::optional<HubStatusJournal> journal_;
  std::vector<WantedRepository> wanted_;
  std::vector<bool> known_;  // of each wanted repository, whether there is a word
  // Flags and withdrawals that were kept, and are too old to be the answer.
  std::unordered_map<std::size_t, RepositoryWord> old_flags_;
  std::vector<std::pair<std::size_t, RepositoryWord>> words_;
  RepositoryReport report_;
  std::size_t flag_bytes_ = 0;  // of all words
  std::string lines_;           // JSON lines on their way to a file
  bool stream_is_good_ = true;
};

int RunHubStatus(const std::vector<std::string>& arguments) {
  auto parsed = ParseHubStatus(arguments);
  if (!parsed) return UsageError(parsed.error().message);
  if (parsed->help) return WriteAll(STDOUT_FILENO, *parsed->help) ? 0 : kExitUnconfirmed;
  const auto clock = ReadClock();
  if (!clock) return UsageError(clock.error().message);
  WatchForInterrupts();
  return HubStatus(std::move(parsed->options), ProcessEnvironment(), *clock).Run();
}

constexpr std::string_view kUsage =
    "usage: counterscan hub status REPO...\n\n"
    "  status    what the Hub says of repositories: one, or thousands\n\n"
    "options: counterscan hub status --help\n"
    "what the words mean: counterscan help hub-status\n"
    "sources, tokens, mirrors, waiting: counterscan help hub\n";

}  // namespace

int RunHub(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    (void)WriteAll(STDERR_FILENO, kUsage);
    return kExitUsage;
  }
  const std::string& first = arguments.front();
  if (first == "-h" || first == "--help") return WriteAll(STDOUT_FILENO, kUsage) ? 0 : kExitUsage;
  if (first == "status") return RunHubStatus({arguments.begin() + 1, arguments.end()});
  if (first == "export" || first == "health") {
    return UsageError(fmt::format("'hub {}' is not in this version; there is: hub status.", first));
  }
  const bool misspelt = Nearest(first, {"status"}).has_value();
  return UsageError(
      fmt::format("hub takes status, not '{}'. Did you mean 'counterscan hub status{}'?",
                  Printable(first, 200), misspelt ? "" : " " + Printable(first, 200)));
}

}  // namespace counterscan

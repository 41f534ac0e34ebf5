#include "scanner/cli/hub_status_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
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
#include "scanner/base/digest.h"
#include "scanner/base/text.h"
#include "scanner/cli/arguments.h"
#include "scanner/cli/clock.h"
#include "scanner/cli/command.h"
#include "scanner/cli/hub_status_options.h"
#include "scanner/cli/hub_status_progress.h"
#include "scanner/cli/hub_status_targets.h"
#include "scanner/cli/interrupt.h"
#include "scanner/cli/live_source.h"
#include "scanner/cli/reading_time.h"
#include "scanner/cli/terminal.h"
#include "scanner/crosscheck/repository_word.h"
#include "scanner/report/repository_json.h"

namespace counterscan {
namespace {

// A Hub that flags a thousand files of each of a thousand repositories must not fill the memory:
// from here on fewer of them are named, and all are counted.
constexpr std::size_t kManyFlagBytes = 16 * kMiB;
constexpr std::size_t kFewFlags = 10;

}  // namespace

HubStatusRun::HubStatusRun(HubStatusOptions options, Environment environment, const Clock& clock)
    : options_(std::move(options)),
      environment_(std::move(environment)),
      clock_(clock),
      progress_(StandardErrorIsTerminal() && !options_.quiet && !options_.no_progress) {}

int HubStatusRun::Run() {
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
  if (std::string problem = AddListed(options_, *source_, wanted_); !problem.empty()) {
    report_.errors.push_back(std::move(problem));
    report_.complete = false;
  }
  Stream(RepositoryJsonlHeader(report_));
  TakeKnown();
  Ask();
  return Conclude();
}

Result<void> HubStatusRun::OpenSource() {
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
Result<void> HubStatusRun::GoOffline(std::string why) {
  auto endpoint = HubEndpoint::Parse(EndpointText(environment_));
  if (!endpoint) {
    return Fail(ErrorCode::kUnsupported, "HF_ENDPOINT: " + endpoint.error().message);
  }
  offline_.emplace(std::move(endpoint->url), std::move(why));
  source_ = &*offline_;
  return {};
}

Result<void> HubStatusRun::OpenFile() {
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

std::size_t HubStatusRun::Total() const { return wanted_.size(); }

WordOptions HubStatusRun::WordRules() const {
  WordOptions rules;
  rules.max_age = options_.max_hub_age;
  if (flag_bytes_ > kManyFlagBytes) rules.flags = kFewFlags;
  rules.now = std::max(clock_.age_time,
                       std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  return rules;
}

void HubStatusRun::Ask() {
  std::vector<HubQuery> queries;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (known_[i]) continue;
    queries.push_back(wanted_[i].query);
    places.push_back(i);
  }
  const HubLimits limits = saved_ ? HubLimits{} : LiveHubLimits();
  const StopReading stop = StopReadingAfter(options_.hub_timeout, &Interrupted);
  std::size_t unanswered = queries.size();
  if (!queries.empty() && !Interrupted()) {
    source_->Ask(queries, [&](std::size_t number, HubRecord record) {
      const RepoAnswer answer = ReadRecord(std::move(record), source_->endpoint(), limits, stop);
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

}  // namespace counterscan

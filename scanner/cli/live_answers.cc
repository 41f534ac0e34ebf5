#include "scanner/cli/live_answers.h"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "hubclient/answer_budget.h"
#include "hubclient/hub_record.h"
#include "hubclient/no_answer.h"
#include "hubclient/rfc3339.h"
#include "scanner/base/limits.h"
#include "scanner/cli/reading_time.h"

namespace counterscan {
namespace {

// Signals are for the thread that watches for them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

LiveAnswers::LiveAnswers(Options options, const Environment& environment)
    : options_(std::move(options)) {
  LiveSource::Options asking;
  asking.pause = options_.pause;
  asking.timeout = options_.timeout;
  asking.stop = [this] { return give_up_ || (options_.stop && options_.stop()); };
  auto source = LiveSource::Open(environment, std::move(asking));
  if (!source) {
    answers_ = HubAnswers::Unreachable(source.error().message, NoAnswer::kBadSettings);
    done_ = true;
    return;
  }
  source_.emplace(std::move(*source));
  answers_.info.endpoint = source_->hub().endpoint();
  answers_.info.note = source_->note();
  const SignalsBlocked blocked;
  thread_ = std::thread([this] {
    Run();
    done_ = true;
  });
}

LiveAnswers::~LiveAnswers() {
  give_up_ = true;
  if (thread_.joinable()) thread_.join();
}

HubAnswers LiveAnswers::Take() {
  if (thread_.joinable()) thread_.join();
  return std::move(answers_);
}

void LiveAnswers::Run() {
  HubSource& hub = source_->hub();
  std::optional<std::chrono::sys_seconds> oldest;
  AnswerBudget budget(kLiveAnswersBytes);
  const StopReading stop = StopReadingAfter(
      options_.timeout, [this] { return give_up_ || (options_.stop && options_.stop()); });
  hub.Ask(options_.queries, [&](std::size_t number, HubRecord record) {
    RepoAnswer answer = ReadRecord(std::move(record), hub.endpoint(), LiveHubLimits(), stop);
    budget.Fit(answer, options_.queries[number].paths);
    const auto asked_at = ParseRfc3339(answer.asked_at);
    if (asked_at && (!oldest || *asked_at < *oldest)) {
      oldest = asked_at;
      answers_.info.asked_at = answer.asked_at;
    }
    answers_.Add(std::move(answer));
    return true;
  });
  answers_.info.quota = hub.quota();
}

}  // namespace counterscan

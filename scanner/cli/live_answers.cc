#include "scanner/cli/live_answers.h"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "hubclient/credentials.h"
#include "hubclient/curl_transport.h"
#include "hubclient/live_hub.h"
#include "hubclient/local_files.h"
#include "hubclient/network_settings.h"
#include "hubclient/no_answer.h"
#include "hubclient/rfc3339.h"

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

void AddNote(std::string& note, const std::string& more) {
  if (more.empty()) return;
  note += (note.empty() ? "" : "; ") + more;
}

}  // namespace

struct LiveAnswers::Setting {
  CurlTransport::Options transport;
};

LiveAnswers::LiveAnswers(Options options, const Environment& environment)
    : options_(std::move(options)) {
  const auto settings = ReadHubSettings(environment);
  std::string endpoint_text(kDefaultEndpoint);
  if (settings) endpoint_text = settings->endpoint;
  auto endpoint = HubEndpoint::Parse(endpoint_text);
  if (!endpoint) {
    answers_ =
        HubAnswers::Unreachable("HF_ENDPOINT: " + endpoint.error().message, NoAnswer::kBadSettings);
    done_ = true;
    return;
  }
  Setting setting;
  Credentials credentials = ReadCredentials(environment, *endpoint, &ReadNamedFile);
  const DiskFiles disk;
  setting.transport.network = ReadNetworkSettings(
      environment, *endpoint, [&](const std::string& path) { return disk.IsDirectory(path); });
  setting.transport.endpoint = std::move(*endpoint);
  setting.transport.token = std::move(credentials.token);
  answers_.info.endpoint = setting.transport.endpoint.url;
  AddNote(answers_.info.note, credentials.note);
  const SignalsBlocked blocked;
  thread_ = std::thread(
      [this](Setting mine) {
        Run(std::move(mine));
        done_ = true;
      },
      std::move(setting));
}

LiveAnswers::~LiveAnswers() {
  give_up_ = true;
  if (thread_.joinable()) thread_.join();
}

HubAnswers LiveAnswers::Take() {
  if (thread_.joinable()) thread_.join();
  return std::move(answers_);
}

void LiveAnswers::Run(Setting setting) {
  SystemHubClock clock;
  LiveHub::Options live;
  live.endpoint = setting.transport.endpoint.url;
  live.pause = options_.pause;
  live.timeout = options_.timeout;
  live.stop = [this] { return give_up_ || (options_.stop && options_.stop()); };
  const HubLimits limits = live.limits;
  CurlTransport transport(std::move(setting.transport));
  LiveHub hub(transport, clock, std::move(live));
  std::optional<std::chrono::sys_seconds> oldest;
  hub.Ask(options_.queries, [&](std::size_t, const HubRecord& record) {
    RepoAnswer answer = ReadRecord(record, hub.endpoint(), limits);
    const auto asked_at = ParseRfc3339(answer.asked_at);
    if (asked_at && (!oldest || *asked_at < *oldest)) {
      oldest = asked_at;
      answers_.info.asked_at = answer.asked_at;
    }
    answers_.Add(std::move(answer));
    return true;
  });
  if (const auto quota = hub.quota()) AddNote(answers_.info.note, QuotaWords(*quota));
}

}  // namespace counterscan

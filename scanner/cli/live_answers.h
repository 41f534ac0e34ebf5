// LiveAnswers: asks the live Hub in a thread of its own, beside the scan.
//
// The thread touches nothing of the scan's: it gets its questions when it starts, and its answers
// are taken when it is done.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "hubclient/environment.h"
#include "hubclient/hub_answers.h"
#include "hubclient/hub_source.h"
#include "scanner/cli/live_source.h"

namespace counterscan {

class LiveAnswers {
 public:
  struct Options {
    std::vector<HubQuery> queries;
    std::chrono::milliseconds pause{0};
    std::optional<std::chrono::seconds> timeout{};
    std::function<bool()> stop{};  // called in the thread
  };

  // Reads settings and token from the environment, and begins. Call once the workers are started:
  // they must not inherit a token or a socket.
  LiveAnswers(Options options, const Environment& environment);
  // Gives up what is open.
  ~LiveAnswers();
  LiveAnswers(const LiveAnswers&) = delete;
  LiveAnswers& operator=(const LiveAnswers&) = delete;

  bool done() const { return done_; }
  // Waits until the thread is done, and hands over what it learned. Once.
  HubAnswers Take();

 private:
  void Run();

  Options options_;
  std::optional<LiveSource> source_;  // the thread's, once it runs
  HubAnswers answers_;
  std::atomic<bool> give_up_ = false;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace counterscan

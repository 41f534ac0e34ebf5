// A transport and a clock of a test's own: replies by script, and time that passes only when
// somebody waits for it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hubclient/http.h"
#include "hubclient/hub_clock.h"

namespace counterscan {

class FakeClock final : public HubClock {
 public:
  Time Now() override { return now; }
  std::chrono::sys_seconds WallTime() override {
    return std::chrono::sys_seconds(std::chrono::seconds(1'790'000'000)) +
           std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  }
  void Sleep(std::chrono::milliseconds duration) override { now += duration; }
  double Chance() override { return 0; }

  Time now{std::chrono::seconds(1000)};
};

class FakeTransport final : public HttpTransport {
 public:
  // Answers each request; what a reply takes is `reply_takes`.
  FakeTransport(FakeClock& clock, std::function<HttpReply(const HttpRequest&)> answer)
      : clock_(clock), answer_(std::move(answer)) {}

  void Start(std::uint64_t id, HttpRequest request) override {
    started.push_back({clock_.now, request});
    open_.push_back({clock_.now + reply_takes, id, std::move(request)});
    most_at_once = std::max(most_at_once, open_.size());
  }

  std::vector<Finished> Wait(std::chrono::milliseconds timeout) override {
    std::vector<Finished> finished;
    const auto end = clock_.now + timeout;
    if (open_.empty() || open_.front().done_at > end) {
      clock_.now = end;
      return finished;
    }
    clock_.now = std::max(clock_.now, open_.front().done_at);
    finished.push_back({open_.front().id, answer_(open_.front().request)});
    open_.pop_front();
    return finished;
  }

  void CancelAll() override {
    cancelled += open_.size();
    open_.clear();
  }

  struct StartedRequest {
    HubClock::Time at;
    HttpRequest request;
  };
  std::vector<StartedRequest> started;
  std::size_t most_at_once = 0;
  std::size_t cancelled = 0;
  std::chrono::milliseconds reply_takes{10};

 private:
  struct OpenRequest {
    HubClock::Time done_at;
    std::uint64_t id;
    HttpRequest request;
  };

  FakeClock& clock_;
  std::function<HttpReply(const HttpRequest&)> answer_;
  std::deque<OpenRequest> open_;
};

inline HttpReply ReplyOf(int status, std::string body = "",
                         std::map<std::string, std::string> headers = {}) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.headers = std::move(headers);
  return reply;
}

inline HttpReply NoReplyOf(NoAnswer cause) {
  HttpReply reply;
  reply.cause = cause;
  reply.error = "hub.test: " + std::string(RowOf(cause).words);
  return reply;
}

}  // namespace counterscan

// RequestQueue: many requests, made politely: paced, retried, and given up in time.
//
// Whoever asks adds requests under numbers of its own and gets each one's final reply: the reply
// of the Hub, or why there was none. Nothing is asked of a host that has shown that nobody answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hubclient/http.h"
#include "hubclient/hub_clock.h"
#include "hubclient/pacer.h"
#include "scanner/base/limits.h"

namespace counterscan {

class RequestQueue {
 public:
  struct Options {
    std::optional<std::chrono::milliseconds> timeout{};  // for all requests together, from now
    std::function<bool()> stop{};                        // true: give everything up
    // Called again and again while nothing is on its way: how long until something may be.
    std::function<void(std::chrono::milliseconds)> held_back{};
    HttpLimits limits{};
  };

  // What it is given must outlive it. The pacer is that of all requests to this server: what one
  // queue has learned of the quota holds for the next.
  RequestQueue(HttpTransport& transport, HubClock& clock, Pacer& pacer, Options options);
  // Gives up what is still on its way.
  ~RequestQueue();
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  void Add(std::uint64_t id, HttpRequest request);

  // Waits until requests have their final replies, and hands these over. Empty only when no request
  // is open.
  std::vector<HttpTransport::Finished> Wait();

 private:
  struct Open {
    HttpRequest request;
    int tries = 0;
    HubClock::Time not_before{};
    bool on_its_way = false;
    HubClock::Time started{};  // the try that is on its way
    std::chrono::milliseconds took{0};
    std::optional<HttpReply> last{};  // of the try before
  };
  using Finished = HttpTransport::Finished;

  bool TimeIsOver();
  void StartWhatMay();
  void OnReply(std::uint64_t id, HttpReply reply);
  void Finish(std::uint64_t id, HttpReply reply);
  void GiveUp(NoAnswer cause);
  void CancelAll();
  void NoteHost(const HttpReply& reply);
  HubClock::Time NextStart(HubClock::Time now) const;
  std::chrono::milliseconds UntilNextEvent();

  HttpTransport& transport_;
  HubClock& clock_;
  Pacer& pacer_;
  Options options_;
  std::optional<HubClock::Time> end_;
  std::map<std::uint64_t, Open> open_;
  std::deque<std::uint64_t> waiting_;  // in the order they were added
  std::size_t on_their_way_ = 0;
  std::vector<Finished> finished_;
  int failures_in_a_row_ = 0;
  std::optional<HttpReply> host_is_down_;
};

}  // namespace counterscan

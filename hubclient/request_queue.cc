#include "hubclient/request_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hubclient/rate_limit.h"
#include "hubclient/retry_rule.h"

namespace counterscan {
namespace {

using std::chrono::milliseconds;

// How long the user's wish to stop may go unnoticed.
constexpr milliseconds kLongestWait(100);

HttpReply NoReply(NoAnswer cause) {
  HttpReply reply;
  reply.cause = cause;
  reply.error = RowOf(cause).words;
  return reply;
}

milliseconds RoundedUp(HubClock::Time::duration duration) {
  return std::chrono::ceil<milliseconds>(duration);
}

}  // namespace

RequestQueue::RequestQueue(HttpTransport& transport, HubClock& clock, Pacer& pacer, Options options)
    : transport_(transport), clock_(clock), pacer_(pacer), options_(std::move(options)) {
  if (options_.timeout) end_ = clock_.Now() + *options_.timeout;
}

RequestQueue::~RequestQueue() { CancelAll(); }

void RequestQueue::CancelAll() {
  transport_.CancelAll();
  pacer_.ForgetOnTheirWay();
  on_their_way_ = 0;
}

void RequestQueue::Add(std::uint64_t id, HttpRequest request) {
  Open& open = open_[id];
  open.request = std::move(request);
  open.not_before = clock_.Now();
  waiting_.push_back(id);
}

std::vector<HttpTransport::Finished> RequestQueue::Wait() {
  while (finished_.empty() && !open_.empty()) {
    if (options_.stop && options_.stop()) {
      GiveUp(NoAnswer::kInterrupted);
    } else if (TimeIsOver()) {
      GiveUp(NoAnswer::kDeadline);
    } else {
      StartWhatMay();
      if (!finished_.empty()) break;
      const milliseconds wait = UntilNextEvent();
      if (on_their_way_ == 0) {
        const HubClock::Time now = clock_.Now();
        if (options_.held_back) options_.held_back(RoundedUp(NextStart(now) - now));
        clock_.Sleep(wait);
        continue;
      }
      for (Finished& finished : transport_.Wait(wait)) {
        OnReply(finished.id, std::move(finished.reply));
      }
    }
  }
  return std::exchange(finished_, {});
}

bool RequestQueue::TimeIsOver() {
  if (!end_) return false;
  const HubClock::Time now = clock_.Now();
  if (now >= *end_) return true;
  // Where nothing is on its way and nothing may start in time, waiting would be in vain.
  if (on_their_way_ > 0) return false;
  return NextStart(now) >= *end_;
}

// When the first of those that wait may start.
HubClock::Time RequestQueue::NextStart(HubClock::Time now) const {
  const HubClock::Time start = pacer_.NextStart(now);
  HubClock::Time next = HubClock::Time::max();
  for (const std::uint64_t id : waiting_) {
    next = std::min(next, std::max(start, open_.at(id).not_before));
  }
  return next;
}

void RequestQueue::StartWhatMay() {
  const HubClock::Time now = clock_.Now();
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    Open& open = open_.at(*waiting);
    if (host_is_down_) {
      const std::uint64_t id = *waiting;
      waiting = waiting_.erase(waiting);
      Finish(id, *host_is_down_);
      continue;
    }
    if (on_their_way_ >= options_.limits.in_flight || pacer_.NextStart(now) > now) return;
    if (open.not_before > now) {
      ++waiting;
      continue;
    }
    ++open.tries;
    ++on_their_way_;
    open.on_its_way = true;
    open.started = now;
    pacer_.Started(now);
    transport_.Start(*waiting, open.request);
    waiting = waiting_.erase(waiting);
  }
}

milliseconds RequestQueue::UntilNextEvent() {
  const HubClock::Time now = clock_.Now();
  HubClock::Time next = now + kLongestWait;
  if (on_their_way_ < options_.limits.in_flight) next = std::min(next, NextStart(now));
  return std::max(RoundedUp(next - now), milliseconds(1));
}

void RequestQueue::OnReply(std::uint64_t id, HttpReply reply) {
  const HubClock::Time now = clock_.Now();
  Open& open = open_.at(id);
  open.on_its_way = false;
  open.took += RoundedUp(now - open.started);
  --on_their_way_;
  pacer_.Finished(now, ReadRateLimit(reply.headers));
  NoteHost(reply);
  const auto delay = RetryDelay(reply, open.tries, clock_.Chance(), clock_.WallTime());
  if (!delay || host_is_down_) {
    Finish(id, std::move(reply));
    return;
  }
  open.not_before = now + *delay;
  // A limit is one for everybody.
  if (reply.status == 429) pacer_.HoldUntil(open.not_before);
  open.last = std::move(reply);
  waiting_.push_back(id);
}

void RequestQueue::NoteHost(const HttpReply& reply) {
  if (reply.status != 0 || !RowOf(reply.cause).of_the_host) {
    failures_in_a_row_ = 0;
  } else if (++failures_in_a_row_ >= options_.limits.failures_in_a_row) {
    host_is_down_ = reply;
  }
}

void RequestQueue::Finish(std::uint64_t id, HttpReply reply) {
  const int tries = open_.at(id).tries;
  if (reply.status == 0 && tries > 1) reply.error += fmt::format(" ({} tries)", tries);
  const std::chrono::milliseconds took = open_.at(id).took;
  open_.erase(id);
  finished_.push_back({.id = id, .reply = std::move(reply), .took = took});
}

// What the last try came to says more than that the time is over.
void RequestQueue::GiveUp(NoAnswer cause) {
  CancelAll();
  waiting_.clear();
  const auto& limit = pacer_.last();
  const bool limited = limit && limit->remaining == 0;
  while (!open_.empty()) {
    auto& [id, open] = *open_.begin();
    if (open.last) {
      Finish(id, std::move(*open.last));
    } else if (limited && !open.on_its_way && cause == NoAnswer::kDeadline) {
      HttpReply reply = NoReply(NoAnswer::kRateLimit);
      reply.error += fmt::format(" for another {} s", limit->reset_in.count());
      Finish(id, std::move(reply));
    } else {
      Finish(id, NoReply(cause));
    }
  }
}

}  // namespace counterscan
